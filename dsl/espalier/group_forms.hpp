// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the algebra knows of sums over groups of taps.
#pragma once

#include <cstddef>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/interval.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/polynomial.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table_forms.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// The sum over the groups of a partition is linear, and what is tied leaves it, as a scalar leaves a sum over a block.
/// What remains is an atom at each tap. The sum over a block is that over its groups of theirs, so what is a number in
/// each group is one in the block.
class group_forms : public table_forms {
 public:
  using table_forms::table_forms;

 protected:
  /// The form of `spread` node `id`: where it is a plain sum over groups that no class of taps divides.
  [[nodiscard]] constexpr std::optional<polynomial> form_of_spread(int id) {
    const node& sum = graph_[graph_[id].a];
    const bool is_plain = sum.op == operation::sum && sum.level == scope::block && sum.regions == 0;
    return is_plain ? in_groups(form(sum.a), sum.partition) : std::nullopt;
  }
  /// The sum over all taps of `p`, where it is a number in each group of some partition.
  [[nodiscard]] constexpr std::optional<coefficient> sum_by_groups(const polynomial& p) {
    for (int partition = 1; partition <= graph_.partition_count; ++partition) {
      const auto sums = in_groups(p, partition);
      if (!sums) continue;
      coefficient total;
      bool known = true;
      for (int c = 0; c < classes_.count && known; ++c) {
        const auto value = fixed_value(part(*sums, c));
        known = value.has_value();
        if (known) total = total + *value * static_cast<double>(groups_in_class(partition, c));
      }
      if (known && !total.unknown()) return total;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] constexpr bool is_tied(const factor& f, int partition) const {
    const atom& a = atom_in(f);
    if (a.level != scope::tap) return true;
    if (a.size_of >= 0) return is_tied(factor{a.size_of, 2}, partition);
    if (a.node >= 0) return graph_.is_tied(a.node, partition);
    if (a.partition == 0) return false;
    const tap_groups& own = graph_.groups_of(a.partition);
    return graph_.holds_in_groups(partition, [&](index_t s, index_t t) { return own[s] == own[t]; });
  }
  [[nodiscard]] constexpr bool holds_whole_groups(int partition) const {
    return classes_.count == 1 || graph_.holds_in_groups(partition, [&](index_t s, index_t t) {
      return classes_.class_of(graph_, s) == classes_.class_of(graph_, t);
    });
  }
  [[nodiscard]] constexpr int groups_in_class(int partition, int c) const {
    if (classes_.count == 1) return graph_.groups_of(partition).count;
    int first = 0, inside = 0;
    for (index_t t = 0; t < graph_.shape.kernel.volume(); ++t) {
      if (graph_.groups_of(partition)[t] != first) continue;
      ++first;  // groups are numbered in the order of their first taps
      inside += classes_.class_of(graph_, t) == c ? 1 : 0;
    }
    return inside;
  }
  /// A number of taps of a group: as a number, or as the atom of the table of these numbers.
  [[nodiscard]] constexpr std::optional<term> population(int partition) {
    const interval sizes = graph_.sizes_of(partition, 0);
    if (sizes.lo == sizes.hi) return term{.weight = sizes.lo};
    for (int id = 0; id < graph_.size; ++id) {
      if (graph_[id].op != operation::table) continue;
      bool same = true;
      const tap_groups& own = graph_.groups_of(partition);
      for (index_t t = 0; t < graph_.shape.kernel.volume() && same; ++t) {
        same = graph_.table_value(graph_[id].table(), t) == own.sizes[static_cast<std::size_t>(own[t])];
      }
      if (same) return term{.weight = 1, .factors = opaque_factor(id, 2)};
    }
    return std::nullopt;
  }
  /// The sum of `p` over the groups of a partition, at each tap.
  [[nodiscard]] constexpr std::optional<polynomial> in_groups(const polynomial& p, int partition) {
    if (p.overflow() || !holds_whole_groups(partition)) return std::nullopt;
    polynomial result;
    for (const term& t : p) {
      term outer{.weight = t.weight, .tap_class = t.tap_class};
      monomial inner;
      for (const factor& f : t.factors) (is_tied(f, partition) ? outer.factors : inner).push_back(f);
      if (t.tap_class < 0 || inner.overflow() || outer.factors.overflow()) return std::nullopt;
      if (inner.empty()) {
        const auto taps = population(partition);
        if (!taps) return std::nullopt;
        outer.weight = outer.weight * taps->weight;
        outer.factors = product(outer.factors, taps->factors);
      } else {
        outer.factors = product(outer.factors, factor{group_atom(partition, t.tap_class, inner), 2});
      }
      accumulate(result, outer);
    }
    return result.overflow() ? std::nullopt : std::optional(result);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
