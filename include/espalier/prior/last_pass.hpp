// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The last pass of a sweep, whose taps are the result: written where they came from, or into a tile for a sink.
#pragma once

#include <algorithm>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/spread.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The results of formula `F`, a tile at a time. Its scalars are known.
template <class F, class T>
struct last_pass {
  using layout = sweep_layout<F, T>;
  using registers = node_registers<F, T>;
  using memory = sweep_memory<T>;
  using vector = batch<T>;
  static constexpr const graph& g = F::value;
  static constexpr index_t width = layout::width, taps = layout::taps;

  /// Writes the columns of a tile where they came from, or to the same places of another weight.
  template <class Held>
  static void write(const memory& m, const Held& h, T* out) {
    if constexpr (layout::depth == 1 && spreads_columns<T, taps>) {
      if (h.in.filled == width) return write_all(m, h, out);
      write_all(m, h, m.tile);
      std::copy_n(m.tile, h.in.filled * taps, out);
      return;
    }
    for (index_t lane = 0; lane < h.in.filled; ++lane, out += layout::length) {
      const T* const in = h.in[lane];
      const T* const incoming = h.incoming_of(lane);
      for (index_t b = 0; b < layout::depth; ++b) {
        registers r;
        r.template set_of_lane<layout::last_pass>([&](auto id) { return layout::home(m, h.scalars, b, id); }, lane);
        const auto from = [&](index_t t) { return taps_beside<F, T>{in + b * taps + t, incoming + b * taps + t, t}; };
        // In place, the last register has to be computed before its first taps are overwritten.
        const vector last = result(r, from(taps - width));
        for (index_t t = 0; t < taps - width; t += width) simd::store_unaligned(out + b * taps + t, result(r, from(t)));
        simd::store_unaligned(out + b * taps + taps - width, last);
      }
    }
  }

  /// Puts the result of block `b` of every column into the tile, lanes along columns.
  template <class Held>
  static void fill_tile(const memory& m, const Held& h, index_t b) {
    registers r;
    for_nodes<registers::template read_by_taps<layout::last_pass>>(
        [&](auto id) { r.template read<id>(layout::home(m, h.scalars, b, id)); });
    T* const tile = m.tile + b * taps * width;
    const T* const incoming = layout::is_gradient ? tile + layout::tile_size : tile;
    for (index_t t = 0; t < taps; ++t) {
      T* const to = tile + t * width;
      simd::store(to, result(r, tap_of_blocks<F, T>{simd::load(to), incoming + t * width, t}));
    }
  }

 private:
  /// Whether to ask for what the next batch reads and writes: short stretches end before the processor asks by itself.
  /// Measured on `modes::unit_l2` in the second cache: 1.9 ns a block of 3^3 instead of 2.2, but 9.5 of 5^3 instead
  /// of 8.1.
  static constexpr bool asks_ahead = layout::most_held == 4 && !layout::is_gradient;

  /// The result of the taps at hand.
  template <class Taps>
  ESPALIER_ALWAYS_INLINE static vector result(registers& r, const Taps& at) {
    r.template compute_taps<layout::last_pass>(at);
    return r.values[g.output];
  }

  /// `write` for blocks that lie one after the other: a register after the other, whatever blocks it belongs to, so
  /// that few loads and stores cross a cache line.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static void write_all(const memory& m, const Held& h, T* out) {
    registers known;
    constexpr const node_ids& read = registers::template read_by_taps<layout::last_pass>;
    for_nodes<read>([&](auto id) { known.values[id] = simd::load(layout::home(m, h.scalars, 0, id)); });
    const T *in = h.in[0], *incoming = h.incoming_of(0);
    const auto* column = spread_of<T, taps>.column.data();
    index_t t = 0;
    for (index_t v = 0; v < taps; ++v) {
      registers r;
      for_nodes<read>([&](auto id) {
        if constexpr (g[id].level >= scope::input) {
          r.template set<id>(known.values[id]);
        } else {
          r.template set<id>(simd::spread<T>(known.values[id], column + v * width));
        }
      });
      if constexpr (asks_ahead) {
        simd::prefetch(in + v * width + layout::most_held * layout::tile_size);
        simd::prefetch_to_write(out + v * width + layout::tile_size);
      }
      simd::store_unaligned(out + v * width, result(r, taps_beside<F, T>{in + v * width, incoming + v * width, t}));
      t = t + width < taps ? t + width : t + width - taps;
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
