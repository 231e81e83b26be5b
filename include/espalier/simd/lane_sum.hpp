// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The sum of the lanes of one register that lies in memory, in a fixed order.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

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

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI
