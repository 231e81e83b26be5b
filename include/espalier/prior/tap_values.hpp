// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a pass of a plan computes per tap, on registers: where the taps come from is the caller's affair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>  // IWYU pragma: keep
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/node_value.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Calls `body` with each id of a constant list as a constant.
template <const node_ids& Ids, class Body>
ESPALIER_ALWAYS_INLINE constexpr void for_nodes(const Body& body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (body(std::integral_constant<int, Ids[I]>{}), ...);
  }(std::make_index_sequence<Ids.size()>{});
}
/// Calls `body` with 0 to `Count` - 1 as constants.
template <int Count, class Body>
ESPALIER_ALWAYS_INLINE constexpr void for_counts(const Body& body) {
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (body(std::integral_constant<int, I>{}), ...);
  }(std::make_integer_sequence<int, Count>{});
}

/// The values of the nodes of formula `F`, a register each, of which few are in use at a time.
template <class F, class T>
struct node_registers {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;

  batch<T> values[static_cast<std::size_t>(g.size)];
  batch_mask<T> masks[static_cast<std::size_t>(g.size)];
  /// Where the numbers of the groups of a node are, a register for each; of formulas that have such nodes.
  const T* homes[static_cast<std::size_t>(schedule::has_groups ? g.size : 1)];

  /// Sets the scalar `Id`; a condition comes as one or zero.
  template <int Id>
  ESPALIER_ALWAYS_INLINE void set(const batch<T>& value) {
    if constexpr (g[Id].is_condition()) {
      masks[Id] = simd::broadcast(T{0}) < value;
    } else {
      values[Id] = value;
    }
  }
  /// Sets the scalar `Id` to what is at `home`; of a reduction over groups of taps, remembers where that is.
  template <int Id>
  ESPALIER_ALWAYS_INLINE void read(const T* home) {
    if constexpr (g[Id].partition > 0) {
      homes[Id] = home;
    } else {
      set<Id>(simd::load(home));
    }
  }
  /// Sets what the taps of one column read in pass `P`; `scalar(id)` is where a node has its numbers, a lane for each.
  template <int P, class Scalar>
  ESPALIER_ALWAYS_INLINE void set_of_lane(const Scalar& scalar, index_t lane) {
    for_nodes<read_by_taps<P>>([&](auto id) {
      if constexpr (g[id].level >= scope::input) {
        set<id>(simd::load(scalar(id)));
      } else {
        set<id>(simd::broadcast(scalar(id)[lane]));
      }
    });
  }
  /// Computes the node `Id` from its operands: no leaf, no reduction.
  template <int Id>
  ESPALIER_ALWAYS_INLINE void compute() {
    constexpr node n = g[Id];
    if constexpr (n.op == operation::less) {
      masks[Id] = values[n.a] < values[n.b];
    } else if constexpr (n.op == operation::less_equal) {
      masks[Id] = values[n.a] <= values[n.b];
    } else if constexpr (n.op == operation::negation) {
      masks[Id] = !masks[n.a];
    } else if constexpr (n.op == operation::conjunction) {
      masks[Id] = masks[n.a] & masks[n.b];
    } else if constexpr (n.op == operation::disjunction) {
      masks[Id] = masks[n.a] | masks[n.b];
    } else if constexpr (n.op == operation::select) {
      values[Id] = simd::select<T>(masks[n.a], values[n.b], values[n.c]);
    } else {
      values[Id] = simd::applied<n.op, T>(values[n.a], values[n.b < 0 || n.op == operation::detour ? n.a : n.b]);
    }
  }
  /// Computes the nodes that pass `P` computes per tap. `Taps` gives the taps at hand, `tap()` and `incoming()`, and
  /// tells which of them are in all of some regions, `inside(regions)`, and a table's numbers for them, `table(which)`.
  /// The scalars that they read are set.
  template <int P, class Taps>
  ESPALIER_ALWAYS_INLINE void compute_taps(const Taps& taps) {
    compute_listed<per_tap<P>>(taps);
  }
  /// The same of the nodes in a list.
  template <const node_ids& Ids, class Taps>
  ESPALIER_ALWAYS_INLINE void compute_listed(const Taps& taps) {
    for_nodes<Ids>([&](auto id) {
      constexpr operation op = g[id].op;
      if constexpr (op == operation::tap) {
        values[id] = taps.tap();
      } else if constexpr (op == operation::incoming) {
        values[id] = taps.incoming();
      } else if constexpr (op == operation::inside) {
        masks[id] = taps.inside(std::integral_constant<region_set, g[id].regions>{});
      } else if constexpr (op == operation::spread) {
        constexpr int from = g[id].a;
        values[id] = simd::load(homes[from] + group_of<g[from].partition>(taps) * lanes<T>);
      } else if constexpr (op == operation::table) {
        values[id] = taps.table(std::integral_constant<int, g[id].table()>{});
      } else {
        compute<id>();
      }
    });
  }
  /// `total` of the reduction `Id` with the taps at hand. Products go into a sum by a fused multiply-add.
  template <int Id, class Taps>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> with_taps(const batch<T>& total, const Taps& taps) const {
    constexpr node n = g[Id];
    batch<T> next;
    if constexpr (n.op == operation::sum && g[n.a].op == operation::multiply) {
      next = simd::fma<T>(values[g[n.a].a], values[g[n.a].b], total);
    } else {
      next = simd::reduced<n.op, T>(total, values[n.a]);
    }
    if constexpr (n.regions == 0) {
      return next;
    } else {
      return simd::select<T>(taps.inside(std::integral_constant<region_set, n.regions>{}), next, total);
    }
  }

  /// Asked for where a formula has groups alone: not all taps at hand know theirs.
  template <int Partition, class Taps>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static index_t group_of(const Taps& taps) {
    return taps.group(std::integral_constant<int, Partition>{});
  }

  template <int P>
  static constexpr node_ids per_tap = schedule::tap_nodes(P);
  /// Scalars that the taps read in pass `P`: set once, ahead of the loop over the taps.
  template <int P>
  static constexpr node_ids read_by_taps = [] {
    std::array<bool, graph::capacity> seen{};
    node_ids result;
    const auto read = [&](int id) {
      if (id < 0 || g[id].level == scope::tap || seen[static_cast<std::size_t>(id)]) return;
      seen[static_cast<std::size_t>(id)] = true;
      result.push_back(id);
    };
    for (int id : per_tap<P>) {
      for (int operand : {g[id].a, g[id].op == operation::detour ? -1 : g[id].b, g[id].c}) read(operand);
    }
    if (P == schedule::passes - 1) read(g.output);
    return result;
  }();
};

/// Which taps are in all of some regions, tap by tap and then over again: enough for a register from any tap on.
template <class F, class T, region_set Regions>
inline constexpr auto members_of = [] {
  constexpr index_t taps = F::value.shape.kernel.volume();
  std::array<T, static_cast<std::size_t>(taps + lanes<T> - 1)> result{};
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = F::value.contains(Regions, static_cast<index_t>(i) % taps) ? T{1} : T{0};
  }
  return result;
}();

#if defined(__AVX512F__)
/// The same as bits, from every tap on: a mask is a number here.
template <class F, class T, region_set Regions>
inline constexpr auto member_bits_of = [] {
  std::array<std::uint16_t, static_cast<std::size_t>(F::value.shape.kernel.volume())> result{};
  constexpr auto width = static_cast<std::size_t>(lanes<T>);
  const auto& members = members_of<F, T, Regions>;
  // One lane enters as another leaves: a compiler counts its steps, and 27^3 taps by 16 lanes are too many.
  unsigned bits = 0;
  for (std::size_t i = 0; i + 1 < width; ++i) bits |= members[i] != 0 ? 2U << i : 0U;
  for (std::size_t t = 0; t < result.size(); ++t) {
    bits = bits >> 1U | (members[t + width - 1] != 0 ? 1U << (width - 1) : 0U);
    result[t] = static_cast<std::uint16_t>(bits);
  }
  return result;
}();
#endif

/// The numbers of a table, tap by tap and then over again, as the members above.
template <class F, class T, int Table>
inline constexpr auto table_numbers = [] {
  constexpr index_t taps = F::value.shape.kernel.volume();
  std::array<T, static_cast<std::size_t>(taps + lanes<T> - 1)> result{};
  for (index_t t = 0; t < taps; ++t)
    result[static_cast<std::size_t>(t)] = static_cast<T>(F::value.table_value(Table, t));
  for (auto i = static_cast<std::size_t>(taps); i < result.size(); ++i) result[i] = result[i - taps];
  return result;
}();

/// Taps beside each other, lanes along them. `at` may be any tap where the memory goes on with another block.
template <class F, class T>
struct taps_beside {
  const T* weight;
  const T* gradient;
  index_t at;  ///< The first one.

  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> tap() const { return simd::load_unaligned(weight); }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> incoming() const { return simd::load_unaligned(gradient); }
  template <region_set Regions>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch_mask<T> inside(std::integral_constant<region_set, Regions>) const {
#if defined(__AVX512F__)
    if constexpr (sizeof(batch<T>) == 64) {
      using register_type = typename batch_mask<T>::register_type;
      const auto bits = member_bits_of<F, T, Regions>[static_cast<std::size_t>(at)];
      return batch_mask<T>(static_cast<register_type>(bits));
    }
#endif
    return simd::broadcast(T{0}) < simd::load_unaligned(members_of<F, T, Regions>.data() + at);
  }
  template <int Table>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> table(std::integral_constant<int, Table>) const {
    return simd::load_unaligned(table_numbers<F, T, Table>.data() + at);
  }
};

/// The group of each tap.
template <class F, int Partition>
inline constexpr auto groups_of = [] {
  std::array<short, static_cast<std::size_t>(F::value.shape.kernel.volume())> result{};
  for (std::size_t t = 0; t < result.size(); ++t) result[t] = F::value.groups_of(Partition).of[t];
  return result;
}();

/// The same tap of many blocks, lanes along the blocks; of the incoming gradient, a row of a tile.
template <class F, class T>
struct tap_of_blocks {
  batch<T> weight;
  const T* gradient;
  index_t at;

  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> tap() const { return weight; }
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> incoming() const { return simd::load(gradient); }
  template <region_set Regions>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch_mask<T> inside(std::integral_constant<region_set, Regions>) const {
    const batch<T> member = simd::broadcast(members_of<F, T, Regions>[static_cast<std::size_t>(at)]);
    return simd::broadcast(T{0}) < member;
  }
  template <int Partition>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE index_t group(std::integral_constant<int, Partition>) const {
    return groups_of<F, Partition>[static_cast<std::size_t>(at)];
  }
  template <int Table>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> table(std::integral_constant<int, Table>) const {
    return simd::broadcast(table_numbers<F, T, Table>[static_cast<std::size_t>(at)]);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
