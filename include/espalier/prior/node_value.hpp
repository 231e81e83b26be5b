// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The operations of a formula on registers: what a node makes of its operands, what a reduction makes of its values.
#pragma once

#include <espalier/config.hpp>
#include <espalier/operation.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/elementary.hpp>
#include <espalier/simd/product.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

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
  if constexpr (Op == operation::exp) return exponential<T>(a);
  if constexpr (Op == operation::log) return logarithm<T>(a);
  if constexpr (Op == operation::tanh) return hyperbolic_tangent<T>(a);
  if constexpr (Op == operation::sigmoid) return logistic<T>(a);
  if constexpr (Op == operation::softplus) return soft_plus<T>(a);
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
