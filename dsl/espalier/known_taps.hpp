// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of each tap of every kernel block: the one thing that kernels of a convolution read of a prior.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/known_value.hpp>
#include <espalier/plan.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/value_numbering.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Of a kernel with more taps that may differ, or with more nodes to follow, nothing is said: clang takes a million
/// steps for a constant, of which a node takes up to 300 and a tap of a table some 200.
inline constexpr index_t most_known_taps = 1024, most_known_nodes = 2000;

/// Whether something may be known of a formula's taps: else, where it treats all alike, nothing is asked.
[[nodiscard]] constexpr bool may_know_taps(const graph& g) {
  if (g.too_long || g.is_gradient) return false;
  if (g[g.output].level != scope::tap) return true;
  return g.region_count + g.table_count + g.partition_count > 0 && g.shape.kernel.volume() <= most_known_taps;
}

/// Whether a sweep may compute a block of formula `F` again on wide numbers (range_guard.hpp).
template <class F, class T>
inline constexpr bool may_be_redone = range_watch<F, T>::sum.count > 0 || range_watch<F, T>::sum.products.reach != 0;

/// What formula `F` makes of each tap in element type `T`.
template <class F, class T>
inline constexpr auto tap_values_of = [] {
  constexpr const graph& g = F::value;
  std::array<known_value<T>, static_cast<std::size_t>(g.shape.kernel.volume())> result{};
  value_numbering<T> numbering(g);
  if (g.table_count + g.partition_count > 0) {
    const bool stops = numbering.size() * result.size() > static_cast<std::size_t>(most_known_nodes);
    for (std::size_t t = 0; t < result.size() && !stops; ++t) result[t] = numbering.output_at(static_cast<index_t>(t));
    return result;
  }
  // Taps of the same regions are alike.
  constexpr const tap_classes& classes = plan<F>::classes;
  std::array<known_value<T>, static_cast<std::size_t>(tap_classes::capacity)> of_class{};
  std::array<bool, static_cast<std::size_t>(tap_classes::capacity)> seen{};
  for (std::size_t t = 0; t < result.size() && !classes.too_many; ++t) {
    const auto c = static_cast<std::size_t>(classes.class_of(g, static_cast<index_t>(t)));
    if (!seen[c]) of_class[c] = numbering.output_at(static_cast<index_t>(t));
    seen[c] = true;
    result[t] = of_class[c];
  }
  return result;
}();

/// What is known of a tap that is `v`, but for ties.
template <class F, class T>
[[nodiscard]] constexpr known_tap known_alone(const known_value<T>& v) {
  if (!v.is_number() || !ieee::is_finite(static_cast<double>(v.number))) return {};
  if (!v.is_one_number() && may_be_redone<F, T>) return {};
  return {.kind = v.number == 0 ? tap_kind::zero : tap_kind::constant, .value = static_cast<double>(v.number)};
}

/// The table of formula `F` in element type `T`, of which something may be known.
template <class F, class T>
[[nodiscard]] constexpr auto table_of_taps() {
  constexpr const graph& g = F::value;
  std::array<known_tap, static_cast<std::size_t>(g.shape.kernel.volume())> result{};
  if constexpr (g[g.output].level != scope::tap) {  // one value for all taps
    const known_tap alone = known_alone<F, T>(value_numbering<T>(g).output_at(0));
    const bool ties = alone.kind == tap_kind::free && result.size() > 1;
    result.fill(ties ? known_tap{.kind = tap_kind::tied, .first = 0} : alone);
  } else {
    constexpr const auto& found = tap_values_of<F, T>;
    std::array<index_t, value_numbering<T>::most_ids> first{};  // tap with a shared value, from 1 on
    for (std::size_t t = 0; t < found.size(); ++t) {
      result[t] = known_alone<F, T>(found[t]);
      if (!found[t].is_shared()) continue;
      index_t& s = first[static_cast<std::size_t>(found[t].id)];
      if (s == 0) {
        s = static_cast<index_t>(t) + 1;
        continue;
      }
      known_tap& leader = result[static_cast<std::size_t>(s - 1)];
      leader = {.kind = tap_kind::tied, .first = s - 1};
      result[t] = leader;
      result[t].negated = found[static_cast<std::size_t>(s - 1)].negated != found[t].negated;
    }
  }
  return result;
}

/// The table of formula `F` (lower.hpp) in element type `T`.
///
/// A tap is zero where every block of the constrained weight has 0 or -0, whatever the stored weight holds, NaN and
/// infinities too: `w * at<mask>` is not, for a NaN passes it. A constant is finite, and exactly what a sweep of `T`
/// writes: arithmetic on numbers is done in `T`. Ties hold bit by bit, but for the sign of a zero and the bits of a
/// NaN. A group has two taps or more; taps that are zero or constant are in none.
template <class F, class T>
struct known_taps {
  static constexpr const graph& g = F::value;
  static constexpr index_t taps = g.shape.kernel.volume();
  static constexpr std::array<known_tap, static_cast<std::size_t>(taps)> value = [] {
    if constexpr (may_know_taps(g)) {
      return table_of_taps<F, T>();
    } else {
      return std::array<known_tap, static_cast<std::size_t>(taps)>{};
    }
  }();

  /// The taps that are not zero: those that kernels compute. All of a kernel of more than `kept_taps::most` taps, and
  /// one of a kernel that is zero.
  static constexpr kept_taps kept = [] {
    kept_taps result;
    if constexpr (may_know_taps(g) && taps <= kept_taps::most) {
      for (index_t t = 0; t < taps; ++t) {
        if (value[static_cast<std::size_t>(t)].kind == tap_kind::zero) result.drop(t);
      }
      if (result.count(g.shape.kernel) == 0) result.dropped[0] &= ~std::uint64_t{1};
    }
    return result;
  }();

  /// Whether no tap of any block depends on the weight.
  static constexpr bool is_constant = [] {
    bool result = false;
    if constexpr (may_know_taps(g)) {
      result = true;
      for (const known_tap& t : value) result = result && (t.kind == tap_kind::zero || t.kind == tap_kind::constant);
    }
    return result;
  }();

  /// Groups of tied taps.
  static constexpr index_t tied_groups = [] {
    index_t result = 0;
    if constexpr (may_know_taps(g)) {
      for (index_t t = 0; t < taps; ++t) result += value[static_cast<std::size_t>(t)].first == t ? 1 : 0;
    }
    return result;
  }();

  /// Taps of one kind.
  [[nodiscard]] static constexpr index_t count(tap_kind kind) {
    if constexpr (!may_know_taps(g)) {
      return kind == tap_kind::free ? taps : 0;
    } else {
      index_t result = 0;
      for (const known_tap& t : value) result += t.kind == kind ? 1 : 0;
      return result;
    }
  }
  /// Products of an input channel that an output is the sum of.
  static constexpr index_t multiply_adds = kept.count(g.shape.kernel);
};

}  // namespace esp::inline ESPALIER_ABI::detail
