// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Intervals of real numbers: what is known of a node's value when the weights are finite and otherwise arbitrary.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/square_root.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

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

/// The numbers beside a finite one.
[[nodiscard]] constexpr double next_above(double x) {
  if (x == 0) return std::numeric_limits<double>::denorm_min();
  const auto bits = std::bit_cast<std::uint64_t>(x);
  return x == interval::infinity ? x : std::bit_cast<double>(x > 0 ? bits + 1 : bits - 1);
}
[[nodiscard]] constexpr double next_below(double x) { return -next_above(-x); }

/// A bound as it was rounded to nearest, and on which side of it the exact one lies: -1, 0, 1, or 2 if not known.
struct rounded_bound {
  double value = 0;
  int exact_is = 0;
  int sign = 0;  ///< of the exact bound, where it is known

  [[nodiscard]] constexpr double below() const {
    if (value != value) return -interval::infinity;
    if (value == interval::infinity) return std::numeric_limits<double>::max();
    if (exact_is == 0 || exact_is == 1 || value == -interval::infinity) return value;
    return sign > 0 ? larger(0, next_below(value)) : next_below(value);
  }
  [[nodiscard]] constexpr double above() const {
    if (value != value) return interval::infinity;
    if (value == -interval::infinity) return std::numeric_limits<double>::lowest();
    if (exact_is == 0 || exact_is == -1 || value == interval::infinity) return value;
    return sign < 0 ? smaller(0, next_above(value)) : next_above(value);
  }
};
[[nodiscard]] constexpr int side_of(double error) { return error > 0 ? 1 : error < 0 ? -1 : 0; }

[[nodiscard]] constexpr rounded_bound bound_sum(double a, double b) {
  const double s = ieee::sum(a, b);
  // Ends at infinity stay there: an unbounded finite number less any other.
  if (!ieee::is_finite(a) || !ieee::is_finite(b)) return {s, 0};
  if (!ieee::is_finite(s)) return {s, 2};
  if (a > 0x1p1000 || -a > 0x1p1000 || b > 0x1p1000 || -b > 0x1p1000) return {s, 2};
  const double t = s - a;  // the two parts that rounding left: Knuth's TwoSum
  return {s, side_of((a - (s - t)) + (b - t))};
}

/// 0 * infinity is 0 here: an unbounded finite number times zero.
[[nodiscard]] constexpr rounded_bound bound_product(double a, double b) {
  if (a == 0 || b == 0) return {0, 0};
  const double p = ieee::product(a, b);
  const int sign = (a < 0) == (b < 0) ? 1 : -1;
  if (!ieee::is_finite(a) || !ieee::is_finite(b)) return {p, 0, sign};
  const auto middling = [](double x) { return (x > 0x1p-400 && x < 0x1p400) || (-x > 0x1p-400 && -x < 0x1p400); };
  if (!middling(a) || !middling(b)) return {p, 2, sign};
  const auto high = [](double x) {  // Dekker's halves of 26 bits
    const double c = 134217729.0 * x;
    return c - (c - x);
  };
  const double ah = high(a), al = a - ah, bh = high(b), bl = b - bh;
  return {p, side_of(((ah * bh - p) + ah * bl + al * bh) + al * bl), sign};
}

/// a / b for a divisor that is not zero.
[[nodiscard]] constexpr rounded_bound bound_quotient(double a, double b) {
  if (a == 0 || !ieee::is_finite(b)) return {0, 0};
  const double q = ieee::quotient(a, b);
  if (!ieee::is_finite(a)) return {q, 0};
  const rounded_bound back = bound_product(q, b);
  return {q, back.value == a && back.exact_is == 0 ? 0 : 2, (a < 0) == (b < 0) ? 1 : -1};
}

/// The interval from the least to the largest of four bounds, each rounded away from what is between them.
[[nodiscard]] constexpr interval outward(const rounded_bound (&p)[4]) {
  interval r{p[0].below(), p[0].above()};
  for (const rounded_bound& b : p) r = {b.below() < r.lo ? b.below() : r.lo, r.hi < b.above() ? b.above() : r.hi};
  return r;
}

[[nodiscard]] constexpr interval operator+(interval a, interval b) {
  return {bound_sum(a.lo, b.lo).below(), bound_sum(a.hi, b.hi).above()};
}
[[nodiscard]] constexpr interval operator-(interval a) { return {-a.hi, -a.lo}; }
[[nodiscard]] constexpr interval operator-(interval a, interval b) { return a + -b; }

[[nodiscard]] constexpr interval operator*(interval a, interval b) {
  return outward(
      {bound_product(a.lo, b.lo), bound_product(a.lo, b.hi), bound_product(a.hi, b.lo), bound_product(a.hi, b.hi)});
}

/// a / b; a divisor that may vanish keeps only the sign of the quotient, and that only where the divisor's sign is
/// known.
[[nodiscard]] constexpr interval operator/(interval a, interval b) {
  if (b.lo > 0 || b.hi < 0) {
    return outward({bound_quotient(a.lo, b.lo), bound_quotient(a.lo, b.hi), bound_quotient(a.hi, b.lo),
                    bound_quotient(a.hi, b.hi)});
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
  const auto bound = [](double x) {
    if (!(x > 0) || x == interval::infinity) return rounded_bound{x > 0 ? x : 0, 0};
    const double r = square_root(x);
    const rounded_bound back = bound_product(r, r);
    return rounded_bound{r, back.value == x && back.exact_is == 0 ? 0 : 2, 1};
  };
  return {bound(a.lo).below(), bound(a.hi).above()};
}

}  // namespace esp::inline ESPALIER_ABI::detail
