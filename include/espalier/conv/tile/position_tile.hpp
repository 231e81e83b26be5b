// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the direct convolution: straight-line multiply-adds, a loop over input channels and taps.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Accumulates `OC` output channels by `Vectors` vectors of consecutive positions over a list of taps.
///
/// `out[oc][q] = start + sum over ic, tap (in this order) of weight[ic][tap][oc] * input[ic][offset[tap] + q]`, where
/// start is `out[oc][q]` when `accumulate`, else 0. Any alignment. Taps come as a list of offsets, so a tap that is
/// missing from the list costs nothing, and dilation, stride and kernel extents are all the same code.
///
/// Registers: `OC * Vectors` accumulators, the smaller of the two operand sets, and one for the other operand.
template <index_t OC, index_t Vectors, class T>
struct microkernel {
  static void run(const T* input,          // (channels, channel_stride), position 0 of the tile
                  index_t channel_stride,  //
                  index_t channels,        // input channels to sum over
                  const index_t* offset,   // (taps)
                  index_t taps,            //
                  const T* weight,         // channels of (weight_stride), each (taps, OC)
                  index_t weight_stride,   //
                  T* out,                  // OC rows of (out_stride)
                  index_t out_stride,      //
                  bool accumulate) {
    step(std::make_index_sequence<static_cast<std::size_t>(OC * Vectors)>{}, held_sequence{}, streamed_sequence{},
         input, channel_stride, channels, offset, taps, weight, weight_stride, out, out_stride, accumulate);
  }

 private:
  // Over one tap the smaller operand set is held in registers and the larger one streams by, so in the numbering of the
  // accumulators the held operand is the fast one.
  static constexpr bool holds_weights = OC < Vectors;
  static constexpr index_t held = holds_weights ? OC : Vectors;
  using held_sequence = std::make_index_sequence<static_cast<std::size_t>(held)>;
  using streamed_sequence = std::make_index_sequence<static_cast<std::size_t>(OC* Vectors / held)>;

  static constexpr index_t position(std::size_t a, index_t out_stride) {
    const index_t fast = static_cast<index_t>(a) % held, slow = static_cast<index_t>(a) / held;
    return holds_weights ? fast * out_stride + slow * lanes<T> : slow * out_stride + fast * lanes<T>;
  }

  template <std::size_t S, std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void stream(std::index_sequence<H...>, batch<T>* acc, const T*& x, const T* w,
                                            const batch<T>* operand) {
    batch<T> other;
    if constexpr (holds_weights) {
      other = simd::load_unaligned(x + static_cast<index_t>(S) * lanes<T>);
      // With the address gone the value stays in its register; g++ would load it again for every channel.
      if constexpr (sizeof...(H) > 1) ESPALIER_HIDE(x);
    } else {
      other = simd::broadcast(w[S]);
    }
    ((acc[S * sizeof...(H) + H] = simd::fma(operand[H], other, acc[S * sizeof...(H) + H])), ...);
  }

  template <std::size_t... A, std::size_t... H, std::size_t... S>
  static void step(std::index_sequence<A...>, std::index_sequence<H...> held_indices, std::index_sequence<S...>,
                   const T* ESPALIER_RESTRICT input, index_t channel_stride, index_t channels,
                   const index_t* ESPALIER_RESTRICT offset, index_t taps, const T* ESPALIER_RESTRICT weight,
                   index_t weight_stride, T* ESPALIER_RESTRICT out, index_t out_stride, bool accumulate) {
    batch<T> acc[sizeof...(A)];
    if (accumulate) {
      ((acc[A] = simd::load_unaligned(out + position(A, out_stride))), ...);
    } else {
      ((acc[A] = simd::broadcast(T(0))), ...);
    }
    for (index_t ic = 0; ic < channels; ++ic, input += channel_stride, weight += weight_stride) {
      const T* w = weight;
      for (index_t tap = 0; tap < taps; ++tap, w += OC) {
        const T* x = input + offset[tap];
        ESPALIER_HIDE(x);
        const batch<T> operand[] = {holds_weights ? simd::broadcast(w[H])
                                                  : simd::load_unaligned(x + static_cast<index_t>(H) * lanes<T>)...};
        (stream<S>(held_indices, acc, x, w, operand), ...);
      }
    }
    // The addresses are computed again rather than kept beside the accumulators all the way.
    ESPALIER_HIDE(out_stride);
    (simd::store_unaligned(out + position(A, out_stride), acc[A]), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
