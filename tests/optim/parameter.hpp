// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One parameter with its state, stepped by a rule on drawn gradients.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/optim/options.hpp>
#include <random>
#include <vector>

#include "support/layer.hpp"

namespace optim {

inline constexpr std::size_t count = 37;
inline constexpr int steps = 7;

/// Drawn numbers in [-1, 1); the gradient of step `t` is `drawn(t)`.
inline std::vector<double> drawn(int t) {
  std::mt19937 engine(static_cast<unsigned>(100 + t));
  std::vector<double> result(count);
  for (double& v : result) v = static_cast<double>(engine() >> 11) * 0x1p-20 - 1;
  return result;
}

/// The weight after `steps` steps of `rule` in element type `T`, from `drawn(0)`.
template <class T, class Rule>
std::vector<T> stepped(const Rule& rule) {
  const std::vector<double> start = drawn(0);
  std::vector<T> weight(start.begin(), start.end());
  std::array<std::vector<T>, 2> buffers{std::vector<T>(count), std::vector<T>(count)};
  for (int t = 1; t <= steps; ++t) {
    const std::vector<double> g = drawn(t);
    const std::vector<T> gradient(g.begin(), g.end());
    const esp::optimizer_state<T> state{{buffers[0].data(), buffers[1].data()}, t, t == 1};
    rule.update(weight.data(), gradient.data(), state, static_cast<esp::index_t>(count));
  }
  return weight;
}

/// Largest difference to what `expected(start, gradients)` computes for one element alone, all in double.
template <class T, class Rule, class Expected>
double distance(const Rule& rule, const Expected& expected) {
  const std::vector<T> found = stepped<T>(rule);
  double worst = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<double, steps> gradients{};
    for (int t = 1; t <= steps; ++t) gradients[static_cast<std::size_t>(t - 1)] = drawn(t)[i];
    worst = std::max(worst, std::fabs(static_cast<double>(found[i]) - expected(drawn(0)[i], gradients)));
  }
  return worst;
}

}  // namespace optim
