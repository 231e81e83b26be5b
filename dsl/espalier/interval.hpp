// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Intervals of real numbers: what is known of a node's value when the weights are finite and otherwise arbitrary.
#pragma once

#include <espalier/config.hpp>
#include <espalier/square_root.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI {

/// All numbers from `lo` to `hi`; the default knows nothing. A bound holds for every value that is not NaN.
struct interval {
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  double lo = -infinity;
  double hi = infinity;

  [[nodiscard]] static constexpr interval exactly(double x) { return {x, x}; }
  [[nodiscard]] constexpr bool nonnegative() const { return lo >= 0; }
  [[nodiscard]] constexpr bool nonpositive() const { return hi <= 0; }
  [[nodiscard]] constexpr bool within(double a, double b) const { return lo >= a && hi <= b; }
  [[nodiscard]] constexpr double magnitude() const { return -lo > hi ? -lo : hi; }
  friend constexpr bool operator==(const interval&, const interval&) = default;
};

[[nodiscard]] constexpr double smaller(double a, double b) { return b < a ? b : a; }
[[nodiscard]] constexpr double larger(double a, double b) { return a < b ? b : a; }

/// What IEEE arithmetic gives; in a constant expression the built-in operators may not overflow.
[[nodiscard]] constexpr double ieee_sum(double a, double b) {
  constexpr double most = std::numeric_limits<double>::max();
  if (a > 0 && b > 0 && a > most - b) return interval::infinity;
  if (a < 0 && b < 0 && a < -most - b) return -interval::infinity;
  if ((a == interval::infinity && b == -a) || (a == -interval::infinity && b == -a)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return a + b;
}
[[nodiscard]] constexpr double ieee_product(double a, double b) {
  constexpr double most = std::numeric_limits<double>::max();
  const double x = a < 0 ? -a : a;
  const double y = b < 0 ? -b : b;
  if (x != x || y != y) return x + y;
  if ((x == 0 && y == interval::infinity) || (y == 0 && x == interval::infinity)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (x > 1 && y > most / x) return (a < 0) == (b < 0) ? interval::infinity : -interval::infinity;
  return a * b;
}
/// For a divisor that is not zero.
[[nodiscard]] constexpr double ieee_quotient(double a, double b) {
  constexpr double most = std::numeric_limits<double>::max();
  const double x = a < 0 ? -a : a;
  const double y = b < 0 ? -b : b;
  if (x == interval::infinity && y == interval::infinity) return std::numeric_limits<double>::quiet_NaN();
  if (y < 1 && x > most * y) return (a < 0) == (b < 0) ? interval::infinity : -interval::infinity;
  return a / b;
}

[[nodiscard]] constexpr bool is_finite(double x) {
  return x >= -std::numeric_limits<double>::max() && x <= std::numeric_limits<double>::max();
}

/// 0 * infinity is 0 here: an unbounded finite number times zero. A product below the normal numbers is the least of
/// them, so that it is not taken for zero.
[[nodiscard]] constexpr double bound_product(double a, double b) {
  constexpr double least_normal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0) return 0;
  const double p = ieee_product(a, b);
  return p < least_normal && -p < least_normal ? ((a < 0) == (b < 0) ? least_normal : -least_normal) : p;
}

/// Bounds that left the numbers towards the values between them come back: an infinite lower one is the largest
/// number, and one that is barely positive is zero.
[[nodiscard]] constexpr interval outward(double lo, double hi) {
  constexpr double most = std::numeric_limits<double>::max();
  constexpr double least_normal = std::numeric_limits<double>::min();
  if (lo != lo) lo = -interval::infinity;
  if (hi != hi) hi = interval::infinity;
  if (lo > most) lo = most;
  if (hi < -most) hi = -most;
  if (lo > 0 && lo <= least_normal) lo = 0;
  if (hi < 0 && hi >= -least_normal) hi = 0;
  return {lo, hi};
}

[[nodiscard]] constexpr interval operator+(interval a, interval b) {
  return outward(ieee_sum(a.lo, b.lo), ieee_sum(a.hi, b.hi));
}
[[nodiscard]] constexpr interval operator-(interval a) { return {-a.hi, -a.lo}; }
[[nodiscard]] constexpr interval operator-(interval a, interval b) { return a + -b; }

[[nodiscard]] constexpr interval operator*(interval a, interval b) {
  const double p[] = {bound_product(a.lo, b.lo), bound_product(a.lo, b.hi), bound_product(a.hi, b.lo),
                      bound_product(a.hi, b.hi)};
  return outward(smaller(smaller(p[0], p[1]), smaller(p[2], p[3])), larger(larger(p[0], p[1]), larger(p[2], p[3])));
}

/// a / b; a divisor that may vanish keeps only the sign of the quotient, and that only where the divisor's sign is
/// known.
[[nodiscard]] constexpr interval operator/(interval a, interval b) {
  if (b.lo > 0 || b.hi < 0) {
    const interval inverse{ieee_quotient(1, b.hi), ieee_quotient(1, b.lo)};
    return a * inverse;
  }
  if (b.nonnegative()) {
    return {a.nonnegative() ? 0 : -interval::infinity, a.nonpositive() ? 0 : interval::infinity};
  }
  return {};
}

[[nodiscard]] constexpr interval hull(interval a, interval b) { return {smaller(a.lo, b.lo), larger(a.hi, b.hi)}; }
[[nodiscard]] constexpr interval least(interval a, interval b) { return {smaller(a.lo, b.lo), smaller(a.hi, b.hi)}; }
[[nodiscard]] constexpr interval greatest(interval a, interval b) { return {larger(a.lo, b.lo), larger(a.hi, b.hi)}; }

[[nodiscard]] constexpr interval magnitude_of(interval a) {
  if (a.nonnegative()) return a;
  if (a.nonpositive()) return -a;
  return {0, a.magnitude()};
}

[[nodiscard]] constexpr interval root_of(interval a) {
  return {a.lo > 0 ? square_root(a.lo) : 0, a.hi > 0 ? square_root(a.hi) : 0};
}

}  // namespace esp::inline ESPALIER_ABI
