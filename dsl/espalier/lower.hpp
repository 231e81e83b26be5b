// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// From a policy to a graph: one walk over its expression, with the weight bound to the node of the policy before it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/functions.hpp>
#include <espalier/gradient_rule.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/learned.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/operation.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// What the names in a formula stand for while it is lowered.
struct binding {
  int weight = 0;              ///< the node that `w` is
  region_set active = 0;       ///< reductions run over these taps only: inside `on<region>(...)`
  int groups = 0;              ///< in each group of this partition: inside `grouped<...>`
  scope reach = scope::block;  ///< and this far: inside `per_filter`, `per_input`, `whole_weight`
  double eps = 1e-12;
  bool marks_gradient_rules = false;  ///< for a graph whose gradient is derived
  bool includes_bounds = false;       ///< and inside a policy with `gradient_rule::inclusive`
};

constexpr int append(graph&, const tap_t&, const binding& b) { return b.weight; }
constexpr int append(graph&, const expression_tag&, const binding& b) { return b.weight; }  // refused already
constexpr int append(graph& g, const condition_tag&, const binding& b) {
  return g.compare(operation::less, b.weight, b.weight);
}
constexpr int append(graph& g, const constant_t& e, const binding&) { return g.constant(e.value); }
constexpr int append(graph& g, const eps_t&, const binding& b) { return g.epsilon(b.eps); }

template <fixed_string Name, per Part>
constexpr int append(graph& g, const parameter_t<Name, Part>&, const binding&) {
  return g.parameter(parameter_t<Name, Part>::name.view(), {.part = Part});
}
template <fixed_string Name, per Part>
constexpr int append(graph& g, const learned_t<Name, Part>&, const binding&) {
  return g.parameter(learned_t<Name, Part>::name.view(), {.part = Part, .is_learned = true});
}
template <fixed_string Name, per Part, class X>
constexpr int append(graph& g, const held::started_t<Name, Part, X>& e, const binding& b) {
  const int start = append(g, e.x, b);
  return g.parameter(learned_t<Name, Part>::name.view(), {.part = Part, .is_learned = true, .start = start});
}

template <auto F>
constexpr int append(graph& g, const at_t<F>&, const binding&) {
  return g.table(describe_table<at_t<F>>());
}

template <class Rule, class X, class Y>
constexpr int append(graph& g, const held::checked_t<Rule, X, Y>& e, const binding& b) {
  const int x = append(g, e.x, b);
  if constexpr (std::is_void_v<Y>) {
    g.require(requirement_of<Rule>(x));
  } else {
    g.require(requirement_of<Rule>(x, append(g, e.other, b)));
  }
  return x;
}

template <operation Op, class X>
constexpr int append(graph& g, const held::unary<Op, X>& e, const binding& b) {
  const int x = append(g, e.x, b);
  if constexpr (Op == operation::negate) return g.negate(x);
  if constexpr (Op == operation::sqrt) return g.root(x);
  if constexpr (Op == operation::abs) return g.magnitude(x);
  if constexpr (is_function(Op)) return g.function(Op, x);
}

template <int N, class X>
constexpr int append(graph& g, const held::power<N, X>& e, const binding& b) {
  return g.power(append(g, e.x, b), N);
}

/// min or max of `x` and `y` by a condition: the value is the same, and the gradient of a tie goes to `x`, or to the
/// other where `x` is a number.
constexpr int append_inclusive(graph& g, operation op, int x, int y) {
  if (g[x].is_constant() || (g[x].op == operation::table && !g[y].is_constant() && g[y].op != operation::table)) {
    return append_inclusive(g, op, y, x);
  }
  const int takes_y = op == operation::min ? g.compare(operation::less, y, x) : g.compare(operation::less, x, y);
  return g.select(takes_y, y, x);
}

template <operation Op, class X, class Y>
constexpr int append(graph& g, const held::binary<Op, X, Y>& e, const binding& b) {
  const int x = append(g, e.x, b);
  const int y = append(g, e.y, b);
  if constexpr (Op == operation::add) return g.add(x, y);
  if constexpr (Op == operation::subtract) return g.subtract(x, y);
  if constexpr (Op == operation::multiply) return g.multiply(x, y);
  if constexpr (Op == operation::divide) return g.divide(x, y);
  if constexpr (Op == operation::min || Op == operation::max) {
    const bool numbers = g[x].is_constant() && g[y].is_constant();
    if (b.includes_bounds && !numbers) return append_inclusive(g, Op, x, y);
  }
  if constexpr (Op == operation::min) return g.minimum(x, y);
  if constexpr (Op == operation::max) return g.maximum(x, y);
}

template <operation Op, class X, class Y>
constexpr int append(graph& g, const held::comparison<Op, X, Y>& e, const binding& b) {
  const int x = append(g, e.x, b);
  const int y = append(g, e.y, b);
  return g.compare(Op, x, y);
}

template <class C>
constexpr int append(graph& g, const held::negated<C>& e, const binding& b) {
  return g.negation(append(g, e.x, b));
}

template <Region R>
constexpr int append(graph& g, const held::membership<R>&, const binding&) {
  return g.inside(g.bit_of(describe_region<R>()));
}

template <class C, class X, class Y>
constexpr int append(graph& g, const held::selection<C, X, Y>& e, const binding& b) {
  const int condition = append(g, e.condition, b);
  const int x = append(g, e.x, b);
  const int y = append(g, e.y, b);
  return g.select(condition, x, y);
}

/// A reduction of node `x` over the groups of a partition.
constexpr int append_grouped(graph& g, operation op, int x, region_set set, int partition, scope reach) {
  if (partition == 0) return x;
  if (op != operation::mean) return g.reduce_in_groups(op, x, set, partition, reach);
  const int total = g.reduce_in_groups(operation::sum, x, set, partition, reach);
  return g.divide(total, g.population_in_groups(set, partition, reach));
}
template <operation Op, Partition P, class X>
constexpr int append(graph& g, const held::reduction_in_groups<Op, P, X>& e, const binding& b) {
  const int x = append(g, e.x, b);
  return append_grouped(g, Op, x, b.active, g.partition_of(describe_partition<P>()), b.reach);
}

template <operation Op, Region R, class X>
constexpr int append(graph& g, const held::reduction<Op, R, X>& e, const binding& b) {
  const int x = append(g, e.x, b);
  region_set set = b.active;
  if constexpr (!std::is_same_v<R, held::everywhere_t>) set |= g.bit_of(describe_region<R>());
  if (b.groups > 0) return append_grouped(g, Op, x, set, b.groups, b.reach);
  if constexpr (Op == operation::mean) {
    return g.divide(g.reduce(operation::sum, x, set, b.reach), g.population_of(set, b.reach));
  } else {
    return g.reduce(Op, x, set, b.reach);
  }
}

/// The node of `P` applied to the node `b.weight`.
template <class P>
constexpr int lower(graph& g, const binding& b) {
  constexpr gradient_rule rule = gradient_rule_of<P>();
  binding inner = b;
  if (rule == gradient_rule::inclusive && b.marks_gradient_rules) inner.includes_bounds = true;
  int value = 0;
  if constexpr (LowersItself<P>) {
    value = P::lower(g, inner);
  } else {
    value = append(g, as_expression(P::map(tap_t{})), inner);
  }
  if (rule == gradient_rule::exact || rule == gradient_rule::inclusive || !b.marks_gradient_rules) return value;
  return g.detour(value, b.weight, rule == gradient_rule::tangent);
}

/// The graph of `P` on weights of a shape: what `P` is applied to there is the weight, whatever `b` says.
template <class P>
[[nodiscard]] constexpr graph lowered(const weight_shape& shape, binding b) {
  graph g;
  g.shape = shape;
  b.weight = g.tap();
  g.output = lower<P>(g, b);
  return g;
}

/// What a prior is examined for where no layer gives it: a kernel of 3 x 3 x 3, and any number of channels, which 0
/// stands for. Such a formula is for proofs and explanations; it cannot be run.
inline constexpr weight_shape typical_shape{.out = 0, .in = 0, .kernel = 3};

/// The graph of policy type `P` on weights of shape `Shape`. The graph is a static member, so that templates are keyed
/// on this short type and not on the graph's value.
template <class P, weight_shape Shape = typical_shape, double Eps = 1e-12>
struct formula {
  using policy_type = P;
  static constexpr double eps = Eps;
  static constexpr graph value = lowered<P>(Shape, {.eps = Eps});
};

}  // namespace esp::inline ESPALIER_ABI::detail
