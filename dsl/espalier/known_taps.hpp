// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of each tap of every kernel block: the one thing that kernels of a convolution read of a prior.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_tap.hpp>
#include <espalier/known_value.hpp>
#include <espalier/plan.hpp>
#include <espalier/range_analysis.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/value_numbering.hpp>
#include <span>

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

/// What a formula makes of each tap in element type `T`; nothing is known where that is too much to ask.
template <class T>
constexpr void number_taps(const graph& g, const tap_classes& classes, std::span<known_value<T>> result) {
  value_numbering<T> numbering(g);
  if (g.table_count + g.partition_count > 0) {
    if (numbering.size() * result.size() > static_cast<std::size_t>(most_known_nodes)) return;
    for (std::size_t t = 0; t < result.size(); ++t) result[t] = numbering.output_at(static_cast<index_t>(t));
    return;
  }
  // Taps of the same regions are alike.
  std::array<known_value<T>, static_cast<std::size_t>(tap_classes::capacity)> of_class{};
  std::array<bool, static_cast<std::size_t>(tap_classes::capacity)> seen{};
  for (std::size_t t = 0; t < result.size() && !classes.too_many; ++t) {
    const auto c = static_cast<std::size_t>(classes.class_of(g, static_cast<index_t>(t)));
    if (!seen[c]) of_class[c] = numbering.output_at(static_cast<index_t>(t));
    seen[c] = true;
    result[t] = of_class[c];
  }
}

/// Whether a sweep may compute a block again on wide numbers (range_guard.hpp), given the scalars that it watches: not
/// where all of them are numbers and in range.
template <class T>
[[nodiscard]] constexpr bool may_be_redone(const value_numbering<T>& numbering, std::span<const watched_scalar> watched,
                                           const input_products& products) {
  range_verdict verdict;
  for (const watched_scalar& s : watched) {
    const known_value<T>&x = numbering.scalar_at(s.id), &a = numbering.scalar_at(s.a), &b = numbering.scalar_at(s.b);
    if (!x.is_number() || !a.is_number() || !b.is_number()) return true;
    s.look(verdict, x.number, a.number, b.number);
  }
  return products.reach != 0 || verdict.left || verdict.vanished;
}

/// What is known of a tap that is `v`, but for ties. `may_differ`: a sweep may compute a block again on wide numbers.
template <class T>
[[nodiscard]] constexpr known_tap known_alone(const known_value<T>& v, bool may_differ) {
  if (!v.is_number() || !ieee::is_finite(static_cast<double>(v.number))) return {};
  if (!v.is_one_number() && may_differ) return {};
  return {.kind = v.number == 0 ? tap_kind::zero : tap_kind::constant, .value = static_cast<double>(v.number)};
}

/// The table of taps that are `found`.
template <class T>
constexpr void tabulate_taps(std::span<const known_value<T>> found, bool may_differ, std::span<known_tap> result) {
  std::array<index_t, value_numbering<T>::most_ids> leaders{};  // the first tap with a shared value, from 1 on
  for (std::size_t t = 0; t < found.size(); ++t) {
    result[t] = known_alone(found[t], may_differ);
    if (!found[t].is_shared()) continue;
    index_t& first = leaders[static_cast<std::size_t>(found[t].id)];
    if (first == 0) {
      first = static_cast<index_t>(t) + 1;
      continue;
    }
    const auto s = static_cast<std::size_t>(first - 1);
    result[s] = {.kind = tap_kind::tied, .first = first - 1};
    result[t] = {.kind = tap_kind::tied, .first = first - 1, .negated = found[s].negated != found[t].negated};
  }
}

/// The same of taps that are one value.
template <class T>
constexpr void tabulate_one(const known_value<T>& found, bool may_differ, std::span<known_tap> result) {
  const known_tap alone = known_alone(found, may_differ);
  const bool ties = alone.kind == tap_kind::free && result.size() > 1;
  for (known_tap& t : result) t = ties ? known_tap{.kind = tap_kind::tied, .first = 0} : alone;
}

/// Two constants, so that a compiler counts the steps of each alone.
template <class F, class T>
inline constexpr auto tap_values_of = [] {
  std::array<known_value<T>, static_cast<std::size_t>(F::value.shape.kernel.volume())> result{};
  number_taps<T>(F::value, plan<F>::classes, result);
  return result;
}();
/// The table of formula `F` in element type `T`, of which something may be known.
template <class F, class T>
[[nodiscard]] constexpr auto table_of_taps() {
  using watch = range_watch<F, T>;
  constexpr const graph& g = F::value;
  constexpr bool may_differ =
      watch::sum.products.reach != 0 ||
      (watch::sum.count > 0 && may_be_redone<T>(value_numbering<T>(g), watch::scalars, watch::sum.products));
  std::array<known_tap, static_cast<std::size_t>(g.shape.kernel.volume())> result{};
  if constexpr (g[g.output].level != scope::tap) {
    tabulate_one(value_numbering<T>(g).output_at(0), may_differ, std::span<known_tap>(result));
  } else {
    tabulate_taps<T>(tap_values_of<F, T>, may_differ, result);
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
