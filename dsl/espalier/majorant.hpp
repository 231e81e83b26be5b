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

namespace esp::inline ESPALIER_ABI {

/// Appends nodes that a node's absolute value never exceeds, for the taps' values; what is known of scalars is left to
/// the algebra.
///
/// max(x, y) with y <= 0 is at most |x|, as is min(x, y) with y >= 0: a NaN in x stays, and one in y gives x. A
/// choice between x and 0 is at most |x| where x is a number for every weight, since a NaN that is not chosen vanishes.
/// |x + y| is at most |x| + |y|, and |sum(x)| at most sum(|x|).
class majorant {
 public:
  /// With `enters` it looks into products, sums and reductions too, else through what stands last.
  constexpr majorant(graph& g, bool enters) : g_(g), enters_(enters) {}

  [[nodiscard]] constexpr int of(int id) {
    int seen = enters_ ? inside(id) : -1;
    if (seen < 0) seen = through(id);
    return seen < 0 ? g_.magnitude(id) : seen;
  }

 private:
  [[nodiscard]] constexpr int inside(int id) {
    const node n = g_[id];
    switch (n.op) {
      case operation::multiply:
        return g_.multiply(of(n.a), of(n.b));
      case operation::divide:
        return g_.divide(of(n.a), g_.magnitude(n.b));
      case operation::add:
      case operation::subtract:
        return g_.add(of(n.a), of(n.b));
      case operation::sum:
        if (n.level == scope::block) return g_.reduce(operation::sum, of(n.a), n.regions, scope::block);
        return g_.sum_between(of(n.a), n.level == scope::filter ? scope::block : scope::filter, n.level);
      default:
        return -1;
    }
  }
  [[nodiscard]] constexpr int through(int id) {
    const node n = g_[id];
    if (n.op == operation::negate || n.op == operation::abs) return of(n.a);
    if (n.level != scope::tap) return -1;
    if (n.op == operation::max && g_[n.b].range.nonpositive()) return of(n.a);
    if (n.op == operation::min && g_[n.b].range.nonnegative()) return of(n.a);
    if (n.op == operation::select) return chosen(n);
    return -1;
  }
  [[nodiscard]] constexpr int chosen(const node& n) {
    if (g_[n.a].op == operation::inside) {
      const int yes = of(n.b);
      const int no = of(n.c);
      return g_.select(n.a, yes, no);
    }
    if (is_zero(n.b) && is_number(n.c)) return of(n.c);
    if (is_zero(n.c) && is_number(n.b)) return of(n.b);
    if (!is_number(n.b) || !is_number(n.c)) return -1;
    const int yes = of(n.b);
    return yes == of(n.c) ? yes : -1;
  }
  [[nodiscard]] constexpr bool is_zero(int id) const { return g_[id].is_constant() && g_[id].value == 0; }
  /// Finite for every finite weight.
  [[nodiscard]] constexpr bool is_number(int id) const {
    const value_range known = ranges(g_, tap_classes(g_)).of(id);
    return !known.nan && (known.finite || known.bounded());
  }

  graph& g_;
  bool enters_;
};

}  // namespace esp::inline ESPALIER_ABI
