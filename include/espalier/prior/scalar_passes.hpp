// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The passes of a sweep that end in scalars: all but the last. What is reduced over taps, and what follows from it.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/moment.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/block_reduction.hpp>
#include <espalier/prior/block_threshold.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/group_reduction.hpp>
#include <espalier/prior/node_value.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The scalars of formula `F`, pass by pass.
template <class F, class T>
struct scalar_passes {
  using layout = sweep_layout<F, T>;
  using schedule = plan<F>;
  using memory = sweep_memory<T>;
  static constexpr const graph& g = F::value;
  static constexpr index_t width = layout::width;

  /// Scalars of `Level` that become known at `M`; of block `b` where they are a block's.
  template <moment M, scope Level>
  ESPALIER_ALWAYS_INLINE static void compute(const memory& m, T* tile_scalars, index_t b) {
    node_registers<F, T> r;
    for_nodes<scalars<M, Level>>([&](auto id) {
      for_operands<id>(
          [&](auto operand) { r.template set<operand>(simd::load(layout::home(m, tile_scalars, b, operand))); });
      r.template compute<id>();
      if constexpr (g[id].is_condition()) {
        r.values[id] = simd::select<T>(r.masks[id], simd::broadcast(T{1}), simd::broadcast(T{0}));
      }
      simd::store(layout::home(m, tile_scalars, b, id), r.values[id]);
    });
  }

  /// Scalars that become known as the last pass starts.
  ESPALIER_ALWAYS_INLINE static void complete(const memory& m, T* tile_scalars) {
    compute<moment{layout::last_pass}, scope::filter>(m, tile_scalars, 0);
    for (index_t b = 0; b < layout::depth; ++b) compute<moment{layout::last_pass}, scope::block>(m, tile_scalars, b);
  }

  /// What the reductions of pass `P` over the scope `S` start from.
  template <int P, scope S>
  ESPALIER_ALWAYS_INLINE static void start(T* into) {
    for_nodes<reductions<P, S>>([&](auto id) {
      for_groups<id>([&](index_t k) { simd::store(into + (id + k) * width, simd::neutral<g[id].op, T>()); });
    });
  }

  /// Pass `P` over the tile `h`, a `held_tile`.
  template <int P, class Held>
  static void reduce(const memory& m, const Held& h) {
    T* const tile_scalars = h.scalars;
    T* const filter = tile_scalars + layout::block_scalars;
    compute<moment{P}, scope::filter>(m, tile_scalars, 0);
    start<P, scope::filter>(filter);
    for (index_t b = 0; b < layout::depth; ++b) {
      compute<moment{P}, scope::block>(m, tile_scalars, b);
      const auto scalar = [=](auto id) { return layout::home(m, tile_scalars, b, id); };
      if constexpr (!group_reduction<F, T, P>::ids.empty()) {
        const T* const tile = m.tile + b * layout::taps * width;
        group_reduction<F, T, P>::run(tile, layout::is_gradient ? tile + layout::tile_size : tile, scalar);
      }
      if constexpr (!folds<P>.empty()) {
        if constexpr (Held::keeps) {
          block_reduction<F, T, P>::run_along_taps(h.in, h.incoming, b * layout::taps, scalar);
        } else {
          const T* const tile = m.tile + b * layout::taps * width;
          block_reduction<F, T, P>::run_along_blocks(tile, layout::is_gradient ? tile + layout::tile_size : tile,
                                                     scalar);
        }
      }
      if constexpr (!thresholds<P>.empty()) find_thresholds<P>(m, h, b);
      compute<moment{P, scope::block}, scope::block>(m, tile_scalars, b);
      for_nodes<reductions<P, scope::filter>>([&](auto id) {
        for_groups<id>([&](index_t k) {
          T* const total = filter + (id + k) * width;
          const batch<T> x = simd::load(tile_scalars + (b * layout::node_count + g[id].a + k) * width);
          simd::store(total, simd::reduced<g[id].op, T>(simd::load(total), x));
        });
      });
      for_nodes<reductions<P, scope::input>>([&](auto id) {
        fold_lanes<id>(m.inputs + b * layout::node_count * width, tile_scalars + b * layout::node_count * width, h.in);
      });
    }
    compute<moment{P, scope::filter}, scope::filter>(m, tile_scalars, 0);
    for_nodes<of_filters<P>>([&](auto id) { fold_lanes<id>(m.whole, filter, h.in); });
  }

  /// What is known of the input channels as pass `P` starts, and what its sums over them start from.
  template <int P>
  static void start_inputs(const memory& m) {
    for (index_t i = 0; layout::inputs_size > 0 && i < layout::depth; ++i) {
      compute<moment{P}, scope::input>(m, nullptr, i);
      start<P, scope::input>(m.inputs + i * layout::node_count * width);
    }
  }
  /// What is known of them as it ends; they enter sums over the whole weight in their order.
  template <int P>
  static void finish_inputs(const memory& m) {
    for (index_t i = 0; layout::inputs_size > 0 && i < layout::depth; ++i) {
      compute<moment{P, scope::input}, scope::input>(m, nullptr, i);
      for_nodes<of_inputs<P>>([&](auto id) {
        for_groups<id>([&](index_t k) {
          T* const total = m.whole + (id + k) * width;
          const batch<T> x = simd::load(m.inputs + (i * layout::node_count + g[id].a + k) * width);
          simd::store(total, simd::reduced<g[id].op, T>(simd::load(total), x));
        });
      });
    }
  }

 private:
  template <int P, scope S>
  static constexpr node_ids reductions = schedule::firsts(schedule::reductions(P, S));
  template <int P>
  static constexpr node_ids folds = schedule::folds(P, false);
  template <int P>
  static constexpr node_ids thresholds = schedule::thresholds(P);
  template <int P>
  static constexpr node_ids of_filters = schedule::firsts(schedule::reductions(P, scope::filter, scope::whole));
  template <int P>
  static constexpr node_ids of_inputs = schedule::firsts(schedule::reductions(P, scope::input, scope::whole));
  template <moment M, scope S>
  static constexpr node_ids scalars = schedule::scalars(M, S);

  template <int Id, class Body>
  ESPALIER_ALWAYS_INLINE static void for_operands(const Body& body) {
    if constexpr (g[Id].a >= 0) body(std::integral_constant<int, g[Id].a>{});
    if constexpr (g[Id].b >= 0) body(std::integral_constant<int, g[Id].b>{});
    if constexpr (g[Id].c >= 0) body(std::integral_constant<int, g[Id].c>{});
  }

  /// Calls `body` with the number of each group of reduction `Id`: 0 where it is one of all taps.
  template <int Id, class Body>
  ESPALIER_ALWAYS_INLINE static void for_groups(const Body& body) {
    constexpr index_t count = schedule::groups_in(Id);
    if constexpr (count == 1) {
      body(index_t{0});
    } else {
      for (index_t k = 0; k < count; ++k) body(k);
    }
  }
  /// Thresholds of block `b` of every column: their taps lie side by side in a tile, or are laid so.
  template <int P, class Held>
  static void find_thresholds(const memory& m, const Held& h, index_t b) {
    T* const rows = layout::rows(m);
    const auto scalar = [&m, scalars = h.scalars, b](auto id) { return layout::home(m, scalars, b, id); };
    for_nodes<thresholds<P>>([&](auto id) {
      if constexpr (Held::keeps) {
        std::array<const T*, static_cast<std::size_t>(width)> columns;
        for (index_t lane = 0; lane < width; ++lane) {
          columns[static_cast<std::size_t>(lane)] = h.in[lane] + b * layout::taps;
        }
        load_columns<T>(columns, 0, layout::taps, rows);
        block_threshold<F, T, id>::run(rows, rows, scalar);
      } else {
        block_threshold<F, T, id>::run(m.tile + b * layout::taps * width, rows, scalar);
      }
    });
  }

  /// Filters enter the total of the whole weight, or of an input channel, one after the other, in their order.
  template <int Id, class Columns>
  static void fold_lanes(T* totals, const T* scalars, const Columns& held) {
    for_groups<Id>([&](index_t k) {
      T* total = totals + (Id + k) * width;
      for (index_t lane = 0; lane < width; ++lane) {
        if (!held.has(lane)) continue;
        const batch<T> one = simd::broadcast(scalars[(g[Id].a + k) * width + lane]);
        simd::store(total, simd::reduced<g[Id].op, T>(simd::load(total), one));
      }
    });
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
