// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How far a result is from the exact one, in units of its last place; and the functions in a wider type.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace support {

/// What is exact enough to compare with: 29 or 11 bits more.
template <class T>
using wider = std::conditional_t<sizeof(T) == 4, double, long double>;
template <class T>
using bits_of = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

/// Numbers of the same bits, or two NaN.
template <class T>
bool identical(T a, T b) {
  return (a != a && b != b) || std::bit_cast<bits_of<T>>(a) == std::bit_cast<bits_of<T>>(b);
}

/// |got - exact| in units of the last place of `exact` in T, subnormal ones too; a wrong infinity or NaN is far off.
template <class T>
double units_apart(T got, wider<T> exact) {
  constexpr double far = 1e9;
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : far;
  const T nearest = static_cast<T>(exact);
  if (std::isinf(nearest) || std::isinf(got)) return got == nearest ? 0 : far;
  int exponent = std::numeric_limits<T>::min_exponent;
  if (exact != 0) {
    std::frexp(exact, &exponent);
    exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  }
  const wider<T> unit = std::ldexp(wider<T>{1}, exponent - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(wider<T>{got} - exact) / unit);
}

template <class R>
R exact_sigmoid(R x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
template <class R>
R exact_softplus(R x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// Arguments: every bit pattern of float some `stride` apart; of double as many at random, a third of them beside the
/// places where an algorithm turns, a third between -750 and 750.
template <class T, class Visit>
void for_arguments(std::uint64_t count, const Visit& visit) {
  constexpr T turns[] = {T(0.34657359027997264L),
                         T(0.6931471805599453L),
                         T(0.7071067811865476L),
                         T(1),
                         T(1.4142135623730951L),
                         T(0.5),
                         T(2),
                         T(20),
                         T(36.7),
                         T(88.72283905206835L),
                         T(103.97208),
                         T(709.782712893384L),
                         T(708.396418532264L),
                         T(745.1332191019411L),
                         std::numeric_limits<T>::min(),
                         T(16.6)};
  std::uint64_t state = 7;
  const std::uint64_t stride = (std::uint64_t{1} << 32) / count | 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t z = (state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z ^= z >> 27;
    if (i % 3 == 0) {
      const auto near = std::bit_cast<bits_of<T>>(turns[z % 16]) + static_cast<bits_of<T>>((z >> 8) % 2001) - 1000;
      const T x = std::bit_cast<T>(static_cast<bits_of<T>>(near));
      visit((z >> 4 & 1) != 0 ? x : -x);
    } else if (i % 3 == 1) {
      visit(static_cast<T>(static_cast<double>(static_cast<std::int64_t>(z)) * 0x1p-63 * 750));
    }
    visit(std::bit_cast<T>(static_cast<bits_of<T>>(sizeof(T) == 4 ? i * stride : z)));
  }
}

}  // namespace support
