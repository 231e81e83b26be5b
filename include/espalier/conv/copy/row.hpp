// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A row of consecutive elements, copied.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// `to[i] = from[i] + add`. Whole vectors; the last one overlaps its neighbour instead of leaving a scalar rest. Short
/// rows go element by element: what a masked store wrote cannot be forwarded to the loads that follow (1 us of 6 in the
/// weight's gradient of a small layer).
template <class T>
void copy_row(T* to, const T* from, index_t count, T add) {
  const batch<T> b = simd::broadcast(add);
  if (count < lanes<T>) {
    for (index_t i = 0; i < count; ++i) to[i] = from[i] + add;
    return;
  }
  for (index_t i = 0; i + lanes<T> <= count; i += lanes<T>) {
    simd::store_unaligned(to + i, simd::load_unaligned(from + i) + b);
  }
  const index_t last = count - lanes<T>;
  simd::store_unaligned(to + last, simd::load_unaligned(from + last) + b);
}

}  // namespace esp::inline ESPALIER_ABI::detail
