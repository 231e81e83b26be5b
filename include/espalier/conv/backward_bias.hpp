// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the bias: the sum of the output's gradient over batch and positions.
#pragma once

#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_sum.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Sum of `count` elements: four vectors of partial sums, then their lanes, then the rest one by one.
template <class T>
T sum_of(const T* from, index_t count) {
  constexpr index_t step = 4 * lanes<T>;
  batch<T> acc[4] = {simd::broadcast(T(0)), simd::broadcast(T(0)), simd::broadcast(T(0)), simd::broadcast(T(0))};
  index_t i = 0;
  for (; i + step <= count; i += step) {
    for (index_t v = 0; v < 4; ++v) acc[v] = acc[v] + simd::load_unaligned(from + i + v * lanes<T>);
  }
  T sums[lanes<T>];
  simd::store_unaligned(sums, (acc[0] + acc[1]) + (acc[2] + acc[3]));
  T total = simd::lane_sum(sums);
  for (; i < count; ++i) total = total + from[i];
  return total;
}

/// `grad_b[oc] (+)= sum over (n, o) of grad_y[n,oc,o]`.
///
/// grad_y (N, OC, OD, OH, OW) of shape `output`, grad_b (OC): overwritten, or added to where `accumulate`. One task per
/// channel; blocks of 4096 elements are summed by themselves, so that the rounding error stays that of short sums. The
/// order depends on the shape alone. Cost: one pass over grad_y.
template <class T, Executor E>
void direct_backward_bias(const T* grad_y, dims5 output, T* grad_b, bool accumulate, const E& executor) {
  constexpr index_t block = 4096;
  executor.run(output.c, [=](index_t oc, index_t) {
    const index_t size = output.d * output.h * output.w;
    T total = T(0);
    for (index_t n = 0; n < output.n; ++n) {
      const T* from = grad_y + (n * output.c + oc) * size;
      for (index_t i = 0; i < size; i += block) {
        total = total + sum_of(from + i, size - i < block ? size - i : block);
      }
    }
    grad_b[oc] = accumulate ? grad_b[oc] + total : total;
  });
}

}  // namespace esp::inline ESPALIER_ABI::detail
