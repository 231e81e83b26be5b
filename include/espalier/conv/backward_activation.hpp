// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to what the activation was given: the output's gradient where the output passed.
#pragma once

#include <espalier/config.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// `grad_sum[i] = y[i] <= 0 ? 0 : grad_y[i]`, of `activation::relu`.
///
/// y is the output, grad_y its gradient, each of `count` elements. What meets a zero is dropped, were it NaN; a NaN of
/// y lets the gradient pass, so that it is not hidden. Every element by itself: the same for any executor. Cost: one
/// pass over the three.
template <class T, Executor E>
void backward_relu(const T* y, const T* grad_y, index_t count, T* grad_sum, const E& executor) {
  // 64 KiB of floats: three such blocks are a fraction of a second cache, and a task takes several microseconds.
  constexpr index_t block = index_t{1} << 14;
  executor.run((count + block - 1) / block, [=](index_t number, index_t) {
    const index_t end = count - number * block < block ? count : (number + 1) * block;
    const batch<T> zero = simd::broadcast(T(0));
    index_t i = number * block;
    for (; i + lanes<T> <= end; i += lanes<T>) {
      const batch<T> passed = simd::load_unaligned(grad_y + i);
      simd::store_unaligned(grad_sum + i, simd::select<T>(simd::load_unaligned(y + i) <= zero, zero, passed));
    }
    for (; i < end; ++i) grad_sum[i] = y[i] <= T(0) ? T(0) : grad_y[i];
  });
}

}  // namespace esp::inline ESPALIER_ABI::detail
