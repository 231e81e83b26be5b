// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reductions over groups of taps: one number for each group of a block, of a filter, of an input channel or of the
/// whole weight, read by the taps of the group.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/elementwise.hpp>
#include <espalier/interval.hpp>
#include <espalier/moment.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A reduction over groups is a node for each group, one after the other, with everything that a plain reduction has:
/// each is a scalar, walked further over channels like any other. `spread` is their value at the taps, known in the
/// next pass. A value that is the same at all taps of each group is tied: it moves out of a sum over the groups.
struct group_reductions : elementwise {
  /// Whether node `id` has one value for the taps of each group, whatever the weights are.
  [[nodiscard]] constexpr bool is_tied(int id, int partition) const {
    std::array<bool, capacity> tied{};
    for (int i = 0; i <= id; ++i) tied[static_cast<std::size_t>(i)] = is_tied_node(i, partition, tied);
    return tied[static_cast<std::size_t>(id)];
  }
  /// How many values a reduction over the groups runs over, at each tap: a number, or a table.
  [[nodiscard]] constexpr int population_in_groups(region_set set, int partition, scope target) {
    return further_counted(table(population_of_groups(partition, set)), target);
  }
  /// Reduces `a`, a value of each tap where `target` is not the block, over the taps of `set` in each group, and
  /// further over channels up to `target`; the result at the taps.
  [[nodiscard]] constexpr int reduce_in_groups(operation op, int a, region_set set, int partition, scope target) {
    if (partition == 0) return a;  // refused already
    if (target == scope::block) return reduced_in_blocks(op, a, set, partition);
    int id = first_of_groups(op, a, set, partition, scope::block);
    for (scope at = scope::block; at != target;) {
      at = coarser(at, next_direction(at, target));
      id = first_of_groups(op, id, 0, partition, at);
    }
    return place({.op = operation::spread, .level = scope::tap, .a = id});
  }

 protected:
  /// `count`, of a block, for all blocks of a part of `target`.
  [[nodiscard]] constexpr int further_counted(int count, scope target) {
    for (scope at = scope::block; at != target;) {
      const scope direction = next_direction(at, target);
      count = multiply(count, parts(direction));
      at = coarser(at, direction);
    }
    return count;
  }
  /// Reduces `a`, one number for all taps, over the taps of `set` in each group: it may be known when the taps are
  /// walked already, so no tap is added.
  [[nodiscard]] constexpr int reduce_same_in_groups(operation op, int a, region_set set, int partition) {
    const interval sizes = sizes_of(partition, set);
    const int none = constant(op == operation::sum        ? 0
                              : op == operation::smallest ? interval::infinity
                                                          : -interval::infinity);
    if (sizes.hi == 0) return none;
    const int taps = table(taps_of_groups(partition, set));
    const int value = op == operation::sum ? multiply(a, taps) : a;
    return sizes.lo > 0 ? value : select(compare(operation::less, constant(0), taps), value, none);
  }

 private:
  [[nodiscard]] constexpr bool is_tied_node(int id, int partition, const std::array<bool, capacity>& tied) const {
    const node& n = at(id);
    if (n.level != scope::tap) return true;
    switch (n.op) {
      case operation::tap:
      case operation::incoming:
        return groups_of(partition).count == shape.kernel.volume();
      case operation::table:
        return holds_in_groups(
            partition, [&](index_t s, index_t t) { return table_value(n.table(), s) == table_value(n.table(), t); });
      case operation::inside:
        return holds_in_groups(partition,
                               [&](index_t s, index_t t) { return contains(n.regions, s) == contains(n.regions, t); });
      case operation::spread: {
        const tap_groups& own = groups_of(at(n.a).partition);
        return holds_in_groups(partition, [&](index_t s, index_t t) { return own[s] == own[t]; });
      }
      case operation::detour:
        return tied[static_cast<std::size_t>(n.a)];
      default:
        for (int operand : {n.a, n.b, n.c}) {
          if (operand >= 0 && !tied[static_cast<std::size_t>(operand)]) return false;
        }
        return true;
    }
  }

  [[nodiscard]] constexpr int reduced_in_blocks(operation op, int a, region_set set, int partition) {
    const node x = at(a);
    const auto again = [&](int part) { return reduced_in_blocks(op, part, set, partition); };
    if (x.level != scope::tap) return reduce_same_in_groups(op, a, set, partition);
    // A group without taps of the regions is reduced to what a reduction starts from, whatever its taps are.
    if (set != 0 && sizes_of(partition, set).lo == 0) return read_by_taps(op, a, set, partition);
    if (is_tied(a, partition)) {
      return op == operation::sum ? multiply(a, table(taps_of_groups(partition, set))) : a;
    }
    if (op == operation::sum) {
      if (x.op == operation::negate) return negate(again(x.a));
      if (x.op == operation::divide && is_tied(x.b, partition)) return divide(again(x.a), x.b);
      if (x.op == operation::multiply) {
        // A tied divisor of a factor too, so that the sum need not wait for it.
        const node left = at(x.a), right = at(x.b);
        if (left.op == operation::divide && is_tied(left.b, partition)) {
          return divide(again(multiply(left.a, x.b)), left.b);
        }
        if (right.op == operation::divide && is_tied(right.b, partition)) {
          return divide(again(multiply(x.a, right.a)), right.b);
        }
      }
      if (x.op == operation::multiply && is_tied(x.a, partition)) return multiply(again(x.b), x.a);
      if (x.op == operation::multiply && is_tied(x.b, partition)) return multiply(again(x.a), x.b);
      if (is_masked(a) && is(x.c, 0) && at(x.a).op == operation::inside) {
        return reduced_in_blocks(op, x.b, set | at(x.a).regions, partition);
      }
      if (x.op == operation::add || x.op == operation::subtract) {
        const int left = again(x.a), right = again(x.b);
        const int sum = x.op == operation::add ? add(left, right) : subtract(left, right);
        if (at(sum).known < moment{.pass = x.known.pass + 1}) return sum;
      }
    }
    return read_by_taps(op, a, set, partition);
  }
  [[nodiscard]] constexpr int read_by_taps(operation op, int a, region_set set, int partition) {
    return place(
        {.op = operation::spread, .level = scope::tap, .a = first_of_groups(op, a, set, partition, scope::block)});
  }

  /// The nodes of all groups; the first one.
  [[nodiscard]] constexpr int first_of_groups(operation op, int a, region_set set, int partition, scope level) {
    const bool further = at(a).partition > 0;
    int first = 0;
    for (int group = 0; group < groups_of(partition).count; ++group) {
      const int id = find_or_add({.op = op,
                                  .level = level,
                                  .a = further ? a + group : a,
                                  .regions = set,
                                  .partition = static_cast<short>(partition),
                                  .group = static_cast<short>(group),
                                  .known = {at(a).known.pass, level}});
      if (group == 0) first = id;
    }
    return first;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
