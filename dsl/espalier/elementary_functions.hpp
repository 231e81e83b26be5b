// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// exp, log, tanh, sigmoid and softplus of a number, in constant expressions and at run time.
#pragma once

#include <bit>
#include <espalier/config.hpp>
#include <espalier/elementary.hpp>
#include <espalier/elementary_coefficients.hpp>
#include <espalier/operation.hpp>
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// One number as elementary.hpp takes it.
template <class T>
struct one_number {
  using value = T;
  using number = T;
  using numbers = elementary_coefficients<T>;
  using bits = typename numbers::bits;

  static constexpr T of(T x) { return x; }
  /// Empty assembly, so that no compiler contracts the product with a sum that takes it.
  static constexpr T product(T a, T b) {
    T result = a * b;
#if defined(__GNUC__)
    if (!std::is_constant_evaluated()) __asm__("" : "+m"(result));
#endif
    return result;
  }
  static constexpr T quotient(T a, T b) { return a / b; }
  static constexpr T select(bool condition, T yes, T no) { return condition ? yes : no; }
  /// The last bits of x where an exponent has its place.
  static constexpr T as_exponent(T x) { return std::bit_cast<T>(std::bit_cast<bits>(x) << numbers::mantissa_bits); }

  /// x = fraction * 2^exponent, the fraction from the root of 1/2 to that of 2.
  struct parts {
    T exponent;
    T fraction;
  };
  static constexpr parts split(T x) {
    constexpr bits root = numbers::root_of_half, one = std::bit_cast<bits>(T(1));
    const bits moved = std::bit_cast<bits>(x) + (one - root);
    constexpr T whole = T(bits{1} << numbers::mantissa_bits);
    const T exponent = std::bit_cast<T>((moved >> numbers::mantissa_bits) | std::bit_cast<bits>(whole));
    const T fraction = std::bit_cast<T>((moved & ((bits{1} << numbers::mantissa_bits) - 1)) + root);
    return {exponent - (whole + numbers::bias), fraction};
  }
};

/// e^x, within 1 unit in the last place; the bits of the sweep on every instruction set.
template <class T>
[[nodiscard]] constexpr T exponential(T x) {
  using numbers = elementary_coefficients<T>;
  if (x != x) return x;
  if (x > numbers::largest_argument) return std::numeric_limits<T>::infinity();
  if (x < numbers::least_argument) return 0;
  return elementary<one_number<T>>::exponential(x);
}

/// The natural logarithm, within 1 unit in the last place: minus infinity at 0 and -0, NaN below.
template <class T>
[[nodiscard]] constexpr T logarithm(T x) {
  if (x != x || x == std::numeric_limits<T>::infinity()) return x;
  if (x == 0) return -std::numeric_limits<T>::infinity();
  if (x < 0) return std::numeric_limits<T>::quiet_NaN();
  return elementary<one_number<T>>::logarithm(x);
}

/// tanh(x), within 2 units in the last place.
template <class T>
[[nodiscard]] constexpr T hyperbolic_tangent(T x) {
  if (x != x || x == 0) return x;
  const T size = x < 0 ? -x : x;
  if (size < 1) return elementary<one_number<T>>::tangent_near_zero(x);
  const T result =
      size >= elementary_coefficients<T>::saturated ? T(1) : elementary<one_number<T>>::tangent_from_one(size);
  return x < 0 ? -result : result;
}

/// 1 / (1 + e^-x), within 2 units in the last place.
template <class T>
[[nodiscard]] constexpr T logistic(T x) {
  if (x != x) return x;
  constexpr T least = elementary_coefficients<T>::least_argument;
  const T away = x < 0 ? x : -x;
  return elementary<one_number<T>>::sigmoid(x, away < least ? least : away);
}

/// log(1 + e^x), within 2 units in the last place.
template <class T>
[[nodiscard]] constexpr T soft_plus(T x) {
  if (x != x || x == std::numeric_limits<T>::infinity()) return x;
  constexpr T least = elementary_coefficients<T>::least_argument;
  const T away = x < 0 ? x : -x;
  return elementary<one_number<T>>::softplus(x, away < least ? least : away);
}

/// The function of a number, for constant expressions and interpreters; `op` is one of the functions.
template <class T>
[[nodiscard]] constexpr T function_of(operation op, T x) {
  switch (op) {
    case operation::exp:
      return exponential(x);
    case operation::log:
      return logarithm(x);
    case operation::tanh:
      return hyperbolic_tangent(x);
    case operation::sigmoid:
      return logistic(x);
    default:
      return soft_plus(x);
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
