// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The reductions over the taps of a block, for as many blocks at a time as a register has lanes.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/node_value.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/fold_rows.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// All reductions to `scope::block` of pass `P` but those in groups (group_reduction.hpp), in the order of `tap_order`:
/// the same bits on every way.
template <class F, class T, int P>
struct block_reduction {
  using schedule = plan<F>;
  using registers = node_registers<F, T>;
  static constexpr const graph& g = F::value;
  static constexpr node_ids ids = schedule::folds(P, false);
  static constexpr int count = static_cast<int>(ids.size());
  static constexpr index_t width = lanes<T>, taps = g.shape.kernel.volume();
  static constexpr tap_order order{taps};
  /// Whether a register holds taps of one block, all alike: else a tap of many blocks is taken at a time.
  static constexpr bool along_taps = order.lanes >= width && !schedule::has_groups;
  /// Registers that hold the lanes of `order`.
  static constexpr index_t parts = along_taps ? order.lanes / width : 1;

  /// Whether what is computed per tap may be written out several times.
  static constexpr bool is_small = registers::template per_tap<P>.size() <= 8;
  /// Whether the code of all columns is short enough to stand side by side: then their partial results stay in
  /// registers. Measured on the gradient of `modes::unit_l2` over 3^3: 3.8 ns a block, else 4.6.
  static constexpr bool stays_in_registers = order.whole <= order.lanes && parts == 1 && is_small;

  /// Lanes along taps: the columns at `in` and `incoming`, from `row0` on. `scalar(id)` is where the scalars of a node
  /// are, one for every column; the results go there too. Whether a forward sum is inlined is left to the compiler:
  /// those of floats lose 10 to 25 % where they are inlined by force, 2 to 8 % where they are not. Gradients, whose
  /// code is longer, are a function of their own: g++ -O2 and -O3 else decide differently, and the sum for
  /// `modes::fixed_center` in double takes 14 ns a block instead of 9.
  template <class Columns, class Incoming, class Scalar>
  static void run_along_taps(const Columns& in, const Incoming& incoming, index_t row0, const Scalar& scalar) {
    if constexpr (g.is_gradient) {
      fold_apart(in, incoming, row0, scalar);
    } else {
      fold_columns(in, incoming, row0, scalar);
    }
  }

  /// Lanes along blocks: tiles `(tap, lane)` of the weight and of the incoming gradient.
  template <class Scalar>
  static void run_along_blocks(const T* tile, const T* incoming, const Scalar& scalar) {
    registers r;
    for_nodes<registers::template read_by_taps<P>>([&](auto id) { r.template read<id>(scalar(id)); });
    // Two lanes at a time, a half apart: few registers are busy.
    constexpr index_t half = order.lanes > 1 ? order.lanes / 2 : 1;
    batch<T> totals[static_cast<std::size_t>(count)][static_cast<std::size_t>(half)];
    if constexpr (is_small) {
#if defined(__GNUC__)
#pragma GCC unroll 8
#endif
      for (index_t lane = 0; lane < half; ++lane) add_lanes(tile, incoming, lane, half, r, totals);
    } else {
      for (index_t lane = 0; lane < half; ++lane) add_lanes(tile, incoming, lane, half, r, totals);
    }
    for_counts<count>(
        [&](auto i) { simd::store(scalar(std::integral_constant<int, ids[i]>{}), joined<i>(totals[i], half)); });
  }

 private:
  /// The columns by value: behind a reference, they would be read again after every store of a register.
  template <class Columns, class Incoming, class Scalar>
  [[gnu::noinline]] static void fold_apart(Columns in, Incoming incoming, index_t row0, const Scalar& scalar) {
    fold_columns(in, incoming, row0, scalar);
  }
  template <class Columns, class Incoming, class Scalar>
  ESPALIER_ALWAYS_INLINE static void fold_columns(const Columns& in, const Incoming& incoming, index_t row0,
                                                  const Scalar& scalar) {
    batch<T> rows[static_cast<std::size_t>(count)][static_cast<std::size_t>(width)];
    if constexpr (stays_in_registers) {
#if defined(__GNUC__)
#pragma GCC unroll 16
#endif
      for (index_t lane = 0; lane < width; ++lane) add_column(in, incoming, row0, lane, scalar, rows);
    } else {
      for (index_t lane = 0; lane < width; ++lane) add_column(in, incoming, row0, lane, scalar, rows);
    }
    for_counts<count>([&](auto i) {
      const auto join_parts = [](const batch<T>& a, const batch<T>& b) { return join<decltype(i)::value>(a, b); };
      simd::store(scalar(std::integral_constant<int, ids[i]>{}), simd::fold_rows<T>(rows[i], join_parts));
    });
  }
  template <class Columns, class Incoming, class Scalar, class Rows>
  ESPALIER_ALWAYS_INLINE static void add_column(const Columns& in, const Incoming& incoming, index_t row0, index_t lane,
                                                const Scalar& scalar, Rows& rows) {
    registers r;
    r.template set_of_lane<P>(scalar, lane);
    taps_beside<F, T> block{in[lane] + row0, in[lane] + row0, 0};
    if constexpr (g.is_gradient) block.gradient = incoming[lane] + row0;
    batch<T> totals[static_cast<std::size_t>(count)][static_cast<std::size_t>(parts)];
    for (index_t part = 0; part < parts; ++part) add_part(block, part, r, totals);
    for_counts<count>([&](auto i) { rows[i][lane] = joined<i>(totals[i], parts); });
  }
  /// Two lanes, of all blocks.
  template <class Totals>
  ESPALIER_ALWAYS_INLINE static void add_lanes(const T* tile, const T* incoming, index_t lane, index_t half,
                                               registers& r, Totals& totals) {
    batch<T> lower[static_cast<std::size_t>(count)], upper[static_cast<std::size_t>(count)];
    add_lane(tile, incoming, lane, r, lower);
    if constexpr (order.lanes > 1) add_lane(tile, incoming, lane + half, r, upper);
    for_counts<count>([&](auto i) { totals[i][lane] = order.lanes > 1 ? join<i>(lower[i], upper[i]) : lower[i]; });
  }
  /// The taps of one lane, of all blocks.
  ESPALIER_ALWAYS_INLINE static void add_lane(const T* tile, const T* incoming, index_t lane, registers& r,
                                              batch<T>* totals) {
    for_counts<count>([&](auto i) { totals[i] = simd::neutral<g[ids[i]].op, T>(); });
    const auto add = [&](index_t t) {
      const tap_of_blocks<F, T> row{simd::load(tile + t * width), incoming + t * width, t};
      r.template compute_taps<P>(row);
      for_counts<count>([&](auto i) { totals[i] = r.template with_taps<ids[i]>(totals[i], row); });
    };
    const index_t last = taps - order.lanes + lane;
    if (last >= order.whole) add(last);
    for (index_t t = lane; t < order.whole; t += order.lanes) add(t);
  }
  /// Two lanes become one.
  template <int I>
  ESPALIER_ALWAYS_INLINE static batch<T> join(const batch<T>& lower, const batch<T>& upper) {
    return simd::reduced<g[ids[I]].op, T>(lower, upper);
  }
  /// Halves join until one is left.
  template <int I>
  ESPALIER_ALWAYS_INLINE static batch<T> joined(batch<T>* totals, index_t size) {
    for (index_t half = size / 2; half > 0; half /= 2) {
      for (index_t i = 0; i < half; ++i) totals[i] = join<I>(totals[i], totals[i + half]);
    }
    return totals[0];
  }

  /// The lanes of one register.
  template <class Totals>
  ESPALIER_ALWAYS_INLINE static void add_part(const taps_beside<F, T>& block, index_t part, registers& r,
                                              Totals& totals) {
    for_counts<count>([&](auto i) { totals[i][part] = simd::neutral<g[ids[i]].op, T>(); });
    const auto from = [&](index_t t) { return taps_beside<F, T>{block.weight + t, block.gradient + t, t}; };
    // The last row is moved back: of its taps, some are in a row before.
    const index_t last = taps - order.lanes + part * width;
    if (last + width > order.whole) {
      r.template compute_taps<P>(from(last));
      const batch_mask<T> fresh = simd::broadcast(T{0}) < simd::load_unaligned(in_last_row.data() + last);
      for_counts<count>([&](auto i) {
        const batch<T> next = r.template with_taps<ids[i]>(totals[i][part], from(last));
        totals[i][part] = simd::select<T>(fresh, next, totals[i][part]);
      });
    }
    for (index_t t = part * width; t < order.whole; t += order.lanes) {
      r.template compute_taps<P>(from(t));
      for_counts<count>([&](auto i) { totals[i][part] = r.template with_taps<ids[i]>(totals[i][part], from(t)); });
    }
  }
  static constexpr std::array<T, static_cast<std::size_t>(taps)> in_last_row = [] {
    std::array<T, static_cast<std::size_t>(taps)> result{};
    for (index_t t = order.whole; t < taps; ++t) result[static_cast<std::size_t>(t)] = 1;
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
