// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Blocks of three or nine taps for tests of single policies.
#pragma once

#include <array>
#include <espalier/evaluate.hpp>
#include <limits>

namespace blocks {

using three = std::array<double, 3>;
using nine = std::array<double, 9>;
inline constexpr esp::extents row{1, 1, 3};
inline constexpr esp::extents plane{1, 3, 3};
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// `Prior` on a row of three taps.
template <auto Prior>
constexpr three of(double a, double b, double c, auto... parameters) {
  return esp::evaluate<Prior, row>(three{a, b, c}, parameters...);
}

template <std::size_t N>
constexpr bool near(const std::array<double, N>& a, const std::array<double, N>& b, double allowed = 1e-11) {
  for (std::size_t i = 0; i < N; ++i) {
    const double off = a[i] - b[i];
    if (!(off <= allowed && -off <= allowed)) return false;
  }
  return true;
}

}  // namespace blocks
