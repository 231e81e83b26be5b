// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The numbers of the elementary functions: polynomials, the parts of ln 2, and where float and double end.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What elementary.hpp computes with in `float` or `double`.
///
/// `tests/golden/elementary_coefficients.py` made them: polynomials of least maximal relative error by Remez' exchange
/// in 60 digits, then rounded. Beside each its error in units in the last place of 1, which adds to that of rounding.
template <class T>
struct elementary_coefficients;

template <>
struct elementary_coefficients<float> {
  using bits = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr float bias = 127;

  /// 1.5 * 2^23: a smaller number added to it is rounded to a whole one, which the last bits of the sum are.
  static constexpr float to_whole = 0x1.8p23F;
  static constexpr float per_ln2 = 0x1.715476p0F;
  /// ln 2 in two parts; the products of the first with the exponents of float are exact.
  static constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F;

  /// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; 0.04.
  static constexpr float exponential[] = {0.5F, 0x1.55548ep-3F, 0x1.55545ep-5F, 0x1.123b48p-7F, 0x1.6db418p-10F};
  /// (log((1 + s) / (1 - s)) - 2 s) / s^3 in s^2, for |s| <= 0.2; 0.001.
  static constexpr float logarithm[] = {0x1.555554p-1F, 0x1.999be0p-2F, 0x1.23e8dap-2F, 0x1.eda3a8p-3F};
  /// (x - tanh(x)) / x^3 in x^2, for |x| <= 1; 0.04.
  static constexpr float hyperbolic_tangent[] = {0x1.555552p-2F, -0x1.11105ep-3F, 0x1.b9fbdap-5F,  -0x1.64ebc8p-6F,
                                                 0x1.19a50ep-7F, -0x1.938480p-9F, 0x1.b8ff92p-11F, -0x1.fd7c48p-14F};

  /// e^x is 0 and infinite from here on; `largest_argument` is the last whose result is finite.
  static constexpr float least_argument = -104, most_argument = 89, largest_argument = 0x1.62e42ep6F;
  /// What makes every subnormal number normal.
  static constexpr float normalizer = 0x1p24F, normalizer_exponent = 24;
  /// The root of 1/2, where the fractions of numbers begin.
  static constexpr bits root_of_half = 0x3f3504f3;
  /// tanh is 1 from here on.
  static constexpr float saturated = 20;
};

template <>
struct elementary_coefficients<double> {
  using bits = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr double bias = 1023;

  static constexpr double to_whole = 0x1.8p52;
  static constexpr double per_ln2 = 0x1.71547652b82fep0;
  static constexpr double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;

  /// 0.04.
  static constexpr double exponential[] = {0x1.000000000000bp-1,  0x1.5555555555561p-3,  0x1.555555555003ep-5,
                                           0x1.111111110d645p-7,  0x1.6c16c185a427bp-10, 0x1.a01a01bade54ep-13,
                                           0x1.a019969ca4c7cp-16, 0x1.71dddfd4ea8eep-19, 0x1.28b0409bf3b3cp-22,
                                           0x1.af857901633f2p-26};
  /// 0.001.
  static constexpr double logarithm[] = {0x1.555555555554fp-1, 0x1.999999999c1adp-2, 0x1.24924921e184dp-2,
                                         0x1.c71c749202eafp-3, 0x1.745c4a5cdfea3p-3, 0x1.3b35d01b1b104p-3,
                                         0x1.0dca9f87a7a8fp-3, 0x1.1b87da43803a1p-3};
  /// 0.15.
  static constexpr double hyperbolic_tangent[] = {
      0x1.555555555554fp-2,  -0x1.1111111110aedp-3,  0x1.ba1ba1b9dc147p-5,  -0x1.664f487847a6cp-6,
      0x1.226e345581703p-7,  -0x1.d6d3ae8115713p-9,  0x1.7da1d75891076p-10, -0x1.354b370604d00p-11,
      0x1.f4dde5f7c3412p-13, -0x1.9399007b57fe7p-14, 0x1.3f45652048f90p-15, -0x1.df069a6a76829p-17,
      0x1.3f21a83cf4297p-18, -0x1.54f6440bc0952p-20, 0x1.f3c1040a05d16p-23, -0x1.6d6cb20394f40p-26};

  static constexpr double least_argument = -746, most_argument = 710, largest_argument = 0x1.62e42fefa39efp9;
  static constexpr double normalizer = 0x1p54, normalizer_exponent = 54;
  static constexpr bits root_of_half = 0x3fe6a09e667f3bcd;
  static constexpr double saturated = 20;
};

}  // namespace esp::inline ESPALIER_ABI::detail
