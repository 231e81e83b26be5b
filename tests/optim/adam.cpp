// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/optim/adam.hpp>

#include "optim/parameter.hpp"

namespace {

using support::throws;

/// torch.optim.Adam, written down from its documentation for one element.
double pytorch(const esp::adam& o, double w, const std::array<double, optim::steps>& gradients) {
  double m = 0, v = 0, power1 = 1, power2 = 1;
  for (const double gradient : gradients) {
    double g = gradient;
    if (o.weight_decay != 0) g = g + o.weight_decay * w;
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

TEST_CASE("adam follows PyTorch's rule", "[optim]") {
  constexpr esp::adam rules[] = {
      {},
      {.learning_rate = 0.1},
      {.learning_rate = 0.1, .weight_decay = 0.05},
      {.learning_rate = 0.1, .beta1 = 0.5, .beta2 = 0.7, .eps = 0.1},
      {.learning_rate = 0.1, .beta1 = 0, .beta2 = 0},
      {.learning_rate = 0},
  };
  for (const esp::adam& rule : rules) {
    const auto expected = [&](double w, const auto& gradients) { return pytorch(rule, w, gradients); };
    rule.require_valid();
    REQUIRE(optim::distance<double>(rule, expected) <= 1e-13);
    REQUIRE(optim::distance<float>(rule, expected) <= 1e-5);
  }
}

TEST_CASE("adam has PyTorch's defaults", "[optim]") {
  constexpr esp::adam rule{};
  REQUIRE(rule.learning_rate == 1e-3);
  REQUIRE(rule.beta1 == 0.9);
  REQUIRE(rule.beta2 == 0.999);
  REQUIRE(rule.eps == 1e-8);
  REQUIRE(rule.weight_decay == 0);
}

TEST_CASE("adam refuses options out of range with the value found", "[optim]") {
  const auto refused = [](const esp::adam& rule, const char* id, const char* option, const char* value) {
    return throws([&] { rule.require_valid(); }, id, option, value);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(refused({.learning_rate = -1}, "ESP-140", "learning_rate", "-1"));
  REQUIRE(refused({.beta1 = 1}, "ESP-143", "beta1", "is 1;"));
  REQUIRE(refused({.beta1 = -0.5}, "ESP-143", "beta1", "-0.5"));
  REQUIRE(refused({.beta2 = 1.5}, "ESP-143", "beta2", "1.5"));
  REQUIRE(refused({.beta2 = nan}, "ESP-143", "beta2", "nan"));
  REQUIRE(refused({.eps = -1e-8}, "ESP-143", "eps", "-1e-08"));
  REQUIRE(refused({.weight_decay = -1}, "ESP-142", "weight_decay", "-1"));
}

TEST_CASE("adam keeps an eps below the element type's numbers: no gradient, no step", "[optim]") {
  for (const double eps : {0.0, 1e-50, 1e-300, 1e-39}) {
    const esp::adam rule{.learning_rate = 0.1, .eps = eps};
    float weight = 0.5F, m = 0, v = 0;
    const float gradient = 0;
    rule.update(&weight, &gradient, esp::optimizer_state<float>{{&m, &v}}, 1);
    REQUIRE(weight == 0.5F);
  }
}

TEST_CASE("adam's options are judged in the element type of a layer", "[optim]") {
  const auto in_float = [](const esp::adam& rule) { return [=] { rule.require_valid_in<float>(); }; };
  REQUIRE(throws(in_float({.learning_rate = 1e39}), "ESP-140", "learning_rate"));
  REQUIRE(throws(in_float({.learning_rate = 1e38}), "ESP-140", "learning_rate / (1 - beta1)"));
  REQUIRE(throws(in_float({.beta1 = 1 - 1e-9}), "ESP-143", "beta1 is 0.999999999", "in a layer of float 1"));
  REQUIRE(throws(in_float({.beta2 = 1 - 1e-9}), "ESP-143", "beta2"));
  REQUIRE(throws(in_float({.eps = 1e39}), "ESP-143", "eps"));
  REQUIRE(throws(in_float({.weight_decay = 1e39}), "ESP-142", "weight_decay"));
  REQUIRE(support::sentence(in_float({.eps = 1e-50})).empty());
  const esp::adam wide{.learning_rate = 1e39, .beta1 = 1 - 1e-9, .eps = 1e39, .weight_decay = 1e39};
  REQUIRE(support::sentence([&] { wide.require_valid_in<double>(); }).empty());
}

TEST_CASE("decay_bias = false keeps adam's decay from a bias alone", "[optim]") {
  const esp::adam rule{.learning_rate = 0.1, .weight_decay = 0.5, .decay_bias = false};
  const esp::adam without{.learning_rate = 0.1};
  const auto after = [](const esp::adam& r, bool bias) {
    double w = 0.5, m = 0, v = 0;
    const double g = 1e-3;
    r.update(&w, &g, esp::optimizer_state<double>{.buffers = {&m, &v}, .is_bias = bias}, 1);
    return w;
  };
  REQUIRE(after(rule, true) == after(without, true));
  REQUIRE(after(rule, false) == after({.learning_rate = 0.1, .weight_decay = 0.5}, true));
}
