// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Schur's bound of the convolution's norm where a weight is divided by it: sqrt(R C) with R the largest sum of
/// absolute values of an output channel and C that of an input channel (lipschitz.hpp).
///
/// No sum of such a weight need be bounded, as R may grow where C shrinks: what is bounded is the product.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/majorant.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The largest of all values of `a`, without its written factors: that of 2 * x is twice that of x.
[[nodiscard]] constexpr int largest_of(graph& g, int a) {
  const node n = g[a];
  const auto is_factor = [&](int id) { return g[id].is_constant() && g[id].value > 0; };
  if (n.op == operation::multiply && is_factor(n.a)) return g.multiply(n.a, largest_of(g, n.b));
  if (n.op == operation::multiply && is_factor(n.b)) return g.multiply(largest_of(g, n.a), n.b);
  if (n.op == operation::divide && is_factor(n.b)) return g.divide(largest_of(g, n.a), n.b);
  return g.reduce(operation::largest, a, 0u, scope::whole);
}
/// The square root of the largest sum of absolute values of a `part`, filter or input, of the weight `id`.
[[nodiscard]] constexpr int root_of_largest_sum(graph& g, int id, scope part, region_set regions = 0) {
  const int sums = g.reduce(operation::sum, g.magnitude(id), regions, part);
  return g.root(largest_of(g, sums));
}

/// A weight as a product: `common`, one number, times `rest`.
struct scaled_weight {
  int rest = -1;
  int common = -1;
  bool is_scaled = false;  ///< common depends on the weight
  bool is_masked = false;  ///< and a region of taps was zero
};

/// `id` without its factors that are one number made from the weight: these go into `weight.common`. What is left is
/// written as a formula without them is, so that equal weights are one node; written numbers stay where they are.
[[nodiscard]] constexpr int without_common_factors(graph& g, int id, scaled_weight& weight) {
  const node n = g[id];
  if (n.is_constant()) return id;
  if (n.level == scope::whole) {
    weight.common = g.multiply(weight.common, id);
    weight.is_scaled = true;
    return g.constant(1);
  }
  if (n.op == operation::multiply) {
    const int left = without_common_factors(g, n.a, weight);
    return g.multiply(left, without_common_factors(g, n.b, weight));
  }
  if (n.op != operation::divide) return id;
  const int numerator = without_common_factors(g, n.a, weight);
  if (g[n.b].level != scope::whole || g[n.b].is_constant()) return g.divide(numerator, n.b);
  weight.common = g.divide(weight.common, n.b);
  weight.is_scaled = true;
  return numerator;
}

/// The factors of weight `id` that are one number, taken out; behind them the signs, clamps and masks of taps, which
/// make no absolute value larger.
[[nodiscard]] constexpr scaled_weight as_scaled(graph& g, int id) {
  scaled_weight result{.rest = id, .common = g.constant(1)};
  for (;;) {
    result.rest = without_common_factors(g, result.rest, result);
    if (result.is_scaled) return result;
    int next = peeled(g, result.rest);
    const node under = g[next];
    const auto is_zero = [&](int branch) { return g[branch].is_constant() && g[branch].value == 0; };
    if (under.op == operation::select && g[under.a].op == operation::inside && is_zero(under.b) != is_zero(under.c)) {
      next = is_zero(under.b) ? under.c : under.b;
      result.is_masked = true;
    }
    if (next == result.rest) return result;
    result.rest = next;
  }
}

/// What the norm of the convolution never exceeds by Schur's test of the weight as it is made, infinite where the
/// formula divides by no such number.
[[nodiscard]] constexpr double examine_schur(const graph& formula_graph) {
  graph g = formula_graph;
  const scaled_weight weight = as_scaled(g, g.output);
  if (!weight.is_scaled) return interval::infinity;
  // Behind a mask what is no number vanishes: the rest must not be that, of the common factor no tap is left then.
  if (weight.is_masked && !stays_a_number(g, weight.rest)) return interval::infinity;
  const int rows = root_of_largest_sum(g, weight.rest, scope::filter);
  const int columns = root_of_largest_sum(g, weight.rest, scope::input);
  const int norm = g.multiply(g.magnitude(weight.common), g.multiply(rows, columns));
  return proved_of_node(g, norm).bound.value_or(interval::infinity);
}

/// Asked only of a formula that sums over input channels: others divide by no column's sum.
template <class F, bool Sums = F::value.has_level(scope::input)>
inline constexpr double schur_bound_of = examine_schur(F::value);
template <class F>
inline constexpr double schur_bound_of<F, false> = interval::infinity;

}  // namespace esp::inline ESPALIER_ABI::detail
