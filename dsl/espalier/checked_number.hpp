// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// IEEE arithmetic that constant expressions may do too: what overflows, is NaN or divides by zero is none of their
/// own.
#pragma once

#include <espalier/config.hpp>
#include <espalier/wide_number.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Neither a product nor a quotient of such numbers leaves the range of a float.
template <class T>
[[nodiscard]] constexpr bool is_moderate(T x) {
  constexpr T bound = T(0x1p60);
  return x == 0 || (x < bound && x > -bound && (x > 1 / bound || x < -1 / bound));
}

/// `operation(a, b)`, one of + - * and of / by what is not zero, as IEEE says.
template <class T, class Operation>
[[nodiscard]] constexpr T checked_arithmetic(T a, T b, const Operation& operation) {
  if (!std::is_constant_evaluated() || (is_moderate(a) && is_moderate(b))) return operation(a, b);
  return operation(wide_number(double(a)), wide_number(double(b))).template to<T>();
}

/// a / b, by zero too.
template <class T>
[[nodiscard]] constexpr T checked_quotient(T a, T b) {
  if (b == 0) return (wide_number(double(a)) / wide_number(double(b))).template to<T>();
  return checked_arithmetic(a, b, [](auto x, auto y) { return x / y; });
}

/// A number of type `T` with that arithmetic.
template <class T>
struct checked_number {
  T value{};

  constexpr checked_number() = default;
  constexpr checked_number(double x) : value(static_cast<T>(x)) {}
  [[nodiscard]] static constexpr checked_number of(T x) {
    checked_number result;
    result.value = x;
    return result;
  }
  constexpr checked_number operator+(checked_number b) const {
    return of(checked_arithmetic(value, b.value, [](auto x, auto y) { return x + y; }));
  }
  constexpr checked_number operator-(checked_number b) const {
    return of(checked_arithmetic(value, b.value, [](auto x, auto y) { return x - y; }));
  }
  constexpr checked_number operator/(checked_number b) const { return of(checked_quotient(value, b.value)); }
  constexpr bool operator<(checked_number b) const { return value < b.value; }
  constexpr bool operator<=(checked_number b) const { return value <= b.value; }
};

}  // namespace esp::inline ESPALIER_ABI::detail
