// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the gradient of a weight of which some taps are kept: scalar products over a box of positions,
/// of rows that are read where they lie.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Quarter cycles of a step of a tile: `step_cost`, but for rows that lie where they were: a register of 64 bytes
/// straddles two cache lines wherever it is moved, and what a tile reads comes from the second cache.
constexpr index_t row_products_cost(const register_tile& t) {
  // Each row and each column is an offset in a general register. Above 10 of them some lie on the stack.
  constexpr index_t offsets = 10;
  const index_t read = 3 * t.rows + 4 * t.vectors, spilled = t.rows + t.vectors - offsets;
  const index_t step = step_cost({t.rows * t.vectors, 0, 0});
  return (step < read ? read : step) + 10 + (spilled > 0 ? 2 * spilled : 0);
}

/// The tile (rows by `vectors` columns) that needs the fewest cycles for `rows` by `columns` scalar products; what
/// fills no tile is computed and dropped.
///
/// Measured on AVX-512, ms on 48^3: 8 > 8 channels and 14 taps 8 x 2 2.0, 4 x 5 2.04, 3 x 7 2.4, 2 x 7 2.6; 7 taps 8 x
/// 2 1.1, 3 x 7 1.2, 4 x 4 1.3, 2 x 7 1.5; 4 > 6 and 63 taps 6 x 3 2.6, 3 x 7 3.0, 2 x 7 3.7. One channel of 128^3 and
/// 13 taps 1 x 13 0.65, two of 1 x 7 1.1.
[[nodiscard]] constexpr register_tile row_products_tile_for(index_t rows, index_t columns,
                                                            index_t registers = operand_registers) {
  constexpr index_t most_offsets = 14;
  register_tile best{};
  index_t best_cost = -1;
  for (index_t r = 1; r <= 8 && r <= rows; ++r) {
    for (index_t c = 1; c <= columns && r + c <= most_offsets; ++c) {
      const register_tile t{r, c};
      if (registers_used(t) > registers) break;
      const index_t cost = ceil_div(rows, r) * ceil_div(columns, c) * row_products_cost(t);
      if (best_cost < 0 || cost <= best_cost) {
        best = t;
        best_cost = cost;
      }
    }
  }
  return best;
}

/// A box of positions: planes of rows of whole registers, and the elements between two of them in each operand.
struct product_box {
  extents count;  ///< Planes, rows, registers.
  index_t a_plane = 0, a_row = 0;
  index_t b_plane = 0, b_row = 0;
};

/// A register at an end of every row of a box, of which some lanes count: those of all rows, and of each column.
template <index_t Columns, class T>
struct product_edge {
  lane_range<T> row;
  std::array<lane_range<T>, static_cast<std::size_t>(Columns)> column;
};

/// An end of a row, if there is one, where some columns are `added`: another is read where column `first` is, and so in
/// no other lanes.
template <index_t Columns, class T>
product_edge<Columns, T> edge_of(const product_edge<Columns, T>* all, unsigned added, std::size_t first) {
  return [&]<std::size_t... C>(std::index_sequence<C...>) -> product_edge<Columns, T> {
    if (all == nullptr) return {{0, 0}, {(static_cast<void>(C), lane_range<T>(0, 0))...}};
    return {all->row, {all->column[(added >> C & 1U) != 0 ? C : first]...}};
  }(std::make_index_sequence<static_cast<std::size_t>(Columns)>{});
}

/// Accumulates `Rows` by `Columns` scalar products over a box of positions, one register of partial sums each.
///
/// `sums[r][c][lane] += sum over p in box of a[row[r] + p + lane] * b[column[c] + p + lane]`, for the columns whose bit
/// of `added` is set; the others are read, and dropped. A row of the box is a register `before` its whole ones, if
/// there is one, these, and one `after` them; of both only the lanes in their ranges are read, and the others count as
/// zeros. The sum of one call starts from zero, so a long sum is one of short sums. Any alignment. Cost: a load for
/// each row and each column, for `Rows * Columns` multiply-adds.
///
/// Registers: the accumulators, the smaller operand set, one of the other as it streams by. General registers hold the
/// offsets of rows and columns and one address for each operand, so that a step moves two of them.
template <index_t Rows, index_t Columns, class T>
struct row_products {
  using edge = product_edge<Columns, T>;

  /// Where an operand lies: the first position of the box, and what each row or column adds to it.
  struct operand {
    const T* from;
    const index_t* offset;
  };

  static void run(const operand& a, const operand& b, const product_box& box, const edge* before, const edge* after,
                  unsigned added, T* sums) {
    if constexpr (holds_rows) {
      step(all{}, held{}, passing{}, a, b, box, before, after, added, sums);
    } else {
      const product_box turned{box.count, box.b_plane, box.b_row, box.a_plane, box.a_row};
      step(all{}, held{}, passing{}, b, a, turned, before, after, added, sums);
    }
  }

 private:
  // In one step the smaller operand set is held in registers and the larger one streams by.
  static constexpr bool holds_rows = Rows <= Columns;
  // One channel of 128^3, ms with and without: the 7 taps of a star 0.56 and 0.77, 13 of 5^3 0.65 and 0.85; 0.042 and
  // 0.038 on 48^3, which a cache holds. More rows load more for each, and gain nothing: 8 > 8 on 48^3 2.5 and 2.0.
  static constexpr bool asks_ahead = Rows <= 3;
  static constexpr index_t ahead = 4096 / static_cast<index_t>(sizeof(T));
  using held = std::make_index_sequence<static_cast<std::size_t>(holds_rows ? Rows : Columns)>;
  using passing = std::make_index_sequence<static_cast<std::size_t>(holds_rows ? Columns : Rows)>;
  using all = std::make_index_sequence<static_cast<std::size_t>(Rows* Columns)>;

  // All lanes, or those of a row or column of an edge.
  template <bool OfRows>
  ESPALIER_ALWAYS_INLINE static batch<T> load(const T* from, std::nullptr_t, std::size_t) {
    return simd::load_unaligned(from);
  }
  template <bool OfRows>
  ESPALIER_ALWAYS_INLINE static batch<T> load(const T* from, const edge* in, std::size_t i) {
    if constexpr (OfRows) {
      return simd::load_range(from, in->row);
    } else {
      return simd::load_range(from, in->column[i]);
    }
  }

  template <std::size_t... H, class Lanes>
  ESPALIER_ALWAYS_INLINE static void stream(std::index_sequence<H...>, batch<T>* acc, const batch<T>* held_of,
                                            const T*& from, const index_t* offset, std::size_t i, Lanes in) {
    const batch<T> other = load<!holds_rows>(from + offset[i], in, i);
    // With the address gone the value stays in its register; g++ would load it again for every product.
    if constexpr (sizeof...(H) > 1) ESPALIER_HIDE(from);
    ((acc[H] = simd::fma(held_of[H], other, acc[H])), ...);
  }

  // One register of positions: every product of the tile.
  template <std::size_t... H, std::size_t... S, class Lanes>
  ESPALIER_ALWAYS_INLINE static void multiply(std::index_sequence<H...> holding, std::index_sequence<S...>,
                                              batch<T>* acc, const T*& hold, const index_t* hold_offset, const T*& pass,
                                              const index_t* pass_offset, Lanes in) {
    const batch<T> held_of[] = {load<holds_rows>(hold + hold_offset[H], in, H)...};
    (stream(holding, acc + S * sizeof...(H), held_of, pass, pass_offset, S, in), ...);
    hold += lanes<T>;
    pass += lanes<T>;
  }

  // What comes a page later: every row of a, and the last column of b, which is the first to reach what no other read.
  template <std::size_t... H, std::size_t... S>
  ESPALIER_ALWAYS_INLINE static void ask_ahead(std::index_sequence<H...>, std::index_sequence<S...>, const T* hold,
                                               const index_t* hold_offset, const T* pass, const index_t* pass_offset) {
    if constexpr (holds_rows) {
      (simd::prefetch(hold + hold_offset[H] + ahead), ...);
      simd::prefetch(pass + pass_offset[sizeof...(S) - 1] + ahead);
    } else {
      (simd::prefetch(pass + pass_offset[S] + ahead), ...);
      simd::prefetch(hold + hold_offset[sizeof...(H) - 1] + ahead);
    }
  }

  template <std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void add(std::index_sequence<H...>, const batch<T>* acc, index_t streamed, T* sums,
                                         unsigned added) {
    const auto one = [&](index_t held_number, const batch<T>& sum) {
      const index_t row = holds_rows ? held_number : streamed, column = holds_rows ? streamed : held_number;
      if ((added >> column & 1U) == 0) return;
      T* const at = sums + (row * Columns + column) * lanes<T>;
      simd::store_unaligned(at, simd::load_unaligned(at) + sum);
    };
    (one(static_cast<index_t>(H), acc[H]), ...);
  }

  // A function of its own: inlined, g++ keeps addresses of the loops around it in vector registers and spills operands.
  template <std::size_t... A, std::size_t... H, std::size_t... S>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<H...> holding,
                                      std::index_sequence<S...> streaming, const operand& hold, const operand& pass,
                                      const product_box& box, const edge* before, const edge* after, unsigned added,
                                      T* ESPALIER_RESTRICT sums) {
    // Written out: a loop over more than 16 accumulators keeps them in memory, and g++ then stores each in every step.
    batch<T> acc[sizeof...(A)];
    ((acc[A] = simd::broadcast(T(0))), ...);
    const index_t hold_offset[] = {hold.offset[H]...}, pass_offset[] = {pass.offset[S]...};
    const index_t width = box.count.w * lanes<T>;
    const T *hold_plane = hold.from, *pass_plane = pass.from;
    for (index_t d = 0; d < box.count.d; ++d, hold_plane += box.a_plane, pass_plane += box.b_plane) {
      const T *hold_row = hold_plane, *pass_row = pass_plane;
      for (index_t h = 0; h < box.count.h; ++h, hold_row += box.a_row, pass_row += box.b_row) {
        const T *hold_at = hold_row, *pass_at = pass_row;
        if (before != nullptr) {
          multiply(holding, streaming, acc, hold_at, hold_offset, pass_at, pass_offset, before);
        }
        for (const T* const end = hold_at + width; hold_at != end;) {
          if constexpr (asks_ahead) ask_ahead(holding, streaming, hold_at, hold_offset, pass_at, pass_offset);
          multiply(holding, streaming, acc, hold_at, hold_offset, pass_at, pass_offset, nullptr);
        }
        if (after != nullptr) multiply(holding, streaming, acc, hold_at, hold_offset, pass_at, pass_offset, after);
      }
    }
    (add(holding, acc + S * sizeof...(H), static_cast<index_t>(S), sums, added), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
