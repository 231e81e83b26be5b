// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of a number that a formula computes: its interval, and whether it can be NaN, infinite or zero. The
/// rule of every operation stands here; graphs, ranges and the algebra use these.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/operation.hpp>
#include <espalier/square_root.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// An interval that holds for every value that is not NaN and every eps from 0 to the configured one, and what IEEE
/// arithmetic may do beside it. The default knows nothing.
///
/// The interval is exact arithmetic's. The other members speak of what is computed, in float or double and with eps as
/// configured: a sum of finite weights may be infinite, the difference of two such sums NaN.
struct value_range : interval {
  double away = 0;         ///< no value is nearer to zero
  bool nan = true;         ///< may be NaN
  bool finite = false;     ///< is never infinite
  bool minus_zero = true;  ///< may be -0, which makes 1 / x minus infinity
  bool sure = true;        ///< the sign that the interval shows survives rounding

  /// Floats up to here are not near overflow: a sum of ten thousand millions of them is finite.
  static constexpr double large = 1e28;
  /// Floats below this may have lost digits or vanished.
  static constexpr double tiny = 1e-30;

  [[nodiscard]] constexpr bool bounded() const { return lo >= -large && hi <= large; }
  [[nodiscard]] constexpr bool may_reach_infinity() const { return !finite && hi > large; }
  [[nodiscard]] constexpr bool may_reach_minus_infinity() const { return !finite && lo < -large; }
  [[nodiscard]] constexpr bool may_be_infinite() const { return may_reach_infinity() || may_reach_minus_infinity(); }
  [[nodiscard]] constexpr bool may_be_zero() const { return away < tiny; }
  /// Not negative, in floating point too.
  [[nodiscard]] constexpr bool surely_nonnegative() const { return nonnegative() && sure; }
  [[nodiscard]] constexpr bool surely_nonpositive() const { return nonpositive() && sure; }
  [[nodiscard]] constexpr bool keeps_sign() const { return surely_nonnegative() || surely_nonpositive(); }
  /// Positive or +0: a quotient by it has the sign of what is divided.
  [[nodiscard]] constexpr bool positive_divisor() const { return lo > 0 || (surely_nonnegative() && !minus_zero); }
};

/// Any weight: NaN and infinities too. What a simplification may assume.
[[nodiscard]] constexpr value_range range_of_any() { return {}; }
/// Any finite weight. What facts speak of.
[[nodiscard]] constexpr value_range range_of_finite() { return {{}, 0, false, true, true, true}; }
/// 0 or 1.
[[nodiscard]] constexpr value_range range_of_condition() { return {{0, 1}, 0, false, true, false, true}; }
/// A number of channels, at least one.
[[nodiscard]] constexpr value_range range_of_count() { return {{1, interval::infinity}, 1, false, true, false, true}; }

[[nodiscard]] constexpr value_range range_of_constant(double v) {
  if (v != v) return {};
  const bool minus = v == 0 && std::bit_cast<std::uint64_t>(v) != 0;
  const double size = v < 0 ? -v : v;
  return {interval::exactly(v), size, false, size <= value_range::large, minus, true};
}
/// What holds of a guard for every eps from 0, which facts speak of, to the configured one.
[[nodiscard]] constexpr value_range range_of_epsilon(double guard) {
  return {hull(interval::exactly(0), interval::exactly(guard)), 0, false, true, false, true};
}

/// `r` with the distance from zero that its bounds imply.
[[nodiscard]] constexpr value_range with_distance(value_range r) {
  if (r.sure && r.lo > r.away) r.away = r.lo;
  if (r.sure && -r.hi > r.away) r.away = -r.hi;
  return r;
}

[[nodiscard]] constexpr value_range range_of_negative(value_range a) {
  static_cast<interval&>(a) = -static_cast<const interval&>(a);
  a.minus_zero = a.may_be_zero() && a.lo <= 0 && a.hi >= 0;
  return a;
}

/// A bound near zero that was left by a difference may have the other sign after rounding.
[[nodiscard]] constexpr bool sign_survives(const interval& s, const interval& a, const interval& b) {
  const auto size = [](double x) { return x < 0 ? -x : x; };
  if (s.nonnegative()) return s.lo > 1e-3 * size(a.lo) + 1e-3 * size(b.lo);
  if (s.nonpositive()) return -s.hi > 1e-3 * size(a.hi) + 1e-3 * size(b.hi);
  return true;
}

[[nodiscard]] constexpr value_range range_of_sum(const value_range& a, const value_range& b) {
  value_range r;
  static_cast<interval&>(r) = static_cast<const interval&>(a) + static_cast<const interval&>(b);
  r.nan = a.nan || b.nan || (a.may_reach_infinity() && b.may_reach_minus_infinity()) ||
          (a.may_reach_minus_infinity() && b.may_reach_infinity());
  r.finite = (a.finite || a.bounded()) && (b.finite || b.bounded()) && (a.bounded() || b.bounded());
  r.minus_zero = a.minus_zero && b.minus_zero;
  const bool one_sign =
      (a.surely_nonnegative() && b.surely_nonnegative()) || (a.surely_nonpositive() && b.surely_nonpositive());
  r.sure = one_sign || sign_survives(r, a, b);
  if (one_sign) r.away = larger(a.away, b.away);
  return with_distance(r);
}

/// `squared` tells that both factors are one node.
[[nodiscard]] constexpr value_range range_of_product(const value_range& a, const value_range& b, bool squared) {
  value_range r;
  static_cast<interval&>(r) = static_cast<const interval&>(a) * static_cast<const interval&>(b);
  if (squared) {
    const interval size = magnitude_of(a);
    static_cast<interval&>(r) = size * size;
  }
  r.nan = a.nan || b.nan ||
          (!squared && ((a.may_be_zero() && b.may_be_infinite()) || (b.may_be_zero() && a.may_be_infinite())));
  r.finite = r.bounded() || (a.finite && b.within(-1, 1)) || (b.finite && a.within(-1, 1));
  r.away = a.away == 0 || b.away == 0 ? 0 : bound_product(a.away, b.away).below();
  r.minus_zero = !squared && r.may_be_zero() && !(a.positive_divisor() && b.positive_divisor());
  r.sure = squared || (a.sure && b.sure);
  return with_distance(r);
}

[[nodiscard]] constexpr value_range range_of_quotient(const value_range& a, const value_range& b) {
  value_range r;
  if (b.positive_divisor() || b.hi < 0) {
    static_cast<interval&>(r) = static_cast<const interval&>(a) / static_cast<const interval&>(b);
  }
  r.nan = a.nan || b.nan || (a.may_be_zero() && b.may_be_zero()) || (a.may_be_infinite() && b.may_be_infinite());
  const bool divisor_is_large = b.away >= 1;
  const bool stays_small = a.bounded() && b.away > 0 && ieee::quotient(a.magnitude(), b.away) <= value_range::large;
  r.finite = !b.may_be_zero() && ((a.finite && divisor_is_large) || stays_small);
  r.minus_zero = !(a.surely_nonnegative() && !a.minus_zero && b.positive_divisor());
  r.sure = a.sure && b.sure;
  if (b.bounded() && b.magnitude() > 0) r.away = ieee::quotient(a.away, b.magnitude());
  return with_distance(r);
}

[[nodiscard]] constexpr value_range range_of_root(const value_range& a) {
  value_range r;
  static_cast<interval&>(r) = root_of(a);
  r.nan = a.nan || !a.surely_nonnegative();
  r.finite = a.finite;
  r.minus_zero = a.minus_zero;
  r.away = a.away > 0 && ieee::is_finite(a.away) ? square_root(a.away) : 0;
  return with_distance(r);
}

[[nodiscard]] constexpr value_range range_of_magnitude(value_range a) {
  static_cast<interval&>(a) = magnitude_of(a);
  a.minus_zero = false;
  a.sure = true;
  return with_distance(a);
}

/// One of the two, it is not known which.
[[nodiscard]] constexpr value_range range_of_either(const value_range& a, const value_range& b) {
  value_range r;
  static_cast<interval&>(r) = hull(a, b);
  r.away = smaller(a.away, b.away);
  r.nan = a.nan || b.nan;
  r.finite = a.finite && b.finite;
  r.minus_zero = a.minus_zero || b.minus_zero;
  r.sure = (a.sure && b.sure) || !(r.nonnegative() || r.nonpositive());
  return with_distance(r);
}

/// max(x, y) = x < y ? y : x: a NaN in x stays; one in y vanishes and x is the result, whatever y's bounds are.
[[nodiscard]] constexpr value_range range_of_larger(const value_range& x, const value_range& y) {
  value_range r = range_of_either(x, y);
  static_cast<interval&>(r) = y.nan ? interval{x.lo, larger(x.hi, y.hi)} : greatest(x, y);
  r.nan = x.nan;
  r.finite = r.finite || r.bounded();
  r.sure = r.nonnegative()   ? x.surely_nonnegative() || (y.surely_nonnegative() && !y.nan)
           : r.nonpositive() ? x.sure && y.sure
                             : true;
  return with_distance(r);
}
[[nodiscard]] constexpr value_range range_of_smaller(const value_range& x, const value_range& y) {
  return range_of_negative(range_of_larger(range_of_negative(x), range_of_negative(y)));
}

/// The sum of `count` values, of which each is in `a`.
[[nodiscard]] constexpr value_range range_of_total(const value_range& a, const interval& count) {
  if (count.hi == 0) return range_of_constant(0);
  value_range r;
  static_cast<interval&>(r) = count * static_cast<const interval&>(a);
  r.nan = a.nan || (!a.keeps_sign() && !r.bounded());  // infinities of both signs
  r.finite = r.bounded();
  r.minus_zero = false;  // it starts from +0
  r.sure = a.sure;
  r.away = a.keeps_sign() && count.lo > 0 ? a.away : 0;
  return with_distance(r);
}

/// The rule of an operation that is no reduction, no choice and no leaf.
[[nodiscard]] constexpr value_range range_of_operation(operation op, const value_range& a, const value_range& b,
                                                       bool squared) {
  switch (op) {
    case operation::add:
      return range_of_sum(a, b);
    case operation::subtract:
      return range_of_sum(a, range_of_negative(b));
    case operation::negate:
      return range_of_negative(a);
    case operation::multiply:
      return range_of_product(a, b, squared);
    case operation::divide:
      return range_of_quotient(a, b);
    case operation::sqrt:
      return range_of_root(a);
    case operation::abs:
      return range_of_magnitude(a);
    case operation::min:
      return range_of_smaller(a, b);
    case operation::max:
      return range_of_larger(a, b);
    case operation::detour:
    case operation::spread:
      return a;
    default:
      return {};
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
