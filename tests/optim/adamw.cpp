// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/optim/adamw.hpp>

#include "optim/parameter.hpp"

namespace {

using support::throws;

/// torch.optim.AdamW, written down from its documentation for one element.
double pytorch(const esp::adamw& o, double w, const std::array<double, optim::steps>& gradients) {
  double m = 0, v = 0, power1 = 1, power2 = 1;
  for (const double g : gradients) {
    w = w - o.learning_rate * o.weight_decay * w;
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    power1 *= o.beta1;
    power2 *= o.beta2;
    const double corrected_m = m / (1 - power1), corrected_v = v / (1 - power2);
    w = w - o.learning_rate * corrected_m / (std::sqrt(corrected_v) + o.eps);
  }
  return w;
}

}  // namespace

TEST_CASE("adamw follows PyTorch's rule", "[optim]") {
  constexpr esp::adamw rules[] = {
      {},
      {.learning_rate = 0.1},
      {.learning_rate = 0.1, .weight_decay = 0.5},
      {.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.7, .eps = 0.1},
      {.learning_rate = 0.1, .weight_decay = 0},
  };
  for (const esp::adamw& rule : rules) {
    const auto expected = [&](double w, const auto& gradients) { return pytorch(rule, w, gradients); };
    rule.require_valid();
    REQUIRE(optim::distance<double>(rule, expected) <= 1e-13);
    REQUIRE(optim::distance<float>(rule, expected) <= 1e-5);
  }
}

TEST_CASE("adamw has PyTorch's defaults", "[optim]") {
  constexpr esp::adamw rule{};
  REQUIRE(rule.learning_rate == 1e-3);
  REQUIRE(rule.beta1 == 0.9);
  REQUIRE(rule.beta2 == 0.999);
  REQUIRE(rule.eps == 1e-8);
  REQUIRE(rule.weight_decay == 1e-2);
}

TEST_CASE("adamw refuses options out of range with the value found", "[optim]") {
  const auto refused = [](const esp::adamw& rule, const char* id, const char* option, const char* value) {
    return throws([&] { rule.require_valid(); }, id, option, value);
  };
  REQUIRE(refused({.learning_rate = -1}, "ESP-140", "learning_rate", "-1"));
  REQUIRE(refused({.beta1 = 1}, "ESP-143", "beta1", "is 1;"));
  REQUIRE(refused({.beta2 = -0.5}, "ESP-143", "beta2", "-0.5"));
  REQUIRE(refused({.eps = -1}, "ESP-143", "eps", "-1"));
  REQUIRE(refused({.weight_decay = -0.01}, "ESP-142", "weight_decay", "-0.01"));
}

TEST_CASE("adamw's options are judged in the element type of a layer", "[optim]") {
  const auto in_float = [](const esp::adamw& rule) { return [=] { rule.require_valid_in<float>(); }; };
  REQUIRE(throws(in_float({.learning_rate = 1e20, .weight_decay = 1e20}), "ESP-142", "learning_rate * weight_decay"));
  REQUIRE(throws(in_float({.beta1 = 1 - 1e-9}), "ESP-143", "beta1"));
  REQUIRE(support::sentence(in_float({})).empty());
}

TEST_CASE("decay_bias = false keeps adamw's decay from a bias alone", "[optim]") {
  const auto after = [](const esp::adamw& r, bool bias) {
    double w = 0.5, m = 0, v = 0;
    const double g = 0;
    r.update(&w, &g, esp::optimizer_state<double>{.buffers = {&m, &v}, .is_bias = bias}, 1);
    return w;
  };
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = false}, true) == 0.5);
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = false}, false) == 0.375);
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5}, true) == 0.375);
}
