// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs a plan over all blocks of a weight, as many at a time as a register has lanes.
///
/// A column is what one lane works on: a kernel block, or all blocks of an output channel where a reduction reaches
/// that far. The roots and divisions of a tile of columns are vertical operations, lanes along columns. What is
/// computed per tap is computed where the taps lie if the result goes back there: lanes along the taps of a block, and
/// the partial results of all columns are folded at once (block_reduction.hpp). A sink that packs takes tiles `(tap,
/// lane)`, so for it the columns are transposed first, and taps are computed row by row. Each block's sum runs in the
/// order of the plan: the same bits on both ways, for any register width and any choice of columns, as
/// dsl/espalier/evaluate.hpp computes them up to contraction of a * b + c in a sum of products.
///
/// Where values are is in sweep_layout.hpp and held_tile.hpp, what a pass does in scalar_passes.hpp and last_pass.hpp;
/// here is the order in which tiles go through passes. Where the scalars of a column show that an intermediate result
/// has left the range of `T`, the column is computed again on wide numbers (range_guard.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/moment.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/fixed_values.hpp>
#include <espalier/prior/held_tile.hpp>
#include <espalier/prior/last_pass.hpp>
#include <espalier/prior/range_guard.hpp>
#include <espalier/prior/scalar_passes.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/wide_evaluation.hpp>
#include <new>  // IWYU pragma: keep
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The sweep of formula `F` (dsl/espalier/lower.hpp) over weights of element type `T`.
template <class F, class T>
class sweep {
  using layout = sweep_layout<F, T>;
  using passes = scalar_passes<F, T>;
  using last = last_pass<F, T>;
  using guard = range_guard<F, T>;
  using memory = sweep_memory<T>;
  template <class Sink>
  using held_tile = detail::held_tile<F, T, Sink>;

 public:
  /// How far a reduction reaches: a column is a block, or all blocks of an output channel.
  static constexpr scope reach = layout::reach;
  static constexpr index_t columns = layout::columns;

  /// Elements of scratch that `run` needs for a sink of so many tiles: a tile, and the scalars of its blocks; of all
  /// blocks where a reduction reaches over the whole weight. Aligned to `alignment` bytes.
  static constexpr index_t scratch_size_for(index_t tiles) { return layout::scratch_size_for(tiles); }
  /// The same for writing the weight back as it was.
  static constexpr index_t scratch_size = scratch_size_for((columns + layout::width - 1) / layout::width);

  /// Writes the constrained value of `in` (OC, IC, KD, KH, KW) to `out`, which may be `in`. `parameters` holds the
  /// numbers of the names in the order of `number_offset`. Allocates nothing.
  /// A gradient formula takes the gradient of the constrained weight as `incoming`, in the same layout.
  static void run(const T* in, T* out, const T* parameters, T* scratch, const T* incoming = nullptr) {
    run_into(in, plain_columns<T>{out, columns, layout::length}, parameters, scratch, incoming);
  }

  /// The same into `sink`, whose columns are those of `reach`; their values do not depend on it. @pre where `reach` is
  /// the whole weight, the sink's columns rise: that is the order of the sum over them.
  template <ColumnSink<T> Sink>
  static void run_into(const T* in, const Sink& sink, const T* parameters, T* scratch, const T* incoming = nullptr) {
    const index_t tiles = sink.tiles();
    T* const scalars_begin = layout::scalars_begin(scratch);
    memory m = layout::memory_of(scratch, tiles, parameters);
    const auto scalars_of = [&](index_t number) { return scalars_begin + number * layout::tile_scalars; };
    fixed_values<F, T>::store(m.whole, parameters);
    constexpr index_t batch_size = held_tile<Sink>::keeps ? layout::most_held : 1;
    held_tile<Sink> held[static_cast<std::size_t>(batch_size)];
    typename Sink::place next = sink.start();
    const auto hold = [&](index_t i, index_t tile, T* tile_scalars) {
      const typename Sink::place at = std::exchange(next, sink.after(next));
      // In its place: a copy would load as vectors what was just written lane by lane, and wait for the cache.
      held_tile<Sink>& h = *::new (static_cast<void*>(&held[i])) held_tile<Sink>{
          at, tile_scalars, held_tile<Sink>::template columns<true>(sink, at, in, m.tile),
          held_tile<Sink>::template columns<layout::is_gradient>(sink, at, incoming, m.tile + layout::tile_size)};
      h.take_numbers(sink, in, parameters);
      if constexpr (!held_tile<Sink>::keeps) h.load(m.tile);
      if (tile + 1 < tiles) held_tile<Sink>::foresee(in, incoming, sink, next);
    };
    if constexpr (reach == scope::whole) {
      wide_evaluation<T> wide(wide_program_of<F>, parameters, layout::wide_inputs_of(m));
      for_counts<layout::schedule::passes>([&](auto p) {
        passes::template compute<moment{p}, scope::whole>(m, nullptr, 0);
        passes::template start<p, scope::whole>(m.whole);
        passes::template start_inputs<p>(m);
        if constexpr (p == layout::last_pass) {
          for (index_t tile = 0; tile < tiles; ++tile) passes::complete(m, scalars_of(tile));
          if (guard::leaves_range(m, scalars_begin, tiles, in, incoming)) m.wide = seen_whole(wide, in, incoming);
        }
        next = sink.start();
        for (index_t tile = 0; tile < tiles; ++tile) {
          hold(0, tile, scalars_of(tile));
          if constexpr (p < layout::last_pass) {
            passes::template reduce<p>(m, held[0]);
          } else {
            finish(m, held[0], sink, m.wide != nullptr);
          }
        }
        passes::template finish_inputs<p>(m);
        passes::template compute<moment{p, scope::whole}, scope::whole>(m, nullptr, 0);
      });
    } else {
      // Constants and parameters alone make whole-weight scalars here, and they are known at once.
      passes::template compute<moment{}, scope::whole>(m, nullptr, 0);
      for (index_t tile = 0; tile < tiles; tile += batch_size) {
        const index_t count = std::min(batch_size, tiles - tile);
        for (index_t i = 0; i < count; ++i) hold(i, tile + i, scalars_of(i));
        for_counts<layout::schedule::passes>([&](auto p) {
          for (index_t i = 0; i < count; ++i) {
            if constexpr (p < layout::last_pass) {
              passes::template reduce<p>(m, held[i]);
            } else {
              passes::complete(m, held[i].scalars);
              finish(m, held[i], sink, guard::may_leave_range(m, held[i]));
            }
          }
        });
      }
    }
  }

 private:
  static wide_evaluation<T>* seen_whole(wide_evaluation<T>& wide, const T* in, const T* incoming) {
    wide.see_whole(in, incoming);
    return &wide;
  }
  /// The last pass over the columns of a tile; it is looked through again for columns that have to be computed again,
  /// if there may be such.
  template <class Held, class Sink>
  ESPALIER_ALWAYS_INLINE static void finish(const memory& m, const Held& h, const Sink& sink, bool again) {
    if constexpr (Held::keeps) {
      if (again) [[unlikely]]
        guard::copy_columns_of(m, h);
      last::write(m, h, sink.column(h.at));
      if (again) [[unlikely]]
        guard::compute_columns_again(m, h, sink.column(h.at));
    } else {
      for (index_t b = 0; b < layout::depth; ++b) last::fill_tile(m, h, b);
      if (again) [[unlikely]]
        guard::compute_rows_again(m, h);
      clear_missing(h.in.missing, layout::length, m.tile);
      sink.take(h.at, 0, layout::length, m.tile);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
