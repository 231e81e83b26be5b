// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The thresholds of as many blocks at a time as a register has lanes.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/tap_values.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Threshold `Id` of formula `F`, lanes along blocks: what dsl/espalier/threshold_search.hpp does, with its bits.
///
/// Lanes need different numbers of steps; one that is done keeps its value, and the steps end with the last one. Cost
/// of a step: four instructions for each tap of a register of blocks.
template <class F, class T, int Id>
struct block_threshold {
  using registers = node_registers<F, T>;
  using vector = batch<T>;
  static constexpr const graph& g = F::value;
  static constexpr node n = g[Id];
  static constexpr index_t width = lanes<T>, taps = g.shape.kernel.volume(), count = g.taps_in(n.regions);

  /// Finds the thresholds of the blocks in `tile`, a row of lanes for each tap; `rows` has room for as many.
  /// `scalar(id)` is where the scalars of a node are, one for every block; the result goes there too.
  template <class Scalar>
  static void run(const T* tile, T* rows, const Scalar& scalar) {
    const vector total = simd::load(scalar(constant<n.b>{}));
    new_rows first{tile, rows, simd::load(scalar(constant<n.c>{})), {}};
    for_nodes<read_by_parts>([&](auto id) { first.r.template set<id>(simd::load(scalar(id))); });
    vector t = simd::broadcast(T{0}) - total, before = simd::broadcast(static_cast<T>(count + 1));
    batch_mask<T> open = step(first, total, t, before, before < before + before);
    while (simd::any<T>(open)) open = step(kept_rows{rows}, total, t, before, open);
    simd::store(scalar(constant<Id>{}), t);
  }

 private:
  template <int Value>
  using constant = std::integral_constant<int, Value>;
  static constexpr node_ids parts = plan<F>::parts_of(n.a);
  static constexpr node_ids read_by_parts = [] {
    node_ids result;
    for (int id : parts) {
      for (int operand : {g[id].a, g[id].b, g[id].c}) {
        bool is_new = operand >= 0 && g[operand].level != scope::tap;
        for (int other : result) is_new = is_new && other != operand;
        if (is_new) result.push_back(operand);
      }
    }
    return result;
  }();
  /// Taps that the threshold is of, in their order.
  static constexpr auto members = [] {
    std::array<index_t, static_cast<std::size_t>(count)> result{};
    std::size_t next = 0;
    for (index_t t = 0; t < taps; ++t) {
      if (g.contains(n.regions, t)) result[next++] = t;
    }
    return result;
  }();

  /// What the values lack to the largest one, value by value: computed, and kept.
  struct new_rows {
    const T* tile;
    T* rows;
    vector largest;
    registers r;

    ESPALIER_ALWAYS_INLINE vector operator()(index_t i) {
      const index_t t = members[static_cast<std::size_t>(i)];
      r.template compute_listed<parts>(tap_of_blocks<F, T>{simd::load(tile + t * width), nullptr, t});
      const vector below = r.values[n.a] - largest;
      simd::store(rows + i * width, below);
      return below;
    }
  };
  /// The same, where they were kept.
  struct kept_rows {
    const T* rows;

    ESPALIER_ALWAYS_INLINE vector operator()(index_t i) const { return simd::load(rows + i * width); }
  };

  /// What stands above t, in partial sums, and how many values do.
  struct partial_sums {
    static constexpr index_t parts = 4;
    vector above[parts], counted[parts];

    ESPALIER_ALWAYS_INLINE void add(int part, const vector& rest) {
      const batch_mask<T> counts = simd::broadcast(T{0}) < rest;
      above[part] = simd::select<T>(counts, above[part] + rest, above[part]);
      counted[part] = simd::select<T>(counts, counted[part] + simd::broadcast(T{1}), counted[part]);
    }
    ESPALIER_ALWAYS_INLINE static vector joined(const vector* sums) {
      return (sums[0] + sums[2]) + (sums[1] + sums[3]);
    }
  };
  /// One step of the lanes that are `open`; returns those that still are.
  template <class Rows>
  ESPALIER_ALWAYS_INLINE static batch_mask<T> step(Rows&& row, const vector& total, vector& t, vector& before,
                                                   const batch_mask<T>& open) {
    const vector zero = simd::broadcast(T{0}), less_t = zero - t;
    partial_sums sums;
    for (index_t i = 0; i < partial_sums::parts; ++i) sums.above[i] = sums.counted[i] = zero;
    index_t i = 0;
    for (; i + partial_sums::parts <= count; i += partial_sums::parts) {
      sums.add(0, row(i) + less_t);
      sums.add(1, row(i + 1) + less_t);
      sums.add(2, row(i + 2) + less_t);
      sums.add(3, row(i + 3) + less_t);
    }
    if constexpr (count % partial_sums::parts > 0) sums.add(0, row(i) + less_t);
    if constexpr (count % partial_sums::parts > 1) sums.add(1, row(i + 1) + less_t);
    if constexpr (count % partial_sums::parts > 2) sums.add(2, row(i + 2) + less_t);
    const vector counted = partial_sums::joined(sums.counted);
    const batch_mask<T> some = zero < counted;
    const vector share =
        (partial_sums::joined(sums.above) - total) / simd::select<T>(some, counted, simd::broadcast(T{1}));
    t = simd::select<T>(open & some, t + share, t);
    const batch_mask<T> fewer = counted < before;
    before = counted;
    return open & some & fewer;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
