// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Values that the absolute value of a node never exceeds: what is left when a clamp, a choice or a difference of a
/// bounded weight is looked through.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/ranges.hpp>
#include <espalier/scope.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Finite for every finite weight.
[[nodiscard]] constexpr bool stays_a_number(const graph& g, int id) {
  const value_range known = ranges(g, tap_classes(g)).of(id);
  return !known.nan && (known.finite || known.bounded());
}

/// A product without its tables of numbers from -1 to 1, which make it no larger in size.
[[nodiscard]] constexpr int without_tables(graph& g, int id) {
  const node n = g[id];
  if (n.op == operation::table && n.range.within(-1, 1)) return g.constant(1);
  if (n.op != operation::multiply) return id;
  const int a = without_tables(g, n.a);
  const int b = without_tables(g, n.b);
  return a == n.a && b == n.b ? id : g.multiply(a, b);
}

/// A node whose absolute value that of `id` never exceeds: what stands under signs, clamps and choices of taps.
///
/// max(x, y) with y <= 0 is at most |x| in size, as is min(x, y) with y >= 0: a NaN in x stays, and one in y gives x. A
/// choice between x and 0 is at most |x| where x is a number for every weight, since a NaN that is not chosen vanishes.
[[nodiscard]] constexpr int peeled(graph& g, int id) {
  const node n = g[id];
  if (n.op == operation::negate || n.op == operation::abs) return peeled(g, n.a);
  if (n.level != scope::tap) return id;
  if (n.op == operation::max && g[n.b].range.nonpositive()) return peeled(g, n.a);
  if (n.op == operation::min && g[n.b].range.nonnegative()) return peeled(g, n.a);
  if (n.op == operation::multiply && g.table_count > 0) {
    const int rest = without_tables(g, id);
    return rest == id ? id : peeled(g, rest);
  }
  if (n.op != operation::select) return id;
  if (g[n.a].op == operation::inside) {
    const int yes = peeled(g, n.b);
    return g.select(n.a, yes, peeled(g, n.c));
  }
  const auto is_zero = [&g](int branch) { return g[branch].is_constant() && g[branch].value == 0; };
  if (is_zero(n.b) && stays_a_number(g, n.c)) return peeled(g, n.c);
  if (is_zero(n.c) && stays_a_number(g, n.b)) return peeled(g, n.b);
  const int yes = peeled(g, n.b);
  return yes == peeled(g, n.c) && stays_a_number(g, n.b) && stays_a_number(g, n.c) ? yes : id;
}

/// Nodes that absolute values never exceed, made of absolute values of parts: |x + y| is at most |x| + |y|, and
/// |sum(x)| at most sum(|x|). With `peels` the parts' own signs, clamps and choices fall too.
class majorant {
 public:
  constexpr majorant(graph& g, bool peels) : g_(g), peels_(peels) {}

  [[nodiscard]] constexpr int of(int id) {
    const int x = peels_ ? peeled(g_, id) : id;
    const node n = g_[x];
    switch (n.op) {
      case operation::multiply:
        return g_.multiply(of(n.a), of(n.b));
      case operation::divide:
        return g_.divide(of(n.a), g_.magnitude(n.b));
      case operation::add:
      case operation::subtract:
        return g_.add(of(n.a), of(n.b));
      case operation::sum:
        return g_.sum_like(n, of(n.a));
      case operation::spread: {
        const node sum = g_[n.a];
        if (sum.op != operation::sum || sum.level != scope::block) return g_.magnitude(x);
        return g_.reduce_in_groups(operation::sum, of(sum.a), sum.regions, sum.partition, scope::block);
      }
      case operation::table:
        return g_.constant(n.range.magnitude());
      default:
        return g_.magnitude(x);
    }
  }

 private:
  graph& g_;
  bool peels_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
