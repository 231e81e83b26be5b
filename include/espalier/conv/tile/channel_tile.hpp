// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the direct convolution with lanes along output channels.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The runs of taps that a tile takes: `groups` times `runs` that follow each other, with `gap` left out after each.
struct tap_runs {
  index_t groups = 1;
  index_t runs = 1;
  index_t gap = 0;
};

/// Accumulates `Positions` positions, `Step` elements apart, by `Vectors` registers of output channels over a list of
/// runs of `RunTaps` taps.
///
///     out[q][oc] = start + sum over ic, run, tap (in this order) of
///                  weight[ic][run][tap][oc] * input[ic][offset[run] + q Step + tap]
///
/// where start is `out[q][oc]` when `accumulate`, else 0. The same sums as `microkernel`, turned: registers of weights,
/// which are aligned, and broadcasts of input, which straddle no cache line and may lie any stride apart; and tiles of
/// a few positions waste less at the end of a row. What it costs is a transpose of the sums, once.
///
/// A broadcast is a load, and there are two loads a cycle as there are two multiply-adds: it must serve two. With one
/// register of channels the taps of a run do, which read the same elements: 227 GF/s with one tap, 265 with five.
///
/// Registers: `Positions * Vectors` accumulators, `RunTaps * Vectors` of weights, one for the broadcast.
template <index_t Positions, index_t Vectors, index_t Step, index_t RunTaps, class T>
struct channel_tile {
  static constexpr index_t width = Vectors * lanes<T>;

  static void run(const T* input,          // (channels, channel_stride), position 0 of the tile
                  index_t channel_stride,  //
                  index_t channels,        // input channels to sum over
                  const index_t* offset,   // of the first run
                  const tap_runs& taps,    //
                  const T* weight,         // channels of (weight_stride), each (runs, RunTaps, width), the first run's
                  index_t weight_stride,   //
                  index_t tap_step,        // from one tap of a run to the next: width, or -width from the last on
                  T* out,                  // (Positions, width)
                  bool accumulate) {
    step(std::make_index_sequence<static_cast<std::size_t>(Positions * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>((Positions - 1) * Step + RunTaps)>{},
         std::make_index_sequence<static_cast<std::size_t>(RunTaps * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>(Vectors)>{}, input, channel_stride, channels, offset, taps,
         weight, weight_stride, tap_step, out, accumulate);
  }

 private:
  static constexpr bool reads(index_t element, index_t tap) {
    const index_t at = element - tap;
    return at >= 0 && at % Step == 0 && at / Step < Positions;
  }
  static constexpr bool is_read(index_t element) {
    for (index_t k = 0; k < RunTaps; ++k) {
      if (reads(element, k)) return true;
    }
    return false;
  }

  // What one element of the input adds to the positions that read it.
  template <index_t Element, std::size_t... H, std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void add(std::index_sequence<H...>, std::index_sequence<V...>, batch<T>* acc,
                                         const batch<T>* held, const T* x) {
    if constexpr (is_read(Element)) {
      const batch<T> in = simd::broadcast(x[Element]);
      (add_tap<Element, static_cast<index_t>(H)>(acc, held[H], in), ...);
    }
  }
  template <index_t Element, index_t Held>
  ESPALIER_ALWAYS_INLINE static void add_tap(batch<T>* acc, const batch<T>& weight, const batch<T>& in) {
    constexpr index_t k = Held / Vectors, v = Held % Vectors;
    if constexpr (reads(Element, k)) {
      constexpr index_t a = (Element - k) / Step * Vectors + v;
      acc[a] = simd::fma(weight, in, acc[a]);
    }
  }

  // A function of its own: inlined, g++ keeps addresses of the loops around it in vector registers.
  template <std::size_t... A, std::size_t... E, std::size_t... H, std::size_t... V>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<E...>,
                                      std::index_sequence<H...> held_indices, std::index_sequence<V...> vectors,
                                      const T* ESPALIER_RESTRICT input, index_t channel_stride, index_t channels,
                                      const index_t* ESPALIER_RESTRICT offset, tap_runs taps,
                                      const T* ESPALIER_RESTRICT weight, index_t weight_stride, index_t tap_step,
                                      T* ESPALIER_RESTRICT out, bool accumulate) {
    batch<T> acc[sizeof...(A)];
    if (accumulate) {
      ((acc[A] = simd::load_unaligned(out + static_cast<index_t>(A) * lanes<T>)), ...);
    } else {
      ((acc[A] = simd::broadcast(T(0))), ...);
    }
    if constexpr (RunTaps > 1) {
      if (tap_step < 0) weight += (RunTaps - 1) * width;
    }
    for (index_t ic = 0; ic < channels; ++ic, input += channel_stride, weight += weight_stride) {
      const T* w = weight;
      const index_t* at = offset;
      for (index_t group = 0; group < taps.groups; ++group, at += taps.gap, w += taps.gap * RunTaps * width) {
        for (const index_t* const end = at + taps.runs; at < end; ++at, w += RunTaps * width) {
          const T* x = input + *at;
          ESPALIER_HIDE(x);
          const index_t next = RunTaps > 1 ? tap_step : width;
          const batch<T> held[] = {simd::load_unaligned(w + static_cast<index_t>(H) / Vectors * next +
                                                        static_cast<index_t>(H) % Vectors * lanes<T>)...};
          (add<static_cast<index_t>(E)>(held_indices, vectors, acc, held, x), ...);
        }
      }
    }
    (simd::store_unaligned(out + static_cast<index_t>(A) * lanes<T>, acc[A]), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
