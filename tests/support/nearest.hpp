// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Whether a policy is the Euclidean projection onto a set: no point of the set is nearer to the block than its result.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/gradient.hpp>
#include <espalier/policy.hpp>
#include <espalier/prior/sweep.hpp>
#include <random>
#include <vector>

namespace nearest {

inline constexpr esp::weight_shape shape{.out = 40, .in = 1, .kernel = 3};
inline constexpr std::size_t taps = 27;
using block = std::array<double, taps>;

/// The sweep of `Prior`, or of its gradient, over a weight of `shape`.
template <auto Prior, bool Gradient = false>
std::vector<double> swept(const std::vector<double>& weight, const std::vector<double>& incoming = {}) {
  using policy = esp::to_policy_t<decltype(Prior)>;
  using formula = std::conditional_t<Gradient, esp::gradient_formula<policy, shape>, esp::formula<policy, shape>>;
  esp::aligned_buffer<double> scratch(esp::sweep<formula, double>::scratch_size);
  std::vector<double> out(weight.size());
  esp::sweep<formula, double>::run(weight.data(), out.data(), nullptr, scratch.data(), incoming.data());
  return out;
}

/// Blocks of sizes around one, some of them of few values or of one sign.
inline std::vector<double> drawn_weight(unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> w(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::size_t b = i / taps;
    w[i] = normal(engine) * std::pow(4.0, static_cast<double>(b % 5) - 2);
    if (b % 7 == 3) w[i] = std::round(2 * w[i]) / 4;
    if (b % 7 == 5) w[i] = -std::fabs(w[i]);
  }
  return w;
}

inline double distance(const double* a, const double* b) {
  double sum = 0;
  for (std::size_t t = 0; t < taps; ++t) sum += (a[t] - b[t]) * (a[t] - b[t]);
  return std::sqrt(sum);
}

/// Points of the set that are nearer than the result of `Prior`, of 1000 that `draw(engine, near)` makes beside each
/// block; half of them are drawn around the result.
template <auto Prior, class Draw>
long nearer_points(const Draw& draw) {
  const std::vector<double> weight = drawn_weight(1), result = swept<Prior>(weight);
  std::mt19937 engine(2);
  long nearer = 0;
  for (std::size_t b = 0; b < 40; ++b) {
    const double* const x = weight.data() + b * taps;
    const double* const p = result.data() + b * taps;
    const double own = distance(x, p);
    for (int i = 0; i < 1000; ++i) {
      block around{};
      std::normal_distribution<double> normal(0, i % 3 == 0 ? 1 : 0.01);
      for (std::size_t t = 0; t < taps; ++t) around[t] = (i % 2 == 0 ? p[t] : 0) + normal(engine);
      const block q = draw(around);
      nearer += distance(x, q.data()) < own * (1 - 1e-12) - 1e-14 ? 1 : 0;
    }
  }
  return nearer;
}

/// The largest change that a second run of `Prior` makes, in units in the last place of `size`.
template <auto Prior>
double change_of_second_run(double size) {
  const std::vector<double> once = swept<Prior>(drawn_weight(3)), twice = swept<Prior>(once);
  double most = 0;
  for (std::size_t i = 0; i < once.size(); ++i) most = std::fmax(most, std::fabs(once[i] - twice[i]));
  return most / (size * 0x1p-52);
}

/// The largest difference between the gradient and central differences where no kink is near: beside one, a longer step
/// gives another difference.
template <auto Prior>
double error_of_gradient() {
  const std::vector<double> w = drawn_weight(5), g = drawn_weight(6), gradient = swept<Prior, true>(w, g);
  const auto dotted = [&](std::size_t i, double step) {
    std::vector<double> moved = w;
    moved[i] += step;
    const std::vector<double> out = swept<Prior>(moved);
    double sum = 0;
    for (std::size_t t = i / taps * taps; t < (i / taps + 1) * taps; ++t) sum += out[t] * g[t];
    return sum;
  };
  double most = 0;
  long compared = 0;
  for (std::size_t i = 0; i < w.size(); i += 7) {
    const auto slope = [&](double h) { return (dotted(i, h) - dotted(i, -h)) / (2 * h); };
    const double size = std::fmax(1, std::fabs(gradient[i])), there = slope(1e-5);
    const bool on_a_kink = i / taps % 7 == 3;  // where two differences agree on the mean of both sides
    if (on_a_kink || std::fabs(there - slope(3e-5)) > 1e-4 * size) continue;
    most = std::fmax(most, std::fabs(there - gradient[i]) / size);
    ++compared;
  }
  return compared > 100 ? most : 1e9;
}

}  // namespace nearest
