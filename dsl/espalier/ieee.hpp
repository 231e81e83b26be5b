// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums, products and quotients that may leave the range of double while a program is compiled: g++ takes a result that
/// overflows for no constant, and the user would read that in place of an answer.
#pragma once

#include <espalier/config.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// The IEEE results of double, in constant expressions of every compiler; within one rounding of the largest number
/// they are infinite.
namespace ieee {

inline constexpr double largest = std::numeric_limits<double>::max();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] constexpr bool is_finite(double x) { return x >= -largest && x <= largest; }
[[nodiscard]] constexpr double size(double x) { return x < 0 ? -x : x; }

[[nodiscard]] constexpr double sum(double a, double b) {
  if (!is_finite(a) || !is_finite(b)) {
    if (a != a || b != b || (size(a) == infinity && b == -a)) return not_a_number;
    return is_finite(a) ? b : a;
  }
  if (a > 0 && b >= largest - a) return infinity;
  if (a < 0 && b <= -largest - a) return -infinity;
  return a + b;
}

[[nodiscard]] constexpr double product(double a, double b) {
  if (a != a || b != b || (a == 0 && !is_finite(b)) || (b == 0 && !is_finite(a))) return not_a_number;
  if (a == 0 || b == 0) return a * b;
  const double big = size(a) < size(b) ? size(b) : size(a), little = size(a) < size(b) ? size(a) : size(b);
  if (big == infinity || (big > 1 && little >= largest / big)) return (a < 0) != (b < 0) ? -infinity : infinity;
  return a * b;
}

/// `a / b` for a divisor that is not zero.
[[nodiscard]] constexpr double quotient(double a, double b) {
  if (a != a || b != b || (!is_finite(a) && !is_finite(b))) return not_a_number;
  if (size(b) < 1 && a != 0 && size(a) >= largest * size(b)) return (a < 0) != (b < 0) ? -infinity : infinity;
  return a / b;
}

}  // namespace ieee

}  // namespace esp::inline ESPALIER_ABI::detail
