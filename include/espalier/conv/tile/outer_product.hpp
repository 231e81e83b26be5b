// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the weight's gradient with lanes along channels: a sum of outer products over positions.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Accumulates `Broadcasts` by `Vectors` registers of outer products over a box of positions.
///
/// `sums[b][v] (+)= sum over p in count of x[p . x_step + b] * y[p . y_step + v]` with `v` over `Vectors * lanes`
/// elements; added where `accumulate`. The sum of one call starts from zero, so a long sum is one of short sums.
/// Registers: the accumulators, `Vectors` for y, one for the broadcast.
template <index_t Broadcasts, index_t Vectors, class T>
struct outer_product {
  static constexpr index_t width = Vectors * lanes<T>;

  static void run(const T* x, const extents& x_step,  // elements between positions along each axis
                  const T* y, const extents& y_step,  // aligned; consecutive positions along W follow each other
                  const extents& count,               // positions
                  T* sums,                            // (Broadcasts, width), aligned
                  bool accumulate) {
    step(std::make_index_sequence<static_cast<std::size_t>(Broadcasts * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>(Broadcasts)>{},
         std::make_index_sequence<static_cast<std::size_t>(Vectors)>{}, x, x_step, y, y_step, count, sums, accumulate);
  }

 private:
  template <std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void multiply(std::index_sequence<V...>, batch<T>* acc, const batch<T>* operand,
                                              T value) {
    const batch<T> other = simd::broadcast(value);
    ((acc[V] = simd::fma(operand[V], other, acc[V])), ...);
  }

  template <std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void add(std::index_sequence<V...>, const batch<T>* acc, T* sums, bool accumulate) {
    if (accumulate) {
      (simd::store(sums + static_cast<index_t>(V) * lanes<T>,
                   simd::load(sums + static_cast<index_t>(V) * lanes<T>) + acc[V]),
       ...);
    } else {
      (simd::store(sums + static_cast<index_t>(V) * lanes<T>, acc[V]), ...);
    }
  }

  template <std::size_t... A, std::size_t... B, std::size_t... V>
  static void step(std::index_sequence<A...>, std::index_sequence<B...>, std::index_sequence<V...> vectors,
                   const T* ESPALIER_RESTRICT x, const extents& x_step, const T* ESPALIER_RESTRICT y,
                   const extents& y_step, const extents& count, T* ESPALIER_RESTRICT sums, bool accumulate) {
    batch<T> acc[sizeof...(A)];
    ((acc[A] = simd::broadcast(T(0))), ...);
    for (index_t d = 0; d < count.d; ++d) {
      for (index_t h = 0; h < count.h; ++h) {
        const T* from = x + d * x_step.d + h * x_step.h;
        const T* row = y + d * y_step.d + h * y_step.h;
        const T* const end = row + count.w * width;
        for (; row != end; row += width, from += x_step.w) {
          const batch<T> operand[] = {simd::load(row + static_cast<index_t>(V) * lanes<T>)...};
          (multiply(vectors, acc + B * sizeof...(V), operand, from[B]), ...);
        }
      }
    }
    (add(vectors, acc + B * sizeof...(V), sums + static_cast<index_t>(B) * width, accumulate), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
