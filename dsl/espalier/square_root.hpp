// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The correctly rounded square root, in constant expressions and at run time.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <espalier/config.hpp>
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// sqrt(x), rounded to nearest as IEEE 754 asks, so that a constant kernel equals the one computed at run time.
///
/// In a constant expression: the mantissa's integer root, bit by bit, on 108 bits (54 steps); exact, then rounded once.
[[nodiscard]] constexpr double square_root(double x) {
  if (!std::is_constant_evaluated()) return std::sqrt(x);
  if (x != x || x == 0 || x == std::numeric_limits<double>::infinity()) return x;
  if (x < 0) return std::numeric_limits<double>::quiet_NaN();
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {  // a subnormal gets its leading bit back; 2^54 has an exact root
    x *= 0x1p54;
    exponent = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1075;  // x = mantissa * 2^exponent
  std::uint64_t mantissa = (bits & 0xFFFFFFFFFFFFFull) | 0x10000000000000ull;
  if (exponent & 1) {
    mantissa <<= 1;
    --exponent;
  }
  // root = floor(sqrt(mantissa * 2^54)) has 54 bits: 53 of the result and one to round by. A two-limb remainder is
  // avoided by the digit-by-digit method, which keeps it below 2 * root.
  std::uint64_t root = 0;
  std::uint64_t remainder = 0;
  for (int digit = 0; digit < 54; ++digit) {
    const int shift = 106 - 2 * digit;  // the next two bits of mantissa * 2^54, from the top
    const std::uint64_t pair = shift >= 54 ? (mantissa >> (shift - 54)) & 3 : 0;
    remainder = (remainder << 2) | pair;
    const std::uint64_t trial = (root << 2) | 1;
    root <<= 1;
    if (remainder >= trial) {
      remainder -= trial;
      root |= 1;
    }
  }
  // A root is never halfway between two doubles (its square would need an odd last bit below the mantissa's).
  const std::uint64_t rounded = (root >> 1) + (root & 1);
  double scale = 1;
  for (int e = (exponent - 52) / 2, step = e < 0 ? -1 : 1; e != 0; e -= step) scale *= step < 0 ? 0.5 : 2.0;
  return static_cast<double>(rounded) * scale;
}

/// The float root through double: 53 bits are more than twice 24 and two, so rounding twice is rounding once.
[[nodiscard]] constexpr float square_root(float x) { return static_cast<float>(square_root(static_cast<double>(x))); }

}  // namespace esp::inline ESPALIER_ABI::detail
