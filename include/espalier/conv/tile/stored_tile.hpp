// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A register tile of few products, from whose registers results are stored.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Where a tile reads.
template <class T>
struct stored_tile_input {
  index_t channel;        ///< Elements between two input channels.
  index_t channels;       ///< That are summed over.
  const index_t* offset;  ///< (taps)
  index_t taps;
  index_t weights;  ///< Elements between the weights of two input channels, each (taps, OC).
};

/// `store(oc, v, sum)` for `OC` output channels by `Vectors` registers of consecutive positions, with the sums of
/// `microkernel`, bit by bit, from zero.
///
/// A sum of six products takes as long as its store: the stores of a tile wait in the store buffer while the next tile
/// is summed. Through scratch they go twice, and what is loaded from there waits behind stores that go to memory. 1 >
/// 12 channels of 6 taps on 64^3, AVX-512, float: 0.59 ms instead of 0.95, the time of the stores alone.
template <index_t OC, index_t Vectors, class T>
struct stored_tile {
  template <class Store>
  static void run(const stored_tile_input<T>& in, const T* input, const T* weight, const Store& store) {
    step(std::make_index_sequence<static_cast<std::size_t>(OC * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>(Vectors)>{}, in, input, weight, store);
  }

 private:
  template <std::size_t... A, std::size_t... V, class Store>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<V...>,
                                      const stored_tile_input<T>& in, const T* input, const T* weight,
                                      const Store& store) {
    constexpr auto vectors = static_cast<std::size_t>(Vectors);
    batch<T> acc[] = {(static_cast<void>(A), simd::broadcast(T(0)))...};
    for (index_t ic = 0; ic < in.channels; ++ic, input += in.channel, weight += in.weights) {
      const T* w = weight;
      for (index_t tap = 0; tap < in.taps; ++tap, w += OC) {
        const T* x = input + in.offset[tap];
        ESPALIER_HIDE(x);
        const batch<T> position[] = {simd::load_unaligned(x + static_cast<index_t>(V) * lanes<T>)...};
        ((acc[A] = simd::fma(position[A % vectors], simd::broadcast(w[A / vectors]), acc[A])), ...);
      }
    }
    (store(static_cast<index_t>(A / vectors), static_cast<index_t>(A % vectors), acc[A]), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
