// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One operation on numbers of a type, in constant expressions and at run time: the bits of a sweep.
#pragma once

#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/square_root.hpp>
#include <espalier/wide_number.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether neither a product nor a quotient of two such numbers leaves the range of a float.
template <class T>
[[nodiscard]] constexpr bool is_moderate(T x) {
  constexpr T bound = T(0x1p60);
  return x == 0 || (x < bound && x > -bound && (x > 1 / bound || x < -1 / bound));
}
/// What overflows, is NaN or divides by zero is no constant expression; IEEE says what it is.
template <class T, class Operation>
[[nodiscard]] constexpr T computed(T a, T b, const Operation& operation) {
  if (!std::is_constant_evaluated() || (is_moderate(a) && is_moderate(b))) return operation(a, b);
  return operation(wide_number(double(a)), wide_number(double(b))).template to<T>();
}

/// A number on which IEEE arithmetic is done in constant expressions too.
template <class T>
struct checked_number {
  T value{};
  constexpr checked_number() = default;
  constexpr checked_number(double x) : value(static_cast<T>(x)) {}
  constexpr checked_number operator+(checked_number b) const {
    return of(computed(value, b.value, [](auto x, auto y) { return x + y; }));
  }
  constexpr checked_number operator-(checked_number b) const {
    return of(computed(value, b.value, [](auto x, auto y) { return x - y; }));
  }
  constexpr checked_number operator/(checked_number b) const {
    return of(computed(value, b.value, [](auto x, auto y) { return x / y; }));
  }
  constexpr bool operator<(checked_number b) const { return value < b.value; }
  constexpr bool operator<=(checked_number b) const { return value <= b.value; }
  static constexpr checked_number of(T x) {
    checked_number result;
    result.value = x;
    return result;
  }
};

/// Takes `x` into the total of a reduction. A NaN stays.
template <class T>
constexpr void add_to(operation op, T& total, T x) {
  if (op == operation::sum) total = computed(total, x, [](auto a, auto b) { return a + b; });
  if (op == operation::smallest) total = x < total || x != x ? x : total;
  if (op == operation::largest) total = total < x || x != x ? x : total;
}

/// The value of node `n`, neither a leaf nor a reduction, where `read(id)` is that of an operand. Conditions are one or
/// zero. A program without `Functions` holds none.
template <class T, bool Functions, class Read>
[[nodiscard]] constexpr T applied(const node& n, const Read& read) {
  const T a = n.a < 0 ? T{} : read(n.a);
  const T b = n.b < 0 ? T{} : read(n.b);
  switch (n.op) {
    case operation::add:
      return computed(a, b, [](auto x, auto y) { return x + y; });
    case operation::subtract:
      return computed(a, b, [](auto x, auto y) { return x - y; });
    case operation::multiply:
      return computed(a, b, [](auto x, auto y) { return x * y; });
    case operation::divide:
      if (b == 0) return (wide_number(double(a)) / wide_number(double(b))).template to<T>();
      return computed(a, b, [](auto x, auto y) { return x / y; });
    case operation::negate:
      return -a;
    case operation::sqrt:
      return square_root(a);
    case operation::abs:
      return a < 0 ? -a : a + T{0};  // -0 becomes 0, as clearing the sign bit does
    case operation::min:
      return b < a ? b : a;
    case operation::max:
      return a < b ? b : a;
    case operation::less:
      return a < b ? T{1} : T{0};
    case operation::less_equal:
      return a <= b ? T{1} : T{0};
    case operation::negation:
      return a == 0 ? T{1} : T{0};
    case operation::conjunction:
      return a != 0 && b != 0 ? T{1} : T{0};
    case operation::disjunction:
      return a != 0 || b != 0 ? T{1} : T{0};
    case operation::detour:
      return a;
    case operation::select:
      return a != 0 ? b : read(n.c);
    default:
      if constexpr (Functions) return is_function(n.op) ? function_of(n.op, a) : T{};
      return T{};
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
