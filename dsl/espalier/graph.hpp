// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A formula as a value: an array of nodes in which every subexpression stands once, simplified as it is appended.
#pragma once

#include <espalier/config.hpp>
#include <espalier/group_reductions.hpp>
#include <espalier/interval.hpp>
#include <espalier/moment.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/table_sum.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// All that a formula is made of: names and numbers (node_table.hpp), operations (elementwise.hpp), and reductions,
/// which simplify too: coarser factors move out of a sum, and the sum of x - m becomes sum(x) - taps * m where that
/// saves a pass.
struct graph : group_reductions {
  /// The number of values that a reduction to `target` over `set` runs over.
  [[nodiscard]] constexpr int population_of(region_set set, scope target) {
    return further_counted(constant(static_cast<double>(taps_in(set))), target);
  }
  /// Reduces `a` to `target`, one direction at a time: taps into blocks, blocks into filters, filters into the whole.
  [[nodiscard]] constexpr int reduce(operation op, int a, region_set set, scope target) {
    int result = reduce_step(op, a, set, scope::block);
    for (scope at = scope::block; at != target;) {
      const scope direction = next_direction(at, target);
      result = reduce_step(op, result, 0u, direction);
      at = coarser(at, direction);
    }
    return result;
  }
  /// Sums `a`, one value for each value at level `from`, up to level `to`.
  [[nodiscard]] constexpr int sum_between(int a, scope from, scope to) {
    int result = a;
    while (from != to) {
      const scope direction = next_direction(from, to);
      result = reduce_step(operation::sum, result, 0u, direction);
      from = coarser(from, direction);
    }
    return result;
  }
  /// Reduces `a` over the taps of `set` in each group of a partition, and further over channels up to `target`; the
  /// result at the taps.
  [[nodiscard]] constexpr int reduce_in_groups(operation op, int a, region_set set, int partition, scope target) {
    if (partition == 0 || at(a).level == scope::tap) {
      return group_reductions::reduce_in_groups(op, a, set, partition, target);
    }
    const int over_channels =
        op == operation::sum ? sum_between(a, scope::block, target) : reduce(op, a, region_set{0}, target);
    return reduce_same_in_groups(op, over_channels, set, partition);
  }
  /// threshold(a, c) - `largest`, which is that of the same values (threshold.hpp): one value for each block.
  [[nodiscard]] constexpr int threshold_below(int a, int c, int largest, region_set set) {
    const int own = at(a).known.pass, first = next_pass(at(c).known).pass;
    return find_or_add({.op = operation::threshold,
                        .level = scope::block,
                        .a = a,
                        .b = c,
                        .c = largest,
                        .regions = set,
                        .known = {own < first ? first : own, scope::block}});
  }
  /// Sums `a` over what the sum `like` runs over.
  [[nodiscard]] constexpr int sum_like(const node& like, int a) {
    return reduce_step(operation::sum, a, like.regions, direction_of(at(like.a).level, like.level));
  }
  /// The value of `a`, made from `source`, whose gradient goes to `source` past the formula: as it is, or `tangent` to
  /// what is proved of `a`.
  [[nodiscard]] constexpr int detour(int a, int source, bool tangent) {
    return place({.op = operation::detour, .a = a, .b = source, .value = tangent ? 1.0 : 0.0});
  }

 private:
  [[nodiscard]] constexpr int reduce_step(operation op, int a, region_set set, scope direction) {
    const node x = at(a);
    if (direction == scope::block && taps_in(set) == 0) {
      return constant(op == operation::sum ? 0 : op == operation::smallest ? interval::infinity : -interval::infinity);
    }
    if (covers(x.level, direction)) {
      if (op != operation::sum) return a;
      return multiply(direction == scope::block ? constant(static_cast<double>(taps_in(set))) : parts(direction), a);
    }
    if (x.op == operation::select && at(x.a).op == operation::inside && (set & at(x.a).regions) == at(x.a).regions) {
      return reduce_step(op, x.b, set, direction);  // every tap of the region takes the first branch
    }
    if (op == operation::sum && is_masked(a)) {
      const bool first = is(x.c, 0);
      if (first && at(x.a).op == operation::inside) return reduce_step(op, x.b, set | at(x.a).regions, direction);
      const node inner = at(first ? x.b : x.c);
      if (inner.op == operation::add || inner.op == operation::subtract) {
        const auto masked = [&](int part) { return first ? select(x.a, part, x.c) : select(x.a, x.b, part); };
        const int left = masked(inner.a);
        const int right = masked(inner.b);
        return split_sum(op, inner.op, left, right, a, set, direction);
      }
    }
    if (op == operation::sum) {
      if (x.op == operation::negate) return negate(reduce_step(op, x.a, set, direction));
      if (x.op == operation::divide && covers(at(x.b).level, direction))
        return divide(reduce_step(op, x.a, set, direction), x.b);
      if (x.op == operation::multiply && covers(at(x.a).level, direction)) {
        return multiply(reduce_step(op, x.b, set, direction), x.a);
      }
      if (x.op == operation::multiply && covers(at(x.b).level, direction)) {
        return multiply(reduce_step(op, x.a, set, direction), x.b);
      }
    }
    if (op == operation::sum && (x.op == operation::add || x.op == operation::subtract)) {
      return split_sum(op, x.op, x.a, x.b, a, set, direction);
    }
    if (table_count > 0 && direction == scope::block) {
      const auto known = reduced_tables(*this, op, a, set);
      if (known.exact) return constant(known.value);
      if (known.found) return find_or_add({.op = operation::known_sum, .a = a, .regions = set, .value = known.value});
    }
    return find_or_add(reduction_of(op, a, set, direction));
  }
  [[nodiscard]] constexpr node reduction_of(operation op, int a, region_set set, scope direction) const {
    const scope level = coarser(at(a).level, direction);
    return {.op = op, .level = level, .a = a, .regions = set, .known = {at(a).known.pass, level}};
  }
  /// The sum over `a` = left + right (or left - right), in parts where that is known in an earlier pass.
  [[nodiscard]] constexpr int split_sum(operation op, operation joined_by, int left, int right, int a, region_set set,
                                        scope direction) {
    const node whole = reduction_of(op, a, set, direction);
    const int x = reduce_step(op, left, set, direction);
    const int y = reduce_step(op, right, set, direction);
    const int parts = joined_by == operation::add ? add(x, y) : subtract(x, y);
    return at(parts).known < whole.known ? parts : find_or_add(whole);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
