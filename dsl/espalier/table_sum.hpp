// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reductions of what only tables and numbers decide, exactly.
#pragma once

#include <cstddef>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/exact_sum.hpp>
#include <espalier/interval.hpp>
#include <espalier/node.hpp>
#include <espalier/node_table.hpp>
#include <espalier/operation.hpp>
#include <espalier/shape.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// The value of a node at a tap, where tables and numbers alone decide it; else it is lost.
[[nodiscard]] constexpr exact_sum decided_by_tables(const node_table& g, int id, index_t tap) {
  const node& n = g[id];
  const auto of = [&](int operand) { return decided_by_tables(g, operand, tap); };
  switch (n.op) {
    case operation::constant:
      return n.value;
    case operation::table:
      return g.table_value(n.table(), tap);
    case operation::negate:
      return -of(n.a);
    case operation::multiply:
      return of(n.a) * of(n.b);
    case operation::add:
    case operation::subtract: {
      exact_sum result = of(n.a);
      return result += n.op == operation::add ? of(n.b) : -of(n.b);
    }
    default:
      return interval::infinity;
  }
}

/// A number that a reduction of tables is, or is rounded to.
struct reduction_of_tables {
  bool found = false;
  bool exact = false;
  double value = 0;
};

/// A reduction over the taps of `set`, which has some, where tables alone decide what it reduces.
[[nodiscard]] constexpr reduction_of_tables reduced_tables(const node_table& g, operation op, int id, region_set set) {
  exact_sum total;
  reduction_of_tables result{.found = true, .exact = true};
  bool first = true;
  for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
    if (!g.contains(set, t)) continue;
    const exact_sum x = decided_by_tables(g, id, t);
    if (x.lost() || (op != operation::sum && x.parts().size() > 1)) return {};
    if (op == operation::sum) {
      total += x;
      continue;
    }
    const double v = x.nearest();
    if (first || (op == operation::smallest ? v < result.value : v > result.value)) result.value = v;
    first = false;
  }
  if (op != operation::sum) return result;
  if (total.lost()) return {};
  result.value = total.nearest();
  result.exact = total.parts().size() < 2;
  return result;
}

/// The number as proofs take it, unless it is lost: an exact fraction where that has room.
[[nodiscard]] constexpr std::optional<coefficient> coefficient_of(const exact_sum& x) {
  if (x.lost()) return std::nullopt;
  coefficient result;
  for (std::size_t i = x.parts().size(); i-- > 0;) result = result + coefficient(x.parts()[i]);
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
