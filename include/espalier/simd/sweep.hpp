// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Runs a plan over all blocks of a weight, one block per lane.
///
/// A column is what one lane works on: a kernel block, or all blocks of an output channel where a reduction reaches
/// that far. The taps of `lanes<T>` columns are transposed into a tile `(tap, lane)`; from there every sum, root and
/// division of a block is a vertical operation of whole registers, there is no tail of 27 taps, and each block's sum
/// runs in the order of the plan: the same bits for any register width and any choice of columns, as
/// dsl/espalier/evaluate.hpp computes them up to contraction of a * b + c. A finished tile goes to a sink, which writes
/// it back where it came from, or packs it while it is in the first cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/plan.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/column_tile.hpp>
#include <limits>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

/// The sweep of formula `F` (dsl/espalier/lower.hpp) over weights of element type `T`.
template <class F, class T>
class sweep {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;
  static constexpr index_t width = lanes<T>;
  static constexpr index_t taps = g.shape.kernel.volume();
  /// Blocks of one column, and columns of the weight.
  static constexpr index_t depth = schedule::reach == scope::block ? 1 : g.shape.in;
  static constexpr index_t length = depth * taps;
  static constexpr index_t slots = g.size;

  /// A gradient reads a second tensor, the incoming one: its tile follows the weight's.
  static constexpr bool is_gradient = g.drops_zero_products;
  static constexpr index_t tile_size = length * width;
  static constexpr index_t tiles_size = tile_size * (is_gradient ? 2 : 1);
  static constexpr index_t block_scalars = depth * slots * width;
  static constexpr index_t filter_scalars = slots * width;
  /// One tile is finished before the next, unless the whole weight has to be seen first.
  static constexpr index_t kept(index_t tiles) { return schedule::reach == scope::whole ? tiles : 1; }

 public:
  /// How far a reduction reaches: a column is a block, or all blocks of an output channel.
  static constexpr scope reach = schedule::reach;
  static constexpr index_t columns = g.shape.blocks() / depth;

  /// Elements of scratch that `run` needs for a sink of so many tiles: a tile, and the scalars of its blocks; of all
  /// blocks where a reduction reaches over the whole weight. Aligned to `alignment` bytes.
  static constexpr index_t scratch_size_for(index_t tiles) {
    return tiles_size + kept(tiles) * (block_scalars + filter_scalars) + slots * width;
  }
  /// The same for writing the weight back as it was.
  static constexpr index_t scratch_size = scratch_size_for((columns + width - 1) / width);

  /// Writes the constrained value of `in` (OC, IC, KD, KH, KW) to `out`, which may be `in`. `parameters` holds the
  /// named parameters in the order of `F::value.parameters`. Allocates nothing.
  /// A gradient formula takes the gradient of the constrained weight as `incoming`, in the same layout.
  static void run(const T* in, T* out, const T* parameters, T* scratch, const T* incoming = nullptr) {
    run_into(in, plain_columns<T>{out, columns, length}, parameters, scratch, incoming);
  }

  /// The same into `sink`, whose columns are those of `reach`; their values do not depend on it. @pre where `reach` is
  /// the whole weight, the sink's columns rise: that is the order of the sum over them.
  template <ColumnSink<T> Sink>
  static void run_into(const T* in, const Sink& sink, const T* parameters, T* scratch, const T* incoming = nullptr) {
    const index_t tiles = sink.tiles();
    T* const scalars_begin = scratch + tiles_size;
    state s{in,
            incoming,
            scratch,
            scalars_begin,
            scalars_begin + kept(tiles) * block_scalars,
            scalars_begin + kept(tiles) * (block_scalars + filter_scalars),
            0};
    fix_values(s.whole, parameters);
    if constexpr (schedule::reach == scope::whole) {
      each_pass([&]<int P>(std::integral_constant<int, P>) {
        compute<4 * P, scope::whole>(s);
        start<P, scope::whole>(s.whole);
        each_tile(s, sink, [&](index_t tile, const auto& at) {
          pass<P>(s.of_tile(tile));
          if constexpr (P == schedule::passes - 1) hand_over(s, sink, at);
        });
        compute<4 * P + 3, scope::whole>(s);
      });
    } else {
      // Constants and parameters alone make whole-weight scalars here, and they are known at once.
      compute<0, scope::whole>(s);
      each_tile(s, sink, [&](index_t, const auto& at) {
        each_pass([&]<int P>(std::integral_constant<int, P>) { pass<P>(s); });
        hand_over(s, sink, at);
      });
    }
  }

 private:
  using vector = batch<T>;
  using vector_mask = batch_mask<T>;

  /// Where values live: one register of `width` lanes per node, block, filter and tile.
  struct state {
    const T* in;
    const T* incoming;
    T* tile;
    T* block;
    T* filter;
    T* whole;
    std::uint32_t missing;  ///< Lanes of the tile without a column.

    [[nodiscard]] state of_tile(index_t number) const {
      state s = *this;
      s.block += number * block_scalars;
      s.filter += number * filter_scalars;
      return s;
    }
    [[nodiscard]] state of_block(index_t b) const {
      state s = *this;
      s.block += b * slots * width;
      s.tile += b * taps * width;
      return s;
    }
  };

  template <class Body>
  static void each_pass(const Body& body) {
    [&]<int... P>(std::integer_sequence<int, P...>) { (body(std::integral_constant<int, P>{}), ...); }
    (std::make_integer_sequence<int, schedule::passes>{});
  }

  /// Calls `body` with each id of a constant list as a constant.
  template <const node_ids& Ids, class Body>
  ESPALIER_ALWAYS_INLINE static void each(const Body& body) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (body(std::integral_constant<int, Ids[I]>{}), ...); }
    (std::make_index_sequence<Ids.size()>{});
  }
  template <int P, scope S>
  static constexpr node_ids reductions = schedule::reductions(P, S);
  template <moment M, scope S>
  static constexpr node_ids scalars = schedule::scalars(M, S);
  template <int P, int C>
  static constexpr node_ids per_tap = schedule::tap_nodes(P, C);

  /// Scalars that the taps of class `C` read in pass `P`: loaded once, ahead of the loop over the taps.
  template <int P, int C>
  static constexpr node_ids read_by_taps = [] {
    std::array<bool, graph::capacity> seen{};
    node_ids result;
    const auto read = [&](int id) {
      if (id < 0) return;
      const int r = schedule::resolve(id, C);
      if (g[r].level == scope::tap || seen[static_cast<std::size_t>(r)]) return;
      seen[static_cast<std::size_t>(r)] = true;
      result.push_back(r);
    };
    for (int id : per_tap<P, C>) {
      for (int operand : {g[id].a, g[id].b, g[id].c}) read(operand);
    }
    for (int id : reductions<P, scope::block>) read(g[id].a);
    if (P == schedule::passes - 1) read(g.output);
    return result;
  }();

  static void fix_values(T* whole, const T* parameters) {
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      const bool named = n.op == operation::parameter;
      if (!named && n.op != operation::constant && n.op != operation::epsilon) continue;
      const T value = named ? parameters[static_cast<std::size_t>(n.value)] : static_cast<T>(n.value);
      simd::store(whole + id * width, simd::broadcast(value));
    }
  }

  /// One pass over the columns of a tile.
  template <int P>
  static void pass(const state& s) {
    compute<4 * P, scope::filter>(s);
    start<P, scope::filter>(s.filter);
    for (index_t b = 0; b < depth; ++b) {
      const state block = s.of_block(b);
      compute<4 * P, scope::block>(block);
      start<P, scope::block>(block.block);
      [&]<int... C>(std::integer_sequence<int, C...>) { (visit_class<P, C>(block), ...); }
      (std::make_integer_sequence<int, schedule::classes.count>{});
      compute<4 * P + 1, scope::block>(block);
      each<reductions<P, scope::filter>>([&](auto id) {
        T* total = block.filter + id * width;
        simd::store(total, reduced<g[id].op>(simd::load(total), simd::load(block.block + g[id].a * width)));
      });
    }
    compute<4 * P + 2, scope::filter>(s);
    each<reductions<P, scope::whole>>([&](auto id) { fold_lanes<id>(s); });
  }

  /// The taps of one class: register budget is one per node of the list, at most a dozen for the modes.
  template <int P, int C>
  ESPALIER_ALWAYS_INLINE static void visit_class(const state& s) {
    vector values[static_cast<std::size_t>(slots)];
    vector_mask masks[static_cast<std::size_t>(slots)];
    each<read_by_taps<P, C>>([&](auto id) { recall<id>(s, values, masks); });
    vector totals[static_cast<std::size_t>(slots)];
    each<reductions<P, scope::block>>([&](auto id) { totals[id] = simd::load(s.block + id * width); });
    for (const tap_run& run : schedule::template runs<C>) {
      each<reductions<P, scope::block>>([&](auto id) { values[id] = first<id>(); });
      for (index_t t = run.begin; t < run.end; ++t) {
        each<per_tap<P, C>>([&](auto id) {
          if constexpr (g[id].op == operation::tap) {
            values[id] = simd::load(s.tile + t * width);
          } else if constexpr (g[id].op == operation::incoming) {
            values[id] = simd::load(s.tile + tile_size + t * width);
          } else if constexpr (g[id].is_condition()) {
            masks[id] = condition<C, id>(values, masks);
          } else {
            values[id] = value<C, id>(values, masks);
          }
        });
        each<reductions<P, scope::block>>([&](auto id) {
          if constexpr (schedule::classes[C].in(g[id].regions)) {
            values[id] = reduced<g[id].op>(values[id], values[schedule::resolve(g[id].a, C)]);
          }
        });
        if constexpr (P == schedule::passes - 1) {
          simd::store(s.tile + t * width, values[schedule::resolve(g.output, C)]);
        }
      }
      each<reductions<P, scope::block>>([&](auto id) { totals[id] = reduced<g[id].op>(totals[id], values[id]); });
    }
    each<reductions<P, scope::block>>([&](auto id) { simd::store(s.block + id * width, totals[id]); });
  }

  /// Scalars of `Level` that become known at `M`.
  template <moment M, scope Level>
  ESPALIER_ALWAYS_INLINE static void compute(const state& s) {
    if constexpr (scalars<M, Level>.empty()) return;
    vector values[static_cast<std::size_t>(slots)];
    vector_mask masks[static_cast<std::size_t>(slots)];
    each<scalars<M, Level>>([&](auto id) {
      for_operands<id>([&](auto operand) { recall<operand>(s, values, masks); });
      if constexpr (g[id].is_condition()) {
        masks[id] = condition<-1, id>(values, masks);
        const vector yes = simd::broadcast(T{1});
        simd::store(home(s, id), simd::select<T>(masks[id], yes, simd::broadcast(T{0})));
      } else {
        values[id] = value<-1, id>(values, masks);
        simd::store(home(s, id), values[id]);
      }
    });
  }
  /// Loads a scalar; a condition is stored as one or zero.
  template <int Id>
  ESPALIER_ALWAYS_INLINE static void recall(const state& s, vector* values, vector_mask* masks) {
    const vector stored = simd::load(home(s, std::integral_constant<int, Id>{}));
    if constexpr (g[Id].is_condition()) {
      masks[Id] = simd::broadcast(T{0}) < stored;
    } else {
      values[Id] = stored;
    }
  }
  template <int Id, class Body>
  ESPALIER_ALWAYS_INLINE static void for_operands(const Body& body) {
    if constexpr (g[Id].a >= 0) body(std::integral_constant<int, g[Id].a>{});
    if constexpr (g[Id].b >= 0) body(std::integral_constant<int, g[Id].b>{});
    if constexpr (g[Id].c >= 0) body(std::integral_constant<int, g[Id].c>{});
  }
  template <class Id>
  ESPALIER_ALWAYS_INLINE static T* home(const state& s, Id id) {
    constexpr scope level = g[Id::value].level;
    return (level == scope::block ? s.block : level == scope::filter ? s.filter : s.whole) + id * width;
  }

  template <int P, scope S>
  ESPALIER_ALWAYS_INLINE static void start(T* into) {
    each<reductions<P, S>>([&](auto id) { simd::store(into + id * width, first<id>()); });
  }
  /// What the reduction `Id` starts from.
  template <int Id>
  ESPALIER_ALWAYS_INLINE static vector first() {
    constexpr T infinity = std::numeric_limits<T>::infinity();
    constexpr operation op = g[Id].op;
    return simd::broadcast(op == operation::smallest ? infinity : op == operation::largest ? -infinity : T{0});
  }
  template <operation Op>
  ESPALIER_ALWAYS_INLINE static vector reduced(const vector& total, const vector& x) {
    // A NaN is not equal to itself; `x != x` will not do, because xsimd 8 compares "ordered and not equal" here.
    if constexpr (Op == operation::sum) return total + x;
    if constexpr (Op == operation::smallest) return simd::select<T>((x < total) | !(x == x), x, total);
    if constexpr (Op == operation::largest) return simd::select<T>((total < x) | !(x == x), x, total);
  }
  /// Filters enter the whole weight's total one after the other, in their order.
  template <int Id>
  static void fold_lanes(const state& s) {
    T* total = s.whole + Id * width;
    for (index_t lane = 0; lane < width; ++lane) {
      if ((s.missing >> lane) % 2 != 0) continue;
      const vector one = simd::broadcast(s.filter[g[Id].a * width + lane]);
      simd::store(total, reduced<g[Id].op>(simd::load(total), one));
    }
  }

  template <int C, int Id>
  ESPALIER_ALWAYS_INLINE static vector value(const vector* values, const vector_mask* masks) {
    constexpr node n = g[Id];
    constexpr auto operand = [](int id) { return C < 0 ? id : schedule::resolve(id, C); };
    const vector& a = values[operand(n.op == operation::select ? n.b : n.a)];
    if constexpr (n.op == operation::negate) return -a;
    if constexpr (n.op == operation::detour) return a;
    if constexpr (n.op == operation::sqrt) return simd::sqrt<T>(a);
    if constexpr (n.op == operation::abs) return simd::abs<T>(a);
    if constexpr (n.op == operation::select) return simd::select<T>(masks[n.a], a, values[operand(n.c)]);
    if constexpr (n.b >= 0 && n.op != operation::select && n.op != operation::detour) {
      const vector& b = values[operand(n.b)];
      if constexpr (n.op == operation::add) return a + b;
      if constexpr (n.op == operation::subtract) return a - b;
      if constexpr (n.op == operation::multiply) return a * b;
      if constexpr (n.op == operation::divide) return a / b;
      if constexpr (n.op == operation::min) return simd::select<T>(b < a, b, a);
      if constexpr (n.op == operation::max) return simd::select<T>(a < b, b, a);
    }
  }
  template <int C, int Id>
  ESPALIER_ALWAYS_INLINE static vector_mask condition(const vector* values, const vector_mask* masks) {
    constexpr node n = g[Id];
    constexpr auto operand = [](int id) { return C < 0 ? id : schedule::resolve(id, C); };
    if constexpr (n.op == operation::less) return values[operand(n.a)] < values[operand(n.b)];
    if constexpr (n.op == operation::less_equal) return values[operand(n.a)] <= values[operand(n.b)];
    if constexpr (n.op == operation::negation) return !masks[n.a];
    if constexpr (n.op == operation::conjunction) return masks[n.a] & masks[n.b];
    if constexpr (n.op == operation::disjunction) return masks[n.a] | masks[n.b];
    if constexpr (n.op == operation::inside) {
      constexpr T yes = schedule::classes[C].in(n.regions) ? T{1} : T{0};
      return simd::broadcast(T{0}) < simd::broadcast(yes);
    }
  }

  /// Loads one tile after the other and calls `body` with its number and its place.
  template <class Sink, class Body>
  ESPALIER_ALWAYS_INLINE static void each_tile(state& s, const Sink& sink, const Body& body) {
    const index_t tiles = sink.tiles();
    typename Sink::place at = sink.first(), next{};
    for (index_t tile = 0; tile < tiles; ++tile, at = next) {
      const tile_columns<T> held = sink.columns(at, s.in, length);
      s.missing = held.missing;
      next = sink.after(at);
      if (tile + 1 < tiles) foresee_columns(s.in, sink, next, length);
      load_columns(held.begin, 0, length, s.tile);
      if constexpr (is_gradient) {
        if (tile + 1 < tiles) foresee_columns(s.incoming, sink, next, length);
        load_columns(sink.columns(at, s.incoming, length).begin, 0, length, s.tile + tile_size);
      }
      body(tile, at);
    }
  }
  template <class Sink>
  static void hand_over(const state& s, const Sink& sink, const typename Sink::place& at) {
    clear_missing(s.missing, length, s.tile);
    sink.take(at, 0, length, s.tile);
  }
};

}  // namespace esp::inline ESPALIER_ABI
