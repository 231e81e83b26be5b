// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums of the lanes of registers that lie in memory, in a fixed order.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/fold_rows.hpp>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Sum of `Count` elements as a balanced tree: the upper half is added to the lower one until one is left. Every length
/// is a constant, so that the compiler makes each level one instruction.
template <index_t Count, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE T tree_sum(const T* from) {
  if constexpr (Count == 1) {
    return from[0];
  } else {
    T lower[Count / 2];
    for (index_t i = 0; i < Count / 2; ++i) lower[i] = from[i] + from[i + Count / 2];
    return tree_sum<Count / 2>(lower);
  }
}

/// Sum of one register's `lanes<T>` elements in memory.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE T lane_sum(const T* from) {
  return tree_sum<lanes<T>>(from);
}

/// `sums[i]` becomes the sum of the register `sums[i lanes .. (i + 1) lanes)`, in the order of `lane_sum`; what lies
/// behind is lost. As many registers as they have lanes are folded at once: in a third of the time.
template <class T>
void sum_registers(T* sums, index_t count) {
  constexpr index_t width = lanes<T>;
  const auto add = [](const batch<T>& a, const batch<T>& b) { return a + b; };
  batch<T> rows[static_cast<std::size_t>(width)];
  for (index_t i = 0; i < count; i += width) {
    if (count - i < width) {
      for (; i < count; ++i) sums[i] = lane_sum(sums + i * width);
      return;
    }
    for (index_t row = 0; row < width; ++row) rows[row] = load_unaligned(sums + (i + row) * width);
    store_unaligned(sums + i, fold_rows<T>(rows, add));
  }
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
