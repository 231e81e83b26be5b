// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finite differences on a line, as exact fractions: the weights of a derivative to an order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Weights of the points -reach to reach: `numerator` over `denominator`, for a cross-correlation, so the first
/// derivative is -1, 0, 1 over 2.
struct line_stencil {
  static constexpr index_t most_reach = 6;

  std::array<std::int64_t, 2 * most_reach + 1> numerator{};  ///< of point i at i + reach
  std::int64_t denominator = 1;
  index_t reach = 0;
  bool valid = true;

  /// The numerator of a point, zero beyond the reach.
  [[nodiscard]] constexpr double at(index_t point) const {
    if (point < -reach || point > reach) return 0;
    return static_cast<double>(numerator[static_cast<std::size_t>(point + reach)]);
  }
  /// Whether an axis of so many taps has room for it, with a tap in its middle.
  [[nodiscard]] constexpr bool fits(index_t extent) const { return valid && extent % 2 == 1 && extent / 2 >= reach; }
};

/// The narrowest centred stencil of the derivative of so many times to an order of accuracy, one that is exact for all
/// polynomials of degree below their sum: the derivative at 0 of Lagrange's polynomials on its points. A centred one
/// has an even order. The zeroth derivative is the point 0. Invalid beyond 13 points.
[[nodiscard]] constexpr line_stencil line_stencil_of(unsigned derivative, unsigned order) {
  line_stencil result;
  if (derivative == 0) {
    result.numerator[0] = 1;
    return result;
  }
  result.reach = static_cast<index_t>((derivative + order + order % 2) - 1) / 2;
  if (result.reach > line_stencil::most_reach || order == 0) {
    result.reach = 0;
    result.valid = false;
    return result;
  }
  const std::int64_t reach = result.reach;
  const auto count = static_cast<std::size_t>(2 * reach + 1);
  // Over (2 reach)!, which every product of differences of points divides.
  for (std::int64_t i = 2; i <= 2 * reach; ++i) result.denominator *= i;
  std::int64_t factorial = 1;
  for (std::int64_t i = 2; i <= static_cast<std::int64_t>(derivative); ++i) factorial *= i;
  for (std::int64_t own = -reach; own <= reach; ++own) {
    std::array<std::int64_t, 2 * line_stencil::most_reach + 2> product{1};  // of x - j, for all points but its own
    std::int64_t below = 1;
    for (std::int64_t j = -reach; j <= reach; ++j) {
      if (j == own) continue;
      below *= own - j;
      for (std::size_t power = count; power-- > 0;) {
        product[power] = (power > 0 ? product[power - 1] : 0) - j * product[power];
      }
    }
    result.numerator[static_cast<std::size_t>(own + reach)] =
        product[derivative] * factorial * (result.denominator / below);
  }
  std::int64_t common = result.denominator;
  for (std::size_t i = 0; i < count; ++i) {
    std::int64_t rest = result.numerator[i] < 0 ? -result.numerator[i] : result.numerator[i];
    while (rest != 0) {
      const std::int64_t next = common % rest;
      common = rest;
      rest = next;
    }
  }
  for (std::size_t i = 0; i < count; ++i) result.numerator[i] /= common;
  result.denominator /= common;
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
