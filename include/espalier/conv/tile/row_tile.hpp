// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of output rows of one channel, which share the input rows they read.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Rows and vectors of a tile for kernels of `taps_h` rows: accumulators, the weights of a pair (kd, kw), and the
/// vectors of one input row fit the registers. 8 x 2 on 32 registers up to 9 taps; on 16 registers 4 x 2 up to 5 taps.
struct row_tile_shape {
  index_t rows = 1;
  index_t vectors = 1;

  friend constexpr bool operator==(const row_tile_shape&, const row_tile_shape&) = default;
};

[[nodiscard]] constexpr row_tile_shape row_tile_for(index_t taps_h, index_t registers = operand_registers) {
  // Beyond 8 rows few volumes fill the tile. Two vectors hide the latency of 4 cycles with 4 rows.
  for (index_t rows = 8; rows > 1; --rows) {
    if (rows * 2 + taps_h + 2 <= registers) return {rows, 2};
  }
  return {registers > taps_h + 4 ? (registers - taps_h - 2 < 8 ? registers - taps_h - 2 : 8) : 2, 1};
}

/// Computes `Rows` rows of `Vectors` vectors of one output channel, and stores what its share of an epilogue makes of
/// them.
///
/// `y[r][q] = finish(sum over ic, pair, kh (in this order) of weight[ic][pair][kh] * input[ic][offset[pair] +
/// (r + kh) pitch + q])`, where a pair is one (kd, kw). An input row is loaded once for the `TapsH` output rows
/// that read it: a load that straddles two cache lines costs as much as two multiply-adds, and serves `TapsH`. Only
/// rows and positions below `rows` and `width` are stored; all are read. Any alignment.
///
/// Registers: `Rows * Vectors` accumulators, `TapsH` weights, one of input; g++ takes one more for copies.
template <index_t TapsH, index_t Rows, index_t Vectors, class T>
struct row_tile {
  template <class Finish>
  static void run(const T* input,          // (channels, channel_stride), position 0 of the tile
                  index_t channel_stride,  //
                  index_t channels,        // input channels to sum over
                  const index_t* offset,   // (pairs)
                  index_t pairs,           // (kd, kw)
                  index_t pitch,           // between two input rows
                  const T* weight,         // (channels, pairs, TapsH)
                  const Finish& finish,    // of the channel, as `store_row` takes it
                  T* y, index_t y_pitch,   // output rows
                  index_t rows, index_t width) {
    step(std::make_index_sequence<static_cast<std::size_t>(Rows * Vectors)>{},
         std::make_index_sequence<static_cast<std::size_t>(Rows + TapsH - 1)>{},
         std::make_index_sequence<static_cast<std::size_t>(TapsH)>{}, input, channel_stride, channels, offset, pairs,
         pitch, weight, finish, y, y_pitch, rows, width);
  }

 private:
  static constexpr std::size_t vectors = static_cast<std::size_t>(Vectors);

  // What input row `Row` adds to the output rows that read it, one vector after the other: one of input lives at a
  // time.
  template <std::size_t Row, std::size_t... K>
  ESPALIER_ALWAYS_INLINE static void add_row(std::index_sequence<K...>, batch<T>* acc, const T*& x, const batch<T>* w) {
    for (std::size_t v = 0; v < vectors; ++v) {
      const batch<T> in = simd::load_unaligned(x + static_cast<index_t>(v) * lanes<T>);
      // With the address gone the value stays in its register; g++ would load it again for every product.
      ESPALIER_HIDE(x);
      (add_tap<Row, K>(acc + v, in, w[K]), ...);
    }
  }
  template <std::size_t Row, std::size_t K>
  ESPALIER_ALWAYS_INLINE static void add_tap(batch<T>* acc, batch<T> in, batch<T> w) {
    if constexpr (K <= Row && Row - K < static_cast<std::size_t>(Rows)) {
      acc[(Row - K) * vectors] = simd::fma(in, w, acc[(Row - K) * vectors]);
    }
  }

  template <std::size_t A>
  static T* place(T* y, index_t y_pitch) {
    return y + static_cast<index_t>(A / vectors) * y_pitch + static_cast<index_t>(A % vectors) * lanes<T>;
  }

  // The accumulators are indexed by constants throughout: an index from a loop would keep them in memory.
  // A function of its own: inlined where it has one caller, g++ spills a sum for what the epilogue holds (ReLU, AVX2).
  template <std::size_t... A, std::size_t... R, std::size_t... K, class Finish>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<R...>,
                                      std::index_sequence<K...> taps, const T* ESPALIER_RESTRICT input,
                                      index_t channel_stride, index_t channels, const index_t* ESPALIER_RESTRICT offset,
                                      index_t pairs, index_t pitch, const T* ESPALIER_RESTRICT weight, Finish finish,
                                      T* ESPALIER_RESTRICT y, index_t y_pitch, index_t rows, index_t width) {
    batch<T> acc[sizeof...(A)];
    ((acc[A] = simd::broadcast(T(0))), ...);
    for (index_t ic = 0; ic < channels; ++ic, input += channel_stride) {
      for (index_t pair = 0; pair < pairs; ++pair, weight += TapsH) {
        const T* x = input + offset[pair];
        ESPALIER_HIDE(x);
        const batch<T> w[] = {simd::broadcast(weight[K])...};
        ((add_row<R>(taps, acc, x, w), x += pitch), ...);
      }
    }
    const auto finished = finish.in_registers();
    if (rows >= Rows && width >= Vectors * lanes<T>) {
      (simd::store_unaligned(place<A>(y, y_pitch), finished(acc[A])), ...);
    } else {
      const lane_range<T> inside[] = {
          lane_range<T>(0, width - static_cast<index_t>(A < vectors ? A : 0) * lanes<T>)...};
      ((static_cast<index_t>(A / vectors) < rows
            ? simd::store_range(place<A>(y, y_pitch), finished(acc[A]), inside[A % vectors])
            : void()),
       ...);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
