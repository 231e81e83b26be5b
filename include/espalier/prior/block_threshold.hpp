// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The thresholds of as many blocks at a time as a register has lanes.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/node_value.hpp>
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
    values x{tile, {}};
    for_nodes<read_by_parts>([&](auto id) { x.r.template read<id>(scalar(id)); });
    const totals all = totals_of(x);
    if constexpr (finds_largest) simd::store(scalar(constant<n.c>{}), all.largest());
    search s{simd::load(scalar(constant<n.b>{}))};
    const vector largest = simd::load(scalar(constant<n.c>{}));
    s.start(largest, joined(all.sum));
    s.open = s.step(new_rows{x, rows, largest});
    // The second step may find more above than the first, which came back from beyond the root.
    const vector first = s.before;
    const batch_mask<T> some = s.step(kept_rows{hidden(rows)});
    s.open = some & ((s.before < first) | (first < s.before));
    while (simd::any<T>(s.open)) {
      const vector before = s.before;
      const batch_mask<T> still = s.step(kept_rows{hidden(rows)});
      s.open = still & (s.before < before);
    }
    simd::store(scalar(constant<Id>{}), s.t);
  }

 private:
  template <int Value>
  using constant = std::integral_constant<int, Value>;
  static constexpr bool finds_largest = plan<F>::is_beside(n.c, Id);
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

  /// The values, computed.
  struct values {
    const T* tile;
    registers r;

    ESPALIER_ALWAYS_INLINE vector operator()(index_t i) {
      const index_t t = n.regions == 0 ? i : members[static_cast<std::size_t>(i)];
      r.template compute_listed<parts>(tap_of_blocks<F, T>{simd::load(tile + t * width), nullptr, t});
      return r.values[n.a];
    }
  };
  /// What they lack to the largest one: computed, and kept.
  struct new_rows {
    values& x;
    T* rows;
    vector largest;

    ESPALIER_ALWAYS_INLINE vector operator()(index_t i) {
      const vector below = x(i) - largest;
      simd::store(rows + i * width, below);
      return below;
    }
  };
  /// The same, where it was kept.
  struct kept_rows {
    const T* rows;

    ESPALIER_ALWAYS_INLINE vector operator()(index_t i) const { return simd::load(rows + i * width); }
  };
  /// Rows that compilers do not copy to the stack from one step to the next.
  ESPALIER_ALWAYS_INLINE static const T* hidden(const T* rows) {
    ESPALIER_HIDE(rows);
    return rows;
  }

  /// The values are dealt out to four partial results.
  static constexpr index_t partial = 4;
  ESPALIER_ALWAYS_INLINE static vector joined(const vector* sums) { return (sums[0] + sums[2]) + (sums[1] + sums[3]); }
  template <class Rows, class Results>
  ESPALIER_ALWAYS_INLINE static void add_all(Rows&& row, Results& to) {
    index_t i = 0;
    for (; i + partial <= count; i += partial) {
      to.add(0, row(i));
      to.add(1, row(i + 1));
      to.add(2, row(i + 2));
      to.add(3, row(i + 3));
    }
    if constexpr (count % partial > 0) to.add(0, row(i));
    if constexpr (count % partial > 1) to.add(1, row(i + 1));
    if constexpr (count % partial > 2) to.add(2, row(i + 2));
  }

  /// The sum of the values, and the largest one where it is not known.
  struct totals {
    vector sum[partial], most[partial];

    ESPALIER_ALWAYS_INLINE void add(int part, const vector& x) {
      sum[part] = sum[part] + x;
      if constexpr (finds_largest) most[part] = join(most[part], x);
    }
    ESPALIER_ALWAYS_INLINE vector largest() const { return join(join(most[0], most[2]), join(most[1], most[3])); }
    ESPALIER_ALWAYS_INLINE static vector join(const vector& a, const vector& b) {
      return simd::reduced<operation::largest, T>(a, b);
    }
  };
  ESPALIER_ALWAYS_INLINE static totals totals_of(values& x) {
    totals result;
    for (index_t i = 0; i < partial; ++i) {
      result.sum[i] = simd::broadcast(T{0});
      result.most[i] = simd::neutral<operation::largest, T>();
    }
    add_all(x, result);
    return result;
  }

  /// What stands above t, and how many values do.
  struct sums_above {
    vector less_t, above[partial], counted[partial];

    ESPALIER_ALWAYS_INLINE void add(int part, const vector& below) {
      const vector rest = below + less_t;
      const batch_mask<T> counts = simd::broadcast(T{0}) < rest;
      above[part] = simd::select<T>(counts, above[part] + rest, above[part]);
      counted[part] = simd::select<T>(counts, counted[part] + simd::broadcast(T{1}), counted[part]);
    }
  };
  /// The state of a search: the sum asked for, where it stands, how many values were above before, lanes not done.
  struct search {
    vector total, t{}, before{};
    batch_mask<T> open = simd::broadcast(T{0}) < simd::broadcast(T{1});

    ESPALIER_ALWAYS_INLINE void start(const vector& largest, const vector& sum) {
      const vector every = simd::broadcast(static_cast<T>(count)), least = simd::broadcast(T{0}) - total;
      const vector most = least / every, from_all = (sum / every - largest) + most;
      t = simd::select<T>(least < from_all, from_all, least);
      t = simd::select<T>(most < t, most, t);
    }
    /// One step of the open lanes; returns those of them that have values above.
    template <class Rows>
    ESPALIER_ALWAYS_INLINE batch_mask<T> step(Rows&& row) {
      const vector zero = simd::broadcast(T{0});
      sums_above sums;
      sums.less_t = zero - t;
      for (index_t i = 0; i < partial; ++i) sums.above[i] = sums.counted[i] = zero;
      add_all(row, sums);
      before = joined(sums.counted);
      const batch_mask<T> some = zero < before;
      const vector share = (joined(sums.above) - total) / simd::select<T>(some, before, simd::broadcast(T{1}));
      t = simd::select<T>(open & some, t + share, t);
      return open & some;
    }
  };
};

}  // namespace esp::inline ESPALIER_ABI::detail
