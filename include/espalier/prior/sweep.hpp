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
/// Where the scalars of a column show that an intermediate result has left the range of `T` (range_watch.hpp), the
/// column is computed again on wide numbers. The look costs an instruction or two a scalar and tile, 0 to 3 % of
/// the time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/moment.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/block_reduction.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/fixed_values.hpp>
#include <espalier/prior/node_value.hpp>
#include <espalier/prior/redo.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/range_analysis.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/spread.hpp>
#include <espalier/wide_evaluation.hpp>
#include <new>  // IWYU pragma: keep
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The sweep of formula `F` (dsl/espalier/lower.hpp) over weights of element type `T`.
template <class F, class T>
class sweep {
  using schedule = plan<F>;
  using registers = node_registers<F, T>;
  using watch = range_watch<F, T>;
  static constexpr int watched = watch::sum.count;
  using all_watched = std::make_integer_sequence<int, watched>;
  static constexpr bool hides = watch::sum.products.reach != 0;  ///< Then the inputs are looked at.
  static constexpr const graph& g = F::value;
  static constexpr index_t width = lanes<T>;
  static constexpr index_t taps = g.shape.kernel.volume();
  /// Blocks of one column, and columns of the weight.
  static constexpr index_t depth = schedule::reach == scope::block ? 1 : g.shape.in;
  static constexpr index_t length = depth * taps;
  static constexpr index_t node_count = g.size;
  static constexpr int last_pass = schedule::passes - 1;
  /// Else blocks are shorter than a register, and tiles are loaded for any sink.
  static constexpr bool along_taps = block_reduction<F, T, 0>::along_taps;

  /// A gradient reads a second tensor, the incoming one: its tile follows the weight's.
  static constexpr bool is_gradient = g.is_gradient;
  static constexpr index_t tile_size = length * width;
  static constexpr index_t tiles_size = tile_size * (is_gradient ? 2 : 1);
  static constexpr index_t block_scalars = depth * node_count * width;
  static constexpr index_t filter_scalars = node_count * width;
  /// Tiles that go through a pass before the next pass: while the roots and divisions of one are under way, the taps of
  /// another are added. No more than leave the first cache room: 5^3 with four takes a fifth longer.
  static constexpr index_t most_held = [] {
    if (schedule::reach != scope::block || schedule::passes == 1) return index_t{1};
    return std::clamp(16384 / (tiles_size * static_cast<index_t>(sizeof(T))), index_t{1}, index_t{4});
  }();
  /// A tile that is written where it came from has to be copied first where columns of it are computed again.
  static constexpr index_t copy_size = along_taps ? tiles_size : 0;
  /// Whether to ask for what the next batch reads and writes: short stretches end before the processor asks by itself.
  /// Measured on `modes::unit_l2` in the second cache: 1.9 ns a block of 3^3 instead of 2.2, but 9.5 of 5^3 instead
  /// of 8.1.
  static constexpr bool asks_ahead = most_held == 4 && !is_gradient;
  /// A batch of tiles is finished before the next, unless the whole weight has to be seen first.
  static constexpr index_t kept(index_t tiles) { return schedule::reach == scope::whole ? tiles : most_held; }

 public:
  /// How far a reduction reaches: a column is a block, or all blocks of an output channel.
  static constexpr scope reach = schedule::reach;
  static constexpr index_t columns = g.shape.blocks() / depth;

  /// Elements of scratch that `run` needs for a sink of so many tiles: a tile, and the scalars of its blocks; of all
  /// blocks where a reduction reaches over the whole weight. Aligned to `alignment` bytes.
  static constexpr index_t scratch_size_for(index_t tiles) {
    return tiles_size + kept(tiles) * (block_scalars + filter_scalars) + node_count * width + copy_size;
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
    T* const whole = scalars_begin + kept(tiles) * (block_scalars + filter_scalars);
    memory m{scratch, whole, whole + node_count * width, parameters, nullptr};
    const auto scalars_of = [&](index_t number) { return scalars_begin + number * (block_scalars + filter_scalars); };
    fixed_values<F, T>::store(m.whole, parameters);
    constexpr index_t batch_size = keeps<Sink> ? most_held : 1;
    held_tile<Sink> held[static_cast<std::size_t>(batch_size)];
    typename Sink::place next = sink.start();
    const auto hold = [&](index_t i, index_t tile, T* tile_scalars) {
      const typename Sink::place at = std::exchange(next, sink.after(next));
      // In its place: a copy would load as vectors what was just written lane by lane, and wait for the cache.
      held_tile<Sink>& h = *::new (static_cast<void*>(&held[i]))
                               held_tile<Sink>{at, tile_scalars, held_columns<true>(sink, at, in, m.tile),
                                               held_columns<is_gradient>(sink, at, incoming, m.tile + tile_size)};
      if constexpr (!keeps<Sink>) load(h, m.tile);
      if (tile + 1 < tiles) foresee(in, incoming, sink, next);
    };
    if constexpr (schedule::reach == scope::whole) {
      wide_evaluation<T> wide(wide_program_of<F>, parameters);
      for_counts<schedule::passes>([&](auto p) {
        compute<moment{p}, scope::whole>(m, nullptr, 0);
        start<p, scope::whole>(m.whole);
        if constexpr (p == last_pass) {
          for (index_t tile = 0; tile < tiles; ++tile) complete_scalars(m, scalars_of(tile));
          if (leaves_range(m, scalars_begin, tiles, in, incoming)) {
            wide.see_whole(in, incoming);
            m.wide = &wide;
          }
        }
        next = sink.start();
        for (index_t tile = 0; tile < tiles; ++tile) {
          hold(0, tile, scalars_of(tile));
          if constexpr (p < last_pass) {
            reduce<p>(m, held[0]);
          } else {
            finish(m, held[0], sink, m.wide != nullptr);
          }
        }
        compute<moment{p, scope::whole}, scope::whole>(m, nullptr, 0);
      });
    } else {
      // Constants and parameters alone make whole-weight scalars here, and they are known at once.
      compute<moment{}, scope::whole>(m, nullptr, 0);
      for (index_t tile = 0; tile < tiles; tile += batch_size) {
        const index_t count = std::min(batch_size, tiles - tile);
        for (index_t i = 0; i < count; ++i) hold(i, tile + i, scalars_of(i));
        for_counts<schedule::passes>([&](auto p) {
          for (index_t i = 0; i < count; ++i) {
            if constexpr (p < last_pass) {
              reduce<p>(m, held[i]);
            } else {
              complete_scalars(m, held[i].scalars);
              finish(m, held[i], sink, may_leave_range(m, held[i]));
            }
          }
        });
      }
    }
  }

 private:
  using vector = batch<T>;
  template <class Sink>
  static constexpr bool keeps = along_taps ? KeepsColumns<Sink, T> : false;

  /// What all tiles share: the rows of one tile, and a register per node that is constant over the whole weight.
  struct memory {
    T* tile;
    T* whole;
    T* copy;
    const T* parameters;
    wide_evaluation<T>* wide;  ///< Where the whole weight is computed on wide numbers.
  };
  template <class Sink>
  using columns_type = std::conditional_t<keeps<Sink>, adjacent_columns<T, length>, tile_columns<T>>;
  /// Of an incoming gradient where there is none.
  struct no_columns {};
  /// A tile that is being worked on, and a register of `width` lanes per node for each of its blocks, then per node of
  /// its filters.
  template <class Sink>
  struct held_tile {
    typename Sink::place at;
    T* scalars;
    columns_type<Sink> in;
    std::conditional_t<is_gradient, columns_type<Sink>, no_columns> incoming;
  };
  /// The columns of a tile: where they are; or, where they are kept and fill no tile, in `copy`.
  template <bool Exist, class Sink>
  ESPALIER_ALWAYS_INLINE static auto held_columns(const Sink& sink, const typename Sink::place& at, const T* weight,
                                                  T* copy) {
    if constexpr (!Exist) {
      return no_columns{};
    } else if constexpr (keeps<Sink>) {
      const T* const from = weight + sink.first(at) * length;
      const index_t filled = sink.filled(at);
      return adjacent_columns<T, length>{filled < width ? completed(from, filled, copy) : from, filled};
    } else {
      return sink.columns(at, weight, length);
    }
  }
  /// A copy of the `filled` columns at `from`, and of the last one in the lanes without a column: no garbage that is
  /// slow or raises flags.
  static const T* completed(const T* from, index_t filled, T* copy) {
    for (index_t lane = 0; lane < width; ++lane) {
      std::copy_n(from + std::min(lane, filled - 1) * length, length, copy + lane * length);
    }
    return copy;
  }

  template <int P, scope S>
  static constexpr node_ids reductions = schedule::reductions(P, S);
  template <moment M, scope S>
  static constexpr node_ids scalars = schedule::scalars(M, S);

  /// Where the scalars of a node are, one for each lane: of block `b`, of the filters, of the whole weight.
  template <class Id>
  ESPALIER_ALWAYS_INLINE static T* home(const memory& m, T* tile_scalars, index_t b, Id id) {
    constexpr scope level = g[Id::value].level;
    if constexpr (level == scope::block) return tile_scalars + (b * node_count + id) * width;
    if constexpr (level == scope::filter) return tile_scalars + block_scalars + id * width;
    return m.whole + id * width;
  }

  /// Scalars that become known as the last pass starts.
  ESPALIER_ALWAYS_INLINE static void complete_scalars(const memory& m, T* tile_scalars) {
    compute<moment{last_pass}, scope::filter>(m, tile_scalars, 0);
    for (index_t b = 0; b < depth; ++b) compute<moment{last_pass}, scope::block>(m, tile_scalars, b);
  }
  /// Both tensors of a tile, transposed.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static void load(const Held& h, T* tile) {
    load_columns(h.in.begin, 0, length, tile);
    if constexpr (is_gradient) load_columns(h.incoming.begin, 0, length, tile + tile_size);
  }
  /// Asks for the columns of the tile at `next`, of both tensors.
  template <class Sink>
  ESPALIER_ALWAYS_INLINE static void foresee(const T* in, const T* incoming, const Sink& sink,
                                             const typename Sink::place& next) {
    foresee_columns(in, sink, next, length);
    if constexpr (is_gradient) foresee_columns(incoming, sink, next, length);
  }
  /// The last pass over the columns of a tile; it is looked through again for columns that have to be computed again,
  /// if there may be such.
  template <class Held, class Sink>
  ESPALIER_ALWAYS_INLINE static void finish(const memory& m, const Held& h, const Sink& sink, bool again) {
    if constexpr (keeps<Sink>) {
      if (again) [[unlikely]]
        copy_columns_of(m, h);
      write(m, h, sink.column(h.at));
      if (again) [[unlikely]]
        compute_columns_again(m, h, sink.column(h.at));
    } else {
      for (index_t b = 0; b < depth; ++b) fill_tile(m, h, b);
      if (again) [[unlikely]]
        compute_rows_again(m, h);
      clear_missing(h.in.missing, length, m.tile);
      sink.take(h.at, 0, length, m.tile);
    }
  }
  /// Copies a tile of which some columns left the range: what is wrong may be written over them.
  template <class Held>
  [[gnu::noinline]] static void copy_columns_of(const memory& m, const Held& h) {
    for (index_t lane = 0; lane < h.in.filled; ++lane) {
      std::copy_n(h.in[lane], length, m.copy + lane * length);
      if constexpr (is_gradient) std::copy_n(h.incoming[lane], length, m.copy + tile_size + lane * length);
    }
  }
  template <class Held>
  [[gnu::noinline]] static void compute_columns_again(const memory& m, const Held& h, T* out) {
    for (index_t lane = 0; lane < h.in.filled; ++lane) {
      const T* const in = m.copy + lane * length;
      compute_again(m, h.scalars, lane, in, is_gradient ? in + tile_size : in, out + lane * length, 1);
    }
  }
  /// The same in a tile that a sink will take.
  template <class Held>
  [[gnu::noinline]] static void compute_rows_again(const memory& m, const Held& h) {
    for (index_t lane = 0; lane < width; ++lane) {
      if (h.in.has(lane)) compute_again(m, h.scalars, lane, h.in[lane], incoming_of(h, lane), m.tile + lane, width);
    }
  }
  /// Computes a column again if its scalars ask for it.
  static void compute_again(const memory& m, const T* tile_scalars, index_t lane, const T* in, const T* incoming,
                            T* out, index_t stride) {
    range_verdict verdict;
    if (m.wide == nullptr) {
      look_at_scalars(watch::scalars.data(), watched, homes_of(m, tile_scalars), lane, verdict);
      if (!is_out_of_range(verdict, watch::sum.products, in, incoming, length, is_gradient)) return;
    }
    write_wide(wide_program_of<F>, m.parameters, m.wide, in, incoming, depth, out, stride);
  }
  /// Any other pass.
  template <int P, class Held>
  static void reduce(const memory& m, const Held& h) {
    T* const tile_scalars = h.scalars;
    T* const filter = tile_scalars + block_scalars;
    compute<moment{P}, scope::filter>(m, tile_scalars, 0);
    start<P, scope::filter>(filter);
    for (index_t b = 0; b < depth; ++b) {
      compute<moment{P}, scope::block>(m, tile_scalars, b);
      if constexpr (!reductions<P, scope::block>.empty()) {
        const auto scalar = [=](auto id) { return home(m, tile_scalars, b, id); };
        if constexpr (std::is_same_v<decltype(h.in), adjacent_columns<T, length>>) {
          block_reduction<F, T, P>::run_along_taps(h.in, h.incoming, b * taps, scalar);
        } else {
          const T* const tile = m.tile + b * taps * width;
          block_reduction<F, T, P>::run_along_blocks(tile, is_gradient ? tile + tile_size : tile, scalar);
        }
      }
      compute<moment{P, scope::block}, scope::block>(m, tile_scalars, b);
      for_nodes<reductions<P, scope::filter>>([&](auto id) {
        T* const total = filter + id * width;
        const vector x = simd::load(tile_scalars + (b * node_count + g[id].a) * width);
        simd::store(total, simd::reduced<g[id].op, T>(simd::load(total), x));
      });
    }
    compute<moment{P, scope::filter}, scope::filter>(m, tile_scalars, 0);
    for_nodes<reductions<P, scope::whole>>([&](auto id) { fold_lanes<id>(m.whole, filter, h.in); });
  }

  /// Whether columns of a tile whose scalars are known may have to be computed again.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static bool may_leave_range(const memory& m, const Held& h) {
    bool result = false;
    if constexpr (watched > 0) result = simd::any<T>(unsafe_lanes(m, h.scalars, all_watched{}));
    if constexpr (hides) result = result || !inputs_within(h);
    return result;
  }
  /// The lanes with a scalar of a magnitude that is not safe; zero is none, but may be right.
  template <int... I>
  ESPALIER_ALWAYS_INLINE static batch_mask<T> unsafe_lanes(const memory& m, T* tile_scalars,
                                                           std::integer_sequence<int, I...>) {
    batch_mask<T> found = (is_unsafe<I>(m, tile_scalars, 0) | ...);
    for (index_t b = 1; b < depth; ++b) {
      ((found = watch::scalars[I].level == scope::block ? found | is_unsafe<I>(m, tile_scalars, b) : found), ...);
    }
    return found;
  }
  template <int I>
  ESPALIER_ALWAYS_INLINE static batch_mask<T> is_unsafe(const memory& m, T* tile_scalars, index_t b) {
    constexpr watched_scalar s = watch::scalars[static_cast<std::size_t>(I)];
    const vector x = simd::load(home(m, tile_scalars, b, std::integral_constant<int, s.id>{}));
    if constexpr (!s.sums || !s.least) {
      return simd::is_not_normal<s.least, T>(x);
    } else {
      const batch_mask<T> tiny = simd::abs<T>(x) < simd::broadcast(safe_range<T>::least);
      if constexpr (s.most) return tiny | simd::is_not_normal<false, T>(x);
      return tiny;
    }
  }
  template <class Held>
  static bool inputs_within(const Held& h) {
    constexpr int tapwise = watch::sum.products.reach;
    bool result = columns_within<T>(h.in, length, tapwise, input_products::least_weight);
    if constexpr (is_gradient) {
      result = result && columns_within<T>(h.incoming, length, tapwise, input_products::least_gradient);
    }
    return result;
  }
  static scalar_homes<T> homes_of(const memory& m, const T* tile_scalars) {
    return {tile_scalars, tile_scalars + block_scalars, m.whole, depth, node_count};
  }
  /// Whether a whole weight left the range, whose tiles have their scalars from `scalars_begin` on.
  static bool leaves_range(const memory& m, T* scalars_begin, index_t tiles, const T* in, const T* incoming) {
    range_verdict verdict;
    for (index_t tile = 0; tile < tiles; ++tile) {
      T* const tile_scalars = scalars_begin + tile * (block_scalars + filter_scalars);
      for (index_t lane = 0; lane < width; ++lane) {
        look_at_scalars(watch::scalars.data(), watched, homes_of(m, tile_scalars), lane, verdict);
      }
    }
    return is_out_of_range(verdict, watch::sum.products, in, incoming, g.shape.size(), is_gradient);
  }

  /// Scalars of `Level` that become known at `M`; of block `b` where they are a block's.
  template <moment M, scope Level>
  ESPALIER_ALWAYS_INLINE static void compute(const memory& m, T* tile_scalars, index_t b) {
    registers r;
    for_nodes<scalars<M, Level>>([&](auto id) {
      for_operands<id>([&](auto operand) { r.template set<operand>(simd::load(home(m, tile_scalars, b, operand))); });
      r.template compute<id>();
      if constexpr (g[id].is_condition()) {
        r.values[id] = simd::select<T>(r.masks[id], simd::broadcast(T{1}), simd::broadcast(T{0}));
      }
      simd::store(home(m, tile_scalars, b, id), r.values[id]);
    });
  }
  template <int Id, class Body>
  ESPALIER_ALWAYS_INLINE static void for_operands(const Body& body) {
    if constexpr (g[Id].a >= 0) body(std::integral_constant<int, g[Id].a>{});
    if constexpr (g[Id].b >= 0) body(std::integral_constant<int, g[Id].b>{});
    if constexpr (g[Id].c >= 0) body(std::integral_constant<int, g[Id].c>{});
  }

  template <int P, scope S>
  ESPALIER_ALWAYS_INLINE static void start(T* into) {
    for_nodes<reductions<P, S>>([&](auto id) { simd::store(into + id * width, simd::neutral<g[id].op, T>()); });
  }
  /// Filters enter the whole weight's total one after the other, in their order.
  template <int Id, class Columns>
  static void fold_lanes(T* whole, const T* filter, const Columns& held) {
    T* total = whole + Id * width;
    for (index_t lane = 0; lane < width; ++lane) {
      if (!held.has(lane)) continue;
      const vector one = simd::broadcast(filter[g[Id].a * width + lane]);
      simd::store(total, simd::reduced<g[Id].op, T>(simd::load(total), one));
    }
  }

  /// The result of the taps at hand.
  template <class Taps>
  ESPALIER_ALWAYS_INLINE static vector result(registers& r, const Taps& at) {
    r.template compute_taps<last_pass>(at);
    return r.values[g.output];
  }
  /// A column of the incoming gradient; where there is none, of the weight, and not read.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static const T* incoming_of(const Held& h, index_t lane) {
    if constexpr (is_gradient) {
      return h.incoming[lane];
    } else {
      return h.in[lane];
    }
  }
  /// Writes the columns of a tile where they came from, or to the same places of another weight.
  template <class Held>
  static void write(const memory& m, const Held& h, T* out) {
    if constexpr (depth == 1 && spreads_columns<T, taps>) {
      if (h.in.filled == width) return write_all(m, h, out);
      write_all(m, h, m.tile);
      std::copy_n(m.tile, h.in.filled * length, out);
      return;
    }
    for (index_t lane = 0; lane < h.in.filled; ++lane, out += length) {
      const T* const in = h.in[lane];
      const T* const incoming = incoming_of(h, lane);
      for (index_t b = 0; b < depth; ++b) {
        registers r;
        r.template set_of_lane<last_pass>([&](auto id) { return home(m, h.scalars, b, id); }, lane);
        const auto from = [&](index_t t) { return taps_beside<F, T>{in + b * taps + t, incoming + b * taps + t, t}; };
        // In place, the last register has to be computed before its first taps are overwritten.
        const vector last = result(r, from(taps - width));
        for (index_t t = 0; t < taps - width; t += width) simd::store_unaligned(out + b * taps + t, result(r, from(t)));
        simd::store_unaligned(out + b * taps + taps - width, last);
      }
    }
  }
  /// The same for blocks that lie one after the other: a register after the other, whatever blocks it belongs to, so
  /// that few loads and stores cross a cache line.
  template <class Held>
  ESPALIER_ALWAYS_INLINE static void write_all(const memory& m, const Held& h, T* out) {
    registers known;
    constexpr const node_ids& read = registers::template read_by_taps<last_pass>;
    for_nodes<read>([&](auto id) { known.values[id] = simd::load(home(m, h.scalars, 0, id)); });
    const T *in = h.in[0], *incoming = incoming_of(h, 0);
    const auto* column = spread_of<T, taps>.column.data();
    index_t t = 0;
    for (index_t v = 0; v < taps; ++v) {
      registers r;
      for_nodes<read>([&](auto id) {
        if constexpr (g[id].level == scope::whole) {
          r.template set<id>(known.values[id]);
        } else {
          r.template set<id>(simd::spread<T>(known.values[id], column + v * width));
        }
      });
      if constexpr (asks_ahead) {
        simd::prefetch(in + v * width + most_held * tile_size);
        simd::prefetch_to_write(out + v * width + tile_size);
      }
      simd::store_unaligned(out + v * width, result(r, taps_beside<F, T>{in + v * width, incoming + v * width, t}));
      t = t + width < taps ? t + width : t + width - taps;
    }
  }

  /// Puts the result of block `b` of every column into the tile, lanes along columns.
  template <class Held>
  static void fill_tile(const memory& m, const Held& h, index_t b) {
    registers r;
    for_nodes<registers::template read_by_taps<last_pass>>(
        [&](auto id) { r.template set<id>(simd::load(home(m, h.scalars, b, id))); });
    T* const tile = m.tile + b * taps * width;
    const T* const incoming = is_gradient ? tile + tile_size : tile;
    for (index_t t = 0; t < taps; ++t) {
      T* const to = tile + t * width;
      simd::store(to, result(r, tap_of_blocks<F, T>{simd::load(to), incoming + t * width, t}));
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
