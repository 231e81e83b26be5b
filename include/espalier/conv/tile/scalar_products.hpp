// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One register tile of the weight's gradient: scalar products of rows of one plane with shifted rows of another.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The tile (rows by `vectors` columns) that needs the fewest cycles for `rows` by `columns` scalar products; what
/// fills no tile is computed and dropped. A row costs an aligned load, a column a shifted one, as in `tile_for`.
[[nodiscard]] constexpr register_tile scalar_products_tile_for(index_t rows, index_t columns,
                                                               index_t registers = operand_registers) {
  // Each row and each column is an address in a general register. Above 10 of them some are spilled, and cost a load in
  // every step; above 12 all that remains is taken.
  constexpr index_t addresses = 10, most_addresses = 12;
  register_tile best{};
  index_t best_cost = -1;
  for (index_t r = 1; r <= 8 && r <= rows; ++r) {
    for (index_t c = 1; c <= 9 && c <= columns && r + c <= most_addresses; ++c) {
      const register_tile t{r, c};
      if (registers_used(t) > registers) break;
      const index_t spilled = r + c > addresses ? r + c - addresses : 0;
      // Half a cycle for the loop itself: of two tiles that waste alike the larger one.
      const index_t step = tap_cost(t) + 2 + 2 * spilled;
      const index_t cost = ceil_div(rows, r) * ceil_div(columns, c) * step;
      if (best_cost < 0 || cost <= best_cost) {
        best = t;
        best_cost = cost;
      }
    }
  }
  return best;
}

/// Accumulates `Rows` by `Columns` scalar products of runs of consecutive elements, one vector of partial sums each.
///
/// `sums[r][c][lane] (+)= sum over steps of a[row[r] + step lanes + lane] * b[column[c] + step lanes + lane]`; added
/// where `accumulate`. The sum of one call starts from zero, so a long sum is one of short sums: the rounding error
/// grows with the longer of the two counts, not with their product. Any alignment.
template <index_t Rows, index_t Columns, class T>
struct scalar_products {
  static void run(const T* a, const index_t* row,     // (Rows) offsets
                  const T* b, const index_t* column,  // (Columns) offsets
                  index_t steps,                      // vectors to sum over
                  T* sums,                            // (Rows, Columns, lanes)
                  bool accumulate) {
    if constexpr (holds_rows) {
      step(all, std::make_index_sequence<static_cast<std::size_t>(Rows)>{},
           std::make_index_sequence<static_cast<std::size_t>(Columns)>{}, a, row, b, column, steps, sums, accumulate);
    } else {
      step(all, std::make_index_sequence<static_cast<std::size_t>(Columns)>{},
           std::make_index_sequence<static_cast<std::size_t>(Rows)>{}, b, column, a, row, steps, sums, accumulate);
    }
  }

 private:
  // In one step the smaller operand set is held in registers and the larger one streams by.
  static constexpr bool holds_rows = Rows <= Columns;
  static constexpr std::make_index_sequence<static_cast<std::size_t>(Rows* Columns)> all{};

  template <std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void stream(std::index_sequence<H...>, batch<T>* acc, const batch<T>* operand,
                                            const T*& from) {
    const batch<T> other = simd::load_unaligned(from);
    // With the address gone the value stays in its register; g++ would load it again for every product.
    if constexpr (sizeof...(H) > 1) ESPALIER_HIDE(from);
    from += lanes<T>;
    ((acc[H] = simd::fma(operand[H], other, acc[H])), ...);
  }

  template <std::size_t... H>
  ESPALIER_ALWAYS_INLINE static void add(std::index_sequence<H...>, const batch<T>* acc, index_t streamed, T* sums,
                                         bool accumulate) {
    const auto place = [&](std::size_t h) {
      const index_t held = static_cast<index_t>(h);
      return sums + (holds_rows ? held * Columns + streamed : streamed * Columns + held) * lanes<T>;
    };
    if (accumulate) {
      (simd::store_unaligned(place(H), simd::load_unaligned(place(H)) + acc[H]), ...);
    } else {
      (simd::store_unaligned(place(H), acc[H]), ...);
    }
  }

  // A function of its own: inlined, g++ keeps addresses of the loops around it in vector registers and spills operands.
  template <std::size_t... A, std::size_t... H, std::size_t... S>
  ESPALIER_NO_INLINE static void step(std::index_sequence<A...>, std::index_sequence<H...> held,
                                      std::index_sequence<S...>, const T* ESPALIER_RESTRICT hold,
                                      const index_t* hold_offset, const T* ESPALIER_RESTRICT pass,
                                      const index_t* pass_offset, index_t steps, T* ESPALIER_RESTRICT sums,
                                      bool accumulate) {
    // Written out: a loop over more than 16 accumulators keeps them in memory, and g++ then stores each in every step.
    batch<T> acc[sizeof...(A)];
    ((acc[A] = simd::broadcast(T(0))), ...);
    const T* const held_from[] = {hold + hold_offset[H]...};
    const T* pass_from[] = {pass + pass_offset[S]...};
    const index_t end = steps * lanes<T>;
    for (index_t q = 0; q < end; q += lanes<T>) {
      const batch<T> operand[] = {simd::load_unaligned(held_from[H] + q)...};
      (stream(held, acc + S * sizeof...(H), operand, pass_from[S]), ...);
    }
    (add(held, acc + S * sizeof...(H), static_cast<index_t>(S), sums, accumulate), ...);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
