// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One operation on numbers of a type, in constant expressions and at run time: the bits of a sweep.
#pragma once

#include <espalier/checked_number.hpp>
#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/square_root.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Takes `x` into the total of a reduction. A NaN stays.
template <class T>
constexpr void add_to(operation op, T& total, T x) {
  if (op == operation::sum) total = checked_arithmetic(total, x, [](auto a, auto b) { return a + b; });
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
      return checked_arithmetic(a, b, [](auto x, auto y) { return x + y; });
    case operation::subtract:
      return checked_arithmetic(a, b, [](auto x, auto y) { return x - y; });
    case operation::multiply:
      return checked_arithmetic(a, b, [](auto x, auto y) { return x * y; });
    case operation::divide:
      return checked_quotient(a, b);
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
