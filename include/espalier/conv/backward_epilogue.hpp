// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the sums of a convolution, and to the residual, from that with respect to the output.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/store/stages.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Operands of `backward_epilogue`, each of `count` elements.
template <class T>
struct epilogue_gradient {
  index_t count = 0;
  const T* from = nullptr;      ///< The output, or the sums: as the stages need.
  const T* residual = nullptr;  ///< Read where the sums are.
  const T* grad_y = nullptr;
  T* grad_sum = nullptr;       ///< May be `from` itself.
  T* grad_residual = nullptr;  ///< Null: not wanted.
};

/// One register of it, of which the lanes of `there` exist.
template <class Stages, class T>
ESPALIER_ALWAYS_INLINE void backward_register(const epilogue_gradient<T>& o, index_t i, const lane_range<T>& there) {
  using back = stages_backward<Stages>;
  const batch<T> from = simd::load_range(o.from + i, there), g = simd::load_range(o.grad_y + i, there);
  batch<T> grad_sum, grad_residual = simd::broadcast(T(0));
  if constexpr (back::from_output) {
    grad_sum = grad_residual = back::template run_from_output<T>(from, g);
  } else if constexpr (Stages::residuals > 0) {
    grad_sum = back::template run<T>(from, simd::load_range(o.residual + i, there), g, grad_residual);
  } else {
    grad_sum = back::template run<T>(from, grad_residual, g, grad_residual);
  }
  simd::store_range(o.grad_sum + i, grad_sum, there);
  if (o.grad_residual != nullptr) simd::store_range(o.grad_residual + i, grad_residual, there);
}

/// The gradients of a chain of stages. Every element by itself, computed on registers throughout: the same for any
/// executor and any place of an element. Cost: one pass over the operands.
template <class Stages, class T, Executor E>
void backward_epilogue(const epilogue_gradient<T>& operands, const E& executor) {
  // As `backward_relu`: a few such blocks are a fraction of a second cache, and a task takes several microseconds.
  constexpr index_t block = index_t{1} << 14;
  executor.run((operands.count + block - 1) / block, [=](index_t number, index_t) {
    const index_t end = operands.count - number * block < block ? operands.count : (number + 1) * block;
    index_t i = number * block;
    const lane_range<T> all(0, lanes<T>);
    for (; i + lanes<T> <= end; i += lanes<T>) backward_register<Stages, T>(operands, i, all);
    if (i < end) backward_register<Stages, T>(operands, i, lane_range<T>(0, end - i));
  });
}

}  // namespace esp::inline ESPALIER_ABI::detail
