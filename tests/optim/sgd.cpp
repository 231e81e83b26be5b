// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/optim/sgd.hpp>

#include "optim/parameter.hpp"

namespace {

using support::throws;

/// torch.optim.SGD, written down from its documentation for one element.
double pytorch(const esp::sgd& o, double w, const std::array<double, optim::steps>& gradients) {
  double b = 0;
  int t = 0;
  for (const double gradient : gradients) {
    ++t;
    double g = gradient;
    if (o.weight_decay != 0) g = g + o.weight_decay * w;
    if (o.momentum != 0) {
      if (t > 1) {
        b = o.momentum * b + (1 - o.dampening) * g;
      } else {
        b = g;
      }
      if (o.nesterov) {
        g = g + o.momentum * b;
      } else {
        g = b;
      }
    }
    w = w - o.learning_rate * g;
  }
  return w;
}

}  // namespace

TEST_CASE("sgd follows PyTorch's rule for every combination of its options", "[optim]") {
  constexpr esp::sgd rules[] = {
      {},
      {.learning_rate = 0.1},
      {.learning_rate = 0.1, .weight_decay = 0.05},
      {.learning_rate = 0.1, .momentum = 0.9},
      {.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.3},
      {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.05},
      {.learning_rate = 0.1, .momentum = 0.9, .nesterov = true},
      {.learning_rate = 0.1, .momentum = 0.5, .weight_decay = 0.05, .nesterov = true},
      {.learning_rate = 0, .momentum = 0.9},
  };
  for (const esp::sgd& rule : rules) {
    const auto expected = [&](double w, const auto& gradients) { return pytorch(rule, w, gradients); };
    rule.require_valid();
    REQUIRE(optim::distance<double>(rule, expected) <= 1e-14);
    REQUIRE(optim::distance<float>(rule, expected) <= 1e-5);
  }
}

TEST_CASE("sgd has PyTorch's defaults, and state only for momentum", "[optim]") {
  constexpr esp::sgd rule{};
  REQUIRE(rule.learning_rate == 1e-3);
  REQUIRE(rule.momentum == 0);
  REQUIRE(rule.dampening == 0);
  REQUIRE(rule.weight_decay == 0);
  REQUIRE_FALSE(rule.nesterov);
  REQUIRE(rule.states() == 0);
  REQUIRE(esp::sgd{.momentum = 0.1}.states() == 1);
}

TEST_CASE("sgd refuses options out of range with the value found", "[optim]") {
  const auto refused = [](const esp::sgd& rule, const char* id, const char* option, const char* value) {
    return throws([&] { rule.require_valid(); }, id, option, value);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  REQUIRE(refused({.learning_rate = -0.1}, "ESP-140", "learning_rate", "-0.1"));
  REQUIRE(refused({.learning_rate = nan}, "ESP-140", "learning_rate", "nan"));
  REQUIRE(refused({.learning_rate = inf}, "ESP-140", "learning_rate", "inf"));
  REQUIRE(refused({.momentum = -1}, "ESP-141", "momentum", "-1"));
  REQUIRE(refused({.momentum = nan}, "ESP-141", "momentum", "nan"));
  REQUIRE(refused({.momentum = 0.9, .dampening = nan}, "ESP-141", "dampening", "nan"));
  REQUIRE(refused({.momentum = 0.9, .dampening = -inf}, "ESP-141", "dampening", "-inf"));
  REQUIRE(refused({.weight_decay = -1e-9}, "ESP-142", "weight_decay", "-1e-09"));
  REQUIRE(refused({.nesterov = true}, "ESP-141", "nesterov", "momentum 0"));
  REQUIRE(refused({.momentum = 0.9, .dampening = 0.5, .nesterov = true}, "ESP-141", "nesterov", "dampening 0.5"));
}

TEST_CASE("sgd's options are judged in the element type of a layer", "[optim]") {
  const auto in_float = [](const esp::sgd& rule) { return [=] { rule.require_valid_in<float>(); }; };
  REQUIRE(throws(in_float({.learning_rate = 1e39}), "ESP-140", "1e+39", "inf"));
  REQUIRE(throws(in_float({.momentum = 1e39}), "ESP-141", "momentum"));
  REQUIRE(throws(in_float({.momentum = 0.5, .dampening = -1e300}), "ESP-141", "dampening"));
  REQUIRE(throws(in_float({.weight_decay = 1e39}), "ESP-142"));
  REQUIRE(support::sentence(in_float({.learning_rate = 1e-60, .weight_decay = 1e-60})).empty());
}

TEST_CASE("decay_bias = false keeps sgd's decay from a bias alone", "[optim]") {
  const auto after = [](const esp::sgd& r, bool bias) {
    double w = 1;
    const double g = 0;
    r.update(&w, &g, esp::optimizer_state<double>{.is_bias = bias}, 1);
    return w;
  };
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = false}, true) == 1);
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5, .decay_bias = false}, false) == 0.75);
  REQUIRE(after({.learning_rate = 0.5, .weight_decay = 0.5}, true) == 0.75);
}
