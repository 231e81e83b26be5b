// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Columns of a weight in tiles of one column per lane: loading, storing, and who decides which columns share a tile.
///
/// A column is a stretch of `rows` consecutive elements: one kernel block, or all blocks of an output channel. In a
/// tile, `tile[row * lanes<T> + lane]`, what is done to every column alike is a vertical operation of whole registers.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Where the column of each lane of a tile begins. A lane without one reads another's, so that no garbage is slow or
/// raises flags.
template <class T>
struct tile_columns {
  std::array<const T*, static_cast<std::size_t>(lanes<T>)> begin;
  std::uint32_t missing;  ///< A bit for each lane without a column.

  [[nodiscard]] const T* operator[](index_t lane) const { return begin[static_cast<std::size_t>(lane)]; }
  [[nodiscard]] bool has(index_t lane) const { return (missing >> lane) % 2 == 0; }
};

/// The same for columns of `Length` rows that lie one after the other. All lanes can be read.
template <class T, index_t Length>
struct adjacent_columns {
  const T* begin;
  index_t filled;  ///< Lanes that have a column: the first ones.

  [[nodiscard]] const T* operator[](index_t lane) const { return begin + lane * Length; }
  [[nodiscard]] bool has(index_t lane) const { return lane < filled; }
};

/// What takes a weight apart into tiles and receives them, tile by tile in rising order.
///
/// A tile is known by its place, the first one by `start()`, the next by `after(place)`; there are `tiles()`.
/// `columns(place, weight, length)` tells which columns it holds of a weight whose columns have `length` rows.
/// `take(place, row0, rows, tile)` gets rows `[row0, row0 + rows)` of them, zero in the lanes without a column.
/// `scatters`: it writes to so many places that the processor loses sight of what is read next, so that the columns of
/// the next tile have to be asked for.
template <class S, class T>
concept ColumnSink = requires(const S& sink, const typename S::place& at, index_t row, const T* tile) {
  requires S::scatters || !S::scatters;
  { sink.tiles() } -> std::same_as<index_t>;
  { sink.start() } -> std::same_as<typename S::place>;
  { sink.after(at) } -> std::same_as<typename S::place>;
  { sink.columns(at, tile, row) } -> std::same_as<tile_columns<T>>;
  sink.take(at, row, row, tile);
};

/// Fewer rows are moved one by one: that is less work than to transpose a register of which most is dropped.
inline constexpr index_t few_rows = 4;

/// tile[row * lanes + lane] = from[lane][row0 + row] for `rows` rows. Nothing else is read.
///
/// A square of registers at a time, transposed in registers; the last one overlaps the one before.
template <class T>
void load_columns(const std::array<const T*, static_cast<std::size_t>(lanes<T>)>& from, index_t row0, index_t rows,
                  T* tile) {
  constexpr index_t width = lanes<T>;
  constexpr std::size_t n = static_cast<std::size_t>(width);
  if (rows < few_rows) {
    for (index_t row = 0; row < rows; ++row) {
      for (std::size_t lane = 0; lane < n; ++lane)
        tile[row * width + static_cast<index_t>(lane)] = from[lane][row0 + row];
    }
    return;
  }
  batch<T> square[n];
  if (rows < width) {
    const lane_range<T> some(0, rows);
    for (std::size_t lane = 0; lane < n; ++lane) square[lane] = simd::load_range(from[lane] + row0, some);
    simd::transpose<T>(square);
    for (index_t row = 0; row < rows; ++row) simd::store(tile + row * width, square[row]);
    return;
  }
  for (index_t row = 0; row < rows; row += width) {
    const index_t at = std::min(row, rows - width);
    for (std::size_t lane = 0; lane < n; ++lane) square[lane] = simd::load_unaligned(from[lane] + row0 + at);
    simd::transpose<T>(square);
    for (std::size_t i = 0; i < n; ++i) simd::store(tile + (at + static_cast<index_t>(i)) * width, square[i]);
  }
}

/// to[lane][row] = tile[row * lanes + lane] for `rows` rows of the lanes whose `to` is not null. Nothing else is
/// written.
template <class T>
void store_columns(const T* tile, index_t rows, const std::array<T*, static_cast<std::size_t>(lanes<T>)>& to) {
  constexpr index_t width = lanes<T>;
  constexpr std::size_t n = static_cast<std::size_t>(width);
  if (rows < few_rows) {
    for (std::size_t lane = 0; lane < n; ++lane) {
      for (index_t row = 0; row < rows && to[lane] != nullptr; ++row) {
        to[lane][row] = tile[row * width + static_cast<index_t>(lane)];
      }
    }
    return;
  }
  batch<T> square[n];
  if (rows < width) {
    const lane_range<T> some(0, rows);
    for (index_t row = 0; row < width; ++row) square[row] = simd::load(tile + std::min(row, rows - 1) * width);
    simd::transpose<T>(square);
    for (std::size_t lane = 0; lane < n; ++lane) {
      if (to[lane] != nullptr) simd::store_range(to[lane], square[lane], some);
    }
    return;
  }
  for (index_t row = 0; row < rows; row += width) {
    const index_t at = std::min(row, rows - width);
    for (std::size_t i = 0; i < n; ++i) square[i] = simd::load(tile + (at + static_cast<index_t>(i)) * width);
    simd::transpose<T>(square);
    for (std::size_t lane = 0; lane < n; ++lane) {
      if (to[lane] != nullptr) simd::store_unaligned(to[lane] + at, square[lane]);
    }
  }
}

/// Asks for the columns of the tile at `next` where the sink scatters. Measured on 256 > 256 channels transformed
/// for Winograd: 12 ns a block instead of 20. Inlined always: g++ drops a call of a function that only prefetches.
template <class T, ColumnSink<T> S>
ESPALIER_ALWAYS_INLINE void foresee_columns(const T* weight, const S& sink, const typename S::place& next,
                                            index_t rows) {
  if constexpr (S::scatters) {
    constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
    for (const T* column : sink.columns(next, weight, rows).begin) {
      // Two lines: a short column, or the begin of one that is read for long.
      simd::prefetch(column);
      simd::prefetch(column + std::min(line, rows - 1));
    }
  }
}

/// A sink that keeps columns where they were: those of a tile, `filled(place)` of them, lie one after the other from
/// `first(place)` on in the weight, and go to `column(place)` and what follows.
template <class S, class T>
concept KeepsColumns = requires(const S& sink, const typename S::place& at) {
  { sink.first(at) } -> std::same_as<index_t>;
  { sink.filled(at) } -> std::same_as<index_t>;
  { sink.column(at) } -> std::same_as<T*>;
};

/// Zeros in the lanes without a column.
template <class T>
void clear_missing(std::uint32_t missing, index_t rows, T* tile) {
  for (index_t lane = 0; missing != 0; ++lane, missing >>= 1) {
    for (index_t row = 0; row < rows && missing % 2 != 0; ++row) tile[row * lanes<T> + lane] = 0;
  }
}

/// The columns in the order of the weight, written to `to` in the layout they came from.
template <class T>
struct plain_columns {
  static constexpr bool scatters = false;

  T* to;
  index_t count;   ///< Columns of the weight.
  index_t length;  ///< Rows of a column.

  using place = index_t;  ///< Its first column.
  [[nodiscard]] constexpr index_t tiles() const { return (count + lanes<T> - 1) / lanes<T>; }
  [[nodiscard]] constexpr place start() const { return 0; }
  [[nodiscard]] constexpr place after(place column) const { return column + lanes<T>; }
  [[nodiscard]] tile_columns<T> columns(place column, const T* weight, index_t rows) const {
    tile_columns<T> result;
    const index_t last = filled(column) - 1;
    result.missing = (~std::uint32_t{0} << last << 1) & (~std::uint32_t{0} >> (32 - lanes<T>));
    for (index_t lane = 0; lane < lanes<T>; ++lane) {
      result.begin[static_cast<std::size_t>(lane)] = weight + (column + std::min(lane, last)) * rows;
    }
    return result;
  }
  [[nodiscard]] constexpr index_t first(place column) const { return column; }
  [[nodiscard]] constexpr index_t filled(place column) const { return std::min(count - column, lanes<T>); }
  [[nodiscard]] constexpr T* column(place first) const { return to + first * length; }
  void take(place column, index_t row0, index_t rows, const T* tile) const {
    std::array<T*, static_cast<std::size_t>(lanes<T>)> lane{};
    for (T*& p : lane) p = column < count ? to + column++ * length + row0 : nullptr;
    store_columns(tile, rows, lane);
  }
};

/// Hands the columns of `weight`, of `length` rows each, to a sink as they are.
template <class T, ColumnSink<T> S>
void copy_columns(const T* weight, index_t length, const S& sink) {
  constexpr index_t most = 64;  // 4 KiB: the tile stays in the first cache
  alignas(alignment) T tile[static_cast<std::size_t>(most * lanes<T>)];
  typename S::place at = sink.start(), next{};
  for (index_t left = sink.tiles(); left > 0; --left, at = next) {
    const tile_columns<T> columns = sink.columns(at, weight, length);
    next = sink.after(at);
    if (left > 1) foresee_columns(weight, sink, next, length);
    for (index_t row0 = 0; row0 < length; row0 += most) {
      const index_t rows = std::min(most, length - row0);
      load_columns(columns.begin, row0, rows, tile);
      clear_missing(columns.missing, rows, tile);
      sink.take(at, row0, rows, tile);
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
