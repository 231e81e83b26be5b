// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A line of taps along an axis whose elements are rows: rows of sums from rows, a tile of them in registers.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/separable/lines.hpp>
#include <espalier/conv/separable/tap_sum.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Rows of a tile of sums: as many as the line has taps, up to what leaves registers for what is loaded. Further apart
/// no two windows would share a tap. Of a tile of products: eight, which hide the latency of a multiply-add; long lines
/// have four, so that less is unrolled.
[[nodiscard]] constexpr index_t pass_rows(bool shares, index_t taps, index_t registers = vector_registers) {
  const index_t most = registers > 16 ? 16 : 12;
  if (shares) return taps < most ? taps : most;
  return taps > 16 ? 4 : 8;
}

/// Rows at even distances, as a table of them would be.
template <class T>
struct even_rows {
  const T* first;
  index_t pitch;

  [[nodiscard]] const T* operator[](index_t i) const { return first + i * pitch; }
};

/// `to[r][j] = sum over k of line[k] from[r + k][j]` for `rows` rows, in one order for every r whatever the call.
///
/// From four taps up sums are shared without any difference: windows of K taps that begin at rows 0 to R - 1, R <= K,
/// all have row R - 1. Sums that end there and grow upwards, and sums that begin behind row K - 1 and grow downwards,
/// are the two halves of each window: three additions a row whatever the extent, each a sum of the window's own
/// elements, so that a NaN or a cancellation reaches no other output. Each output is a sum of at most `taps` terms in
/// some order: its error is below `taps` units of rounding of the sum of their magnitudes.
///
/// Registers: R sums, one that grows downwards, the scale, one of input; two vectors at once where there are 32.
template <class Line, class T>
struct row_pass {
  static constexpr tap_line line = Line::value;
  static constexpr bool shares = line.sums() && line.taps >= 4;
  static constexpr index_t rows = pass_rows(shares, line.taps);
  /// Rows that a tile reads.
  static constexpr index_t reads = rows + line.taps - 1;
  static constexpr index_t vectors = shares && 2 * (rows + 2) + 1 <= vector_registers ? 2 : 1;

  /// from: `reads` rows, a table of pointers or `even_rows`; to: `rows` rows of whole registers. `columns` elements of
  /// a row are read, zeros for the rest of the last register.
  template <class Rows>
  static void run(const Rows& from, index_t columns, T* to, index_t pitch) {
    index_t j = 0;
    for (; j + vectors * lanes<T> <= columns; j += vectors * lanes<T>) {
      column<vectors>([&](index_t i, index_t v) { return simd::load_unaligned(from[i] + j + v * lanes<T>); }, to + j,
                      pitch);
    }
    for (; j < columns; j += lanes<T>) {
      const lane_range<T> inside(0, columns - j);
      column<1>([&](index_t i, index_t) { return simd::load_range(from[i] + j, inside); }, to + j, pitch);
    }
  }

 private:
  template <index_t Vectors, class Load>
  ESPALIER_ALWAYS_INLINE static void column(const Load& load, T* to, index_t pitch) {
    if constexpr (shares) {
      sums<Vectors>(load, to, pitch, std::make_index_sequence<static_cast<std::size_t>(rows - 1)>{},
                    std::make_index_sequence<static_cast<std::size_t>(Vectors)>{});
    } else {
      products(load, to, pitch, std::make_index_sequence<static_cast<std::size_t>(reads)>{},
               std::make_index_sequence<static_cast<std::size_t>(rows)>{});
    }
  }

  ESPALIER_ALWAYS_INLINE static batch<T> scaled(const batch<T>& x) {
    if constexpr (line.scale == 1) return x;
    return simd::broadcast(static_cast<T>(line.scale)) * x;
  }
  ESPALIER_ALWAYS_INLINE static batch<T> added(const batch<T>& sum, const batch<T>& x) {
    if constexpr (line.scale == 1) return sum + x;
    return simd::fma(simd::broadcast(static_cast<T>(line.scale)), x, sum);
  }

  // `up[r]`: rows r to K - 1. Indexed by constants, so that they stay in registers.
  template <index_t Vectors, class Load, std::size_t... R, std::size_t... V>
  ESPALIER_ALWAYS_INLINE static void sums(const Load& load, T* to, index_t pitch, std::index_sequence<R...>,
                                          std::index_sequence<V...>) {
    constexpr std::size_t last = sizeof...(R), vectors_used = sizeof...(V);
    batch<T> up[(last + 1) * vectors_used], down[vectors_used];
    ((up[last * vectors_used + V] = scaled(load(line.taps - 1, static_cast<index_t>(V)))), ...);
    for (index_t i = line.taps - 2; i >= rows - 1; --i) {
      ((up[last * vectors_used + V] = added(up[last * vectors_used + V], load(i, static_cast<index_t>(V)))), ...);
    }
    const auto grow = [&]<std::size_t S>(std::integral_constant<std::size_t, S>) {
      constexpr std::size_t r = last - 1 - S;
      ((up[r * vectors_used + V] =
            added(up[(r + 1) * vectors_used + V], load(static_cast<index_t>(r), static_cast<index_t>(V)))),
       ...);
    };
    (grow(std::integral_constant<std::size_t, R>{}), ...);
    (simd::store_unaligned(to + static_cast<index_t>(V) * lanes<T>, up[V]), ...);
    const auto finish = [&]<std::size_t S>(std::integral_constant<std::size_t, S>) {
      constexpr std::size_t r = S + 1;
      T* const row = to + static_cast<index_t>(r) * pitch;
      constexpr index_t below = line.taps - 1 + static_cast<index_t>(r);
      ((down[V] = S == 0 ? scaled(load(below, static_cast<index_t>(V)))
                         : added(down[V], load(below, static_cast<index_t>(V)))),
       ...);
      (simd::store_unaligned(row + static_cast<index_t>(V) * lanes<T>, up[r * vectors_used + V] + down[V]), ...);
    };
    (finish(std::integral_constant<std::size_t, R>{}), ...);
  }

  // One row after the other is added to the sums that read it.
  template <class Load, std::size_t... I, std::size_t... R>
  ESPALIER_ALWAYS_INLINE static void products(const Load& load, T* to, index_t pitch, std::index_sequence<I...>,
                                              std::index_sequence<R...> all) {
    batch<T> sum[sizeof...(R)];
    (add_row<I>(load(static_cast<index_t>(I), 0), sum, to, pitch, all), ...);
  }
  template <std::size_t I, std::size_t... R>
  ESPALIER_ALWAYS_INLINE static void add_row(const batch<T>& x, batch<T>* sum, T* to, index_t pitch,
                                             std::index_sequence<R...>) {
    (add_tap<static_cast<index_t>(I) - static_cast<index_t>(R)>(x, sum[R]), ...);
    constexpr index_t done = static_cast<index_t>(I) - line.taps + 1;
    if constexpr (done >= 0) simd::store_unaligned(to + done * pitch, sum[static_cast<std::size_t>(done)]);
  }
  template <index_t K>
  ESPALIER_ALWAYS_INLINE static void add_tap(const batch<T>& x, batch<T>& sum) {
    if constexpr (K == 0) {
      sum = tap_sum<Line, 0, T>::first(x);
    } else {
      sum = tap_sum<Line, K, T>::add(sum, x);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
