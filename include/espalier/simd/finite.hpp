// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Whether all numbers of an array are finite.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Whether none of `count` elements is infinite or NaN. Cost: one pass, at the speed of the cache they lie in.
template <class T>
[[nodiscard]] bool all_finite(const T* from, index_t count) {
  const batch<T> zero = broadcast(T(0));
  // Zero times a number that is not finite is NaN, and stays it in a sum; four sums, so that none waits for itself.
  batch<T> sum[] = {zero, zero, zero, zero};
  index_t i = 0;
  for (; i + 4 * lanes<T> <= count; i += 4 * lanes<T>) {
    for (index_t k = 0; k < 4; ++k) sum[k] = fma(load_unaligned(from + i + k * lanes<T>), zero, sum[k]);
  }
  T lane[lanes<T>];
  store_unaligned(lane, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  T total = 0;
  for (const T& value : lane) total += value;
  // By what is left: of a constant count g++ 12 warns of a loop by `i` that it never enters.
  for (index_t left = count - i; left > 0; --left, ++i) total += from[i] * T(0);
  return total == T(0);
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
