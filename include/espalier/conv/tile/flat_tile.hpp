// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of a convolution of extent 1: output channels by positions, summed over input channels.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// How a tile starts and ends.
struct flat_sums {
  index_t rows;  ///< Output channels that exist; the tile's others are computed and dropped.
  bool first;    ///< Sums start from zero, else from what the output holds.
  bool stream;   ///< Stores go past the caches; the output's vectors are aligned then.
};

/// Accumulates `OC` output channels by `Vectors` vectors of consecutive positions.
///
/// `y[oc][q] = start + sum over ic (in this order) of weight[ic][oc] * x[ic][q]`: start is 0 where `sums.first`, else
/// `y[oc][q]`. What the epilogue makes of it is stored: sums that wait for more channels have one that keeps them. Any
/// alignment.
///
/// Registers: `OC * Vectors` accumulators, the smaller of the two operand sets, and one for the other operand.
template <index_t OC, index_t Vectors, class T>
struct flat_tile {
  template <class E>
  static void run(const T* x,         // (channels, x_pitch), position 0 of the tile
                  index_t x_pitch,    //
                  index_t channels,   //
                  const T* weight,    // (channels, OC)
                  const E& epilogue,  // of the channels from row 0 on
                  T* y,               // rows of (y_pitch)
                  index_t y_pitch,    //
                  const flat_sums& sums) {
    step(all, held_sequence{}, streamed_sequence{}, x, x_pitch, channels, weight, epilogue, y, y_pitch, sums, whole{});
  }

  /// The same for some lanes of one vector: others are neither read nor written.
  template <class E>
  static void run_lanes(const T* x, index_t x_pitch, index_t channels, const T* weight, const E& epilogue, T* y,
                        index_t y_pitch, const flat_sums& sums, const lane_range<T>& range) {
    static_assert(Vectors == 1);
    step(all, held_sequence{}, streamed_sequence{}, x, x_pitch, channels, weight, epilogue, y, y_pitch, sums, range);
  }

 private:
  // As in `microkernel`: the smaller operand set is held, and is the fast one in the numbering of the accumulators.
  static constexpr bool holds_weights = OC < Vectors;
  static constexpr index_t held = holds_weights ? OC : Vectors;
  static constexpr std::make_index_sequence<static_cast<std::size_t>(OC* Vectors)> all{};
  using held_sequence = std::make_index_sequence<static_cast<std::size_t>(held)>;
  using streamed_sequence = std::make_index_sequence<static_cast<std::size_t>(OC* Vectors / held)>;

  static constexpr index_t channel(std::size_t a) {
    return holds_weights ? static_cast<index_t>(a) % held : static_cast<index_t>(a) / held;
  }
  static constexpr index_t vector(std::size_t a) {
    return holds_weights ? static_cast<index_t>(a) / held : static_cast<index_t>(a) % held;
  }

  struct whole {};  // in place of a range: every lane

  ESPALIER_ALWAYS_INLINE static batch<T> load(const T* from, whole) { return simd::load_unaligned(from); }
  ESPALIER_ALWAYS_INLINE static batch<T> load(const T* from, const lane_range<T>& range) {
    return simd::load_range(from, range);
  }
  ESPALIER_ALWAYS_INLINE static void put(T* to, const batch<T>& value, bool past_caches, whole) {
    return past_caches ? simd::store_stream(to, value) : simd::store_unaligned(to, value);
  }
  ESPALIER_ALWAYS_INLINE static void put(T* to, const batch<T>& value, bool, const lane_range<T>& range) {
    simd::store_range(to, value, range);
  }

  template <class Share>
  ESPALIER_ALWAYS_INLINE static batch<T> finished(const Share& share, const batch<T>& sum, const T* to, whole) {
    return share.in_registers()(sum, to);
  }
  template <class Share>
  ESPALIER_ALWAYS_INLINE static batch<T> finished(const Share& share, const batch<T>& sum, const T* to,
                                                  const lane_range<T>& range) {
    return share.in_registers()(sum, to, range);
  }

  template <std::size_t S, class Range, std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void stream(std::index_sequence<H...>, batch<T>* acc, const T*& x, const T* w,
                                            const batch<T>* operand, const Range& range) {
    batch<T> other;
    if constexpr (holds_weights) {
      other = load(x + static_cast<index_t>(S) * lanes<T>, range);
      // With the address gone the value stays in its register; g++ would load it again for every channel.
      if constexpr (sizeof...(H) > 1) ESPALIER_HIDE(x);
    } else {
      other = simd::broadcast(w[S]);
    }
    ((acc[S * sizeof...(H) + H] = simd::fma(operand[H], other, acc[S * sizeof...(H) + H])), ...);
  }

  template <std::size_t A, class E, class Range>
  ESPALIER_ALWAYS_INLINE static void store(const batch<T>* acc, const E& epilogue, T* y, index_t y_pitch,
                                           const flat_sums& sums, const Range& range) {
    if (channel(A) >= sums.rows) return;
    T* const to = y + channel(A) * y_pitch + vector(A) * lanes<T>;
    const batch<T> value = epilogue.keeps() ? acc[A] : finished(epilogue.of(channel(A)), acc[A], to, range);
    put(to, value, sums.stream, range);
  }

  // A function of its own: inlined, g++ carries operands of the loops around it into this one, and spills.
  template <class Range, class E, std::size_t... A, std::size_t... H, std::size_t... S>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<H...> held_indices,
                                      std::index_sequence<S...>, const T* ESPALIER_RESTRICT x, index_t x_pitch,
                                      index_t channels, const T* ESPALIER_RESTRICT weight, E epilogue,
                                      T* ESPALIER_RESTRICT y, index_t y_pitch, const flat_sums& sums,
                                      const Range& range) {
    batch<T> acc[sizeof...(A)];
    if (sums.first) {
      ((acc[A] = simd::broadcast(T(0))), ...);
    } else if (sums.rows == OC) {
      ((acc[A] = load(y + channel(A) * y_pitch + vector(A) * lanes<T>, range)), ...);
    } else {
      // Channels that do not exist repeat the last one.
      ((acc[A] =
            load(y + (channel(A) < sums.rows ? channel(A) : sums.rows - 1) * y_pitch + vector(A) * lanes<T>, range)),
       ...);
    }
    for (index_t ic = 0; ic < channels; ++ic, x += x_pitch, weight += OC) {
      const T* from = x;
      ESPALIER_HIDE(from);
      const batch<T> operand[] = {holds_weights ? simd::broadcast(weight[H])
                                                : load(from + static_cast<index_t>(H) * lanes<T>, range)...};
      (stream<S>(held_indices, acc, from, weight, operand, range), ...);
    }
    // The addresses are computed again rather than kept beside the accumulators all the way.
    ESPALIER_HIDE(y_pitch);
    if (sums.rows == OC && !sums.stream && epilogue.keeps()) {
      // With few channels at a time this is most of the work: no questions in between.
      (put(y + channel(A) * y_pitch + vector(A) * lanes<T>, acc[A], false, range), ...);
    } else {
      (store<A>(acc, epilogue, y, y_pitch, sums, range), ...);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
