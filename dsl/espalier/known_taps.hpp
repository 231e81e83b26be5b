// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of each tap of every kernel block: the one thing that kernels of a convolution read of a prior.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/known_value.hpp>
#include <espalier/range_watch.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/value_numbering.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What is known of a tap in every block of the constrained weight.
enum class tap_kind : unsigned char {
  free,      ///< Nothing.
  zero,      ///< It is 0, whatever the weight holds.
  constant,  ///< It is one number, the same in every block.
  tied,      ///< It is what the first tap of its group is, or that negated.
};

/// One tap of a table.
struct known_tap {
  tap_kind kind = tap_kind::free;
  double value = 0;      ///< Of a constant.
  index_t first = -1;    ///< Of a tied tap: the first tap of its group, which is tied to itself.
  bool negated = false;  ///< Whether a tied tap is the first one negated.

  friend constexpr bool operator==(const known_tap&, const known_tap&) = default;
};

/// What a formula says of its taps is said of no more than these, where tables and groups tell every one from another.
inline constexpr index_t most_known_taps = 1024;

/// Whether the taps of a formula may be told apart, or be one value: else nothing is known of any, and nothing is
/// asked.
[[nodiscard]] constexpr bool tells_taps_apart(const graph& g) {
  if (g.too_long || g.is_gradient) return false;
  if (g[g.output].level != scope::tap) return true;
  if (g.table_count > 0 || g.partition_count > 0) return g.shape.kernel.volume() <= most_known_taps;
  return g.region_count > 0;
}

/// Whether a sweep may compute a block of formula `F` again on wide numbers (range_guard.hpp).
template <class F, class T>
inline constexpr bool may_be_redone = range_watch<F, T>::sum.count > 0 || range_watch<F, T>::sum.products.reach != 0;

/// What each tap of formula `F` is in element type `T`, unsorted.
template <class F, class T>
[[nodiscard]] constexpr auto tap_values_of() {
  constexpr const graph& g = F::value;
  constexpr index_t taps = g.shape.kernel.volume();
  std::array<known_value<T>, static_cast<std::size_t>(taps)> result{};
  value_numbering<T> numbering(g);
  if (g.table_count > 0 || g.partition_count > 0 || g[g.output].level != scope::tap) {
    for (index_t t = 0; t < taps; ++t) result[static_cast<std::size_t>(t)] = numbering.output_at(t);
    return result;
  }
  // Taps of the same regions are alike.
  const tap_classes classes(g);
  std::array<known_value<T>, static_cast<std::size_t>(tap_classes::capacity)> of_class{};
  std::array<bool, static_cast<std::size_t>(tap_classes::capacity)> seen{};
  for (index_t t = 0; t < taps && !classes.too_many; ++t) {
    const auto c = static_cast<std::size_t>(classes.class_of(g, t));
    if (!seen[c]) of_class[c] = numbering.output_at(t);
    seen[c] = true;
    result[static_cast<std::size_t>(t)] = of_class[c];
  }
  return result;
}

/// Ties tap `t` of `table` to the first one before it that has its value, which is then the first of their group.
template <class T, std::size_t Taps>
constexpr void tie(const std::array<known_value<T>, Taps>& found, std::size_t t, std::array<known_tap, Taps>& table) {
  for (std::size_t s = 0; s < t; ++s) {
    const bool leads = table[s].kind == tap_kind::free || table[s].first == static_cast<index_t>(s);
    if (!leads || !(found[s].without_sign() == found[t].without_sign())) continue;
    table[s] = {.kind = tap_kind::tied, .first = static_cast<index_t>(s)};
    table[t] = {.kind = tap_kind::tied,
                .first = static_cast<index_t>(s),
                .negated = found[s].is_negative() != found[t].is_negative()};
    return;
  }
}

/// The table of formula `F` in element type `T`, of which something may be known.
template <class F, class T>
[[nodiscard]] constexpr auto table_of_taps() {
  const auto found = tap_values_of<F, T>();
  std::array<known_tap, found.size()> result{};
  for (std::size_t t = 0; t < found.size(); ++t) {
    const known_value<T>& v = found[t];
    bool is_constant = v.is_number() && ieee::is_finite(static_cast<double>(v.number));
    if (is_constant && !v.is_one_number()) is_constant = !may_be_redone<F, T>;
    if (is_constant) {
      result[t] = {.kind = v.number == 0 ? tap_kind::zero : tap_kind::constant, .value = static_cast<double>(v.number)};
    } else if (!v.is_own()) {
      tie(found, t, result);
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
    if constexpr (tells_taps_apart(g)) {
      return table_of_taps<F, T>();
    } else {
      return std::array<known_tap, static_cast<std::size_t>(taps)>{};
    }
  }();

  /// The taps that are not zero: those that kernels compute. All of a kernel of more than `kept_taps::most` taps, and
  /// one of a kernel that is zero.
  static constexpr kept_taps kept = [] {
    kept_taps result;
    if constexpr (tells_taps_apart(g) && taps <= kept_taps::most) {
      for (index_t t = 0; t < taps; ++t) {
        if (value[static_cast<std::size_t>(t)].kind == tap_kind::zero) result.drop(t);
      }
      if (result.count(g.shape.kernel) == 0) result.dropped[0] &= ~std::uint64_t{1};
    }
    return result;
  }();

  /// Whether no tap of any block depends on the weight.
  static constexpr bool is_constant = [] {
    if constexpr (!tells_taps_apart(g)) return false;
    for (const known_tap& t : value) {
      if (t.kind != tap_kind::zero && t.kind != tap_kind::constant) return false;
    }
    return true;
  }();

  /// Groups of tied taps.
  static constexpr index_t tied_groups = [] {
    index_t result = 0;
    if constexpr (tells_taps_apart(g)) {
      for (index_t t = 0; t < taps; ++t) result += value[static_cast<std::size_t>(t)].first == t ? 1 : 0;
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
