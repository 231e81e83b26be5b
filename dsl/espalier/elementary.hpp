// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// exp, log, tanh, sigmoid and softplus as arithmetic: one algorithm for a number and for a register of them.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/elementary_coefficients.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// The functions on the values of `Lanes`, a number in constant expressions (elementary_functions.hpp) or a register
/// (simd/elementary.hpp), within 2 units in the last place of the exact result.
///
/// The bits are the same everywhere: nothing but sums, products, quotients and comparisons that IEEE 754 defines, in
/// one order. `Lanes::product` is rounded before a sum takes it, which costs a tenth of a sweep and spares a second
/// set of results for machines without a fused multiply-add.
///
/// Arguments are in the range that each function names; who calls sees to the others.
template <class Lanes>
struct elementary {
  using value = typename Lanes::value;
  using number = typename Lanes::number;
  using numbers = elementary_coefficients<number>;

  /// e^x, for x from `least_argument` to `largest_argument` of the numbers, or to `most_argument` where overflow gives
  /// infinity.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value exponential(const value& x) {
    const value n = whole(times(x, of(numbers::per_ln2)));
    return scaled(of(1) + less_one(x, n), n);
  }

  /// The logarithm of x > 0, x finite.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value logarithm(const value& x) {
    const auto subnormal = x < of(std::numeric_limits<number>::min());
    const auto parts = Lanes::split(times(x, Lanes::select(subnormal, of(numbers::normalizer), of(1))));
    const value exponent = parts.exponent - Lanes::select(subnormal, of(numbers::normalizer_exponent), of(0));
    return logarithm_of(parts.fraction - of(1), exponent);
  }

  /// tanh(x) for |x| <= 1. (At -0 it is 0.)
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value tangent_near_zero(const value& x) {
    const value z = times(x, x);
    return x - times(x, times(z, polynomial(numbers::hyperbolic_tangent, z)));
  }
  /// tanh(x) for x from 1 to `saturated`.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value tangent_from_one(const value& x) {
    return of(1) - Lanes::quotient(of(2), exponential(x + x) + of(1));
  }

  /// 1 / (1 + e^-x), where `away` is -|x|, not below `least_argument`.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value sigmoid(const value& x, const value& away) {
    const value n = whole(times(away, of(numbers::per_ln2)));
    const value p = less_one(away, n);
    const value fraction = of(1) + p;
    const value e = scaled(fraction, n);
    const value divisor = of(1) + e;
    // What the roundings of e and of the divisor left corrects the quotient: without it the last place is off by 2.3.
    const auto negative = x < of(0);
    const value e_rest = scaled(p - (fraction - of(1)), n);
    const value divisor_rest = (e - (divisor - of(1))) + e_rest;
    const value q = Lanes::quotient(Lanes::select(negative, e, of(1)), divisor);
    const value reciprocal = Lanes::select(negative, of(1) - q, q);
    return q + times(Lanes::select(negative, e_rest, of(0)) - times(q, divisor_rest), reciprocal);
  }
  /// log(1 + e^x) for finite x, with `away` as for the sigmoid.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value softplus(const value& x, const value& away) {
    const value e = exponential(away);
    // 1 + e = 1 + f, or 2 (1 + f): f has no rounding that counts.
    const auto close = e < of(0.5);
    const value f = Lanes::select(close, e, times(of(0.5), e - of(1)));
    const value rest = logarithm_of(f, Lanes::select(close, of(0), of(1)));
    return Lanes::select(x < of(0), of(0), x) + rest;
  }

 private:
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value of(double x) { return Lanes::of(static_cast<number>(x)); }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value times(const value& a, const value& b) {
    return Lanes::product(a, b);
  }
  template <std::size_t Count>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value polynomial(const number (&coefficients)[Count],
                                                                         const value& x) {
    value total = of(coefficients[Count - 1]);
    for (std::size_t i = Count - 1; i-- > 0;) total = times(total, x) + of(coefficients[i]);
    return total;
  }
  /// The nearest whole number; for magnitudes below 2^(mantissa bits - 1).
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value whole(const value& x) {
    return (x + of(numbers::to_whole)) - of(numbers::to_whole);
  }
  /// e^r - 1 for r = x - n ln(2), n the whole number that leaves |r| <= ln(2) / 2.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value less_one(const value& x, const value& n) {
    const value high = x - times(n, of(numbers::ln2_high));  // exact
    const value low = times(n, of(numbers::ln2_low));
    const value r = high - low;
    const value lost = (high - r) - low;
    return r + (times(times(r, r), polynomial(numbers::exponential, r)) + lost);
  }
  /// x * 2^n in two steps: neither factor leaves the range, and the last product alone rounds.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value scaled(const value& x, const value& n) {
    const value half = whole(times(n, of(0.5)));
    return times(times(x, power_of_two(half)), power_of_two(n - half));
  }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value power_of_two(const value& n) {
    return Lanes::as_exponent(n + of(numbers::to_whole + numbers::bias));
  }
  /// log(1 + f) + exponent * ln(2), for 1 + f from root_of_half to 1.5: with s = f / (2 + f), log(1 + f) is
  /// log((1 + s) / (1 - s)) = f - f^2 / 2 + s (f^2 / 2 + s^2 P(s^2)).
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static constexpr value logarithm_of(const value& f, const value& exponent) {
    const value s = Lanes::quotient(f, of(2) + f);
    const value z = times(s, s);
    const value half_square = times(times(of(0.5), f), f);
    const value rest = times(s, half_square + times(z, polynomial(numbers::logarithm, z)));
    const value low = rest + times(exponent, of(numbers::ln2_low));
    return times(exponent, of(numbers::ln2_high)) - ((half_square - low) - f);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
