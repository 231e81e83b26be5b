// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The sum of the lanes of one register that lies in memory, in a fixed order.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

namespace simd {

/// Sum of `lanes<T>` elements as a balanced tree: the upper half is added to the lower one until one is left.
template <class T>
[[nodiscard]] inline T lane_sum(const T* from) {
  T t[lanes<T>];
  for (index_t i = 0; i < lanes<T>; ++i) t[i] = from[i];
  for (index_t half = lanes<T> / 2; half > 0; half /= 2) {
    for (index_t i = 0; i < half; ++i) t[i] = t[i] + t[i + half];
  }
  return t[0];
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI
