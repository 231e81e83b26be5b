// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The operations of a formula on registers: what a node makes of its operands, what a reduction makes of its values.
#pragma once

#include <espalier/config.hpp>
#include <espalier/operation.hpp>
#include <espalier/simd/batch.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// a * b, rounded whatever becomes of it. g++ contracts a product with a sum that takes it where it sees no other use,
/// and what it sees depends on how well it optimised: two ways to the same number would differ in the last bit.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> product(const batch<T>& a, const batch<T>& b) {
#if !defined(__GNUC__) || defined(__clang__)
  return a * b;
#else
  if constexpr (has_registers) {
    typename batch<T>::register_type held = a * b;
#if defined(__x86_64__)
    __asm__("" : "+v"(held));
#elif defined(__aarch64__)
    __asm__("" : "+w"(held));
#endif
    return batch<T>(held);
  } else {
    return a * b;
  }
#endif
}

/// A node of operation `Op`, neither a condition nor `select`; `b` is read only where the operation has two operands.
/// The bits of dsl/espalier/evaluate.hpp.
template <operation Op, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> applied(const batch<T>& a, [[maybe_unused]] const batch<T>& b) {
  if constexpr (Op == operation::add) return a + b;
  if constexpr (Op == operation::subtract) return a - b;
  if constexpr (Op == operation::multiply) return product<T>(a, b);
  if constexpr (Op == operation::divide) return divide<T>(a, b);
  if constexpr (Op == operation::min) return select<T>(b < a, b, a);
  if constexpr (Op == operation::max) return select<T>(a < b, b, a);
  if constexpr (Op == operation::negate) return -a;
  if constexpr (Op == operation::sqrt) return sqrt<T>(a);
  if constexpr (Op == operation::abs) return abs<T>(a);
  if constexpr (Op == operation::detour) return a;
}

/// What the reduction `Op` (sum, smallest, largest) starts from.
template <operation Op, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> neutral() {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  return broadcast(Op == operation::smallest ? infinity : Op == operation::largest ? -infinity : T{0});
}

/// `total` with one value more. A NaN stays in a total.
template <operation Op, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> reduced(const batch<T>& total, const batch<T>& x) {
  // A NaN is not equal to itself; `x != x` will not do, because xsimd 8 compares "ordered and not equal" here.
  if constexpr (Op == operation::sum) return total + x;
  if constexpr (Op == operation::smallest) return select<T>((x < total) | !(x == x), x, total);
  if constexpr (Op == operation::largest) return select<T>((total < x) | !(x == x), x, total);
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
