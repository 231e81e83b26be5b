// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is proved of the sum of absolute values of a block, an output channel or the whole weight.
#pragma once

#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/majorant.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/output_choice.hpp>
#include <espalier/scope.hpp>
#include <espalier/threshold_form.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// The sum of absolute values over each part of a scope: its value for every weight, and what it never exceeds; and a
/// bound of the l2 norm that a step leaves after the one that made it. With the meaning of `known_facts`.
struct known_l1 {
  std::optional<double> value{};
  std::optional<double> bound{};
  std::optional<double> l2_bound{};
};

/// The smaller of two bounds, where there is one.
[[nodiscard]] constexpr std::optional<double> sharper(const std::optional<double>& a, const std::optional<double>& b) {
  return a && !(b && *b < *a) ? a : b;
}

/// The proof of what one node's value is and never exceeds.
[[nodiscard]] constexpr known_l1 proved_of_node(graph& g, int id) {
  g.queries = {id, -1};
  if (g.too_long) return {};
  const algebra proof(g);
  return {.value = proof.constant(id), .bound = proof.upper_bound(id)};
}

/// What the norm of the first formula, of which `ask` appends one, never exceeds where it is chosen: the condition may
/// say it.
template <class Ask>
[[nodiscard]] constexpr std::optional<double> bound_by_condition(const graph& formula_graph, scope reach,
                                                                 const Ask& ask) {
  graph g = formula_graph;
  const node out = g[g.output], condition = g[out.a];
  if (condition.op != operation::less && condition.op != operation::less_equal) return std::nullopt;
  // threshold(|x|, c) <= 0 says that sum(|x|) <= c.
  const int t = threshold_of(g, condition.a);
  const bool of_all = t >= 0 && g[t].regions == 0 && g[condition.b].range.nonpositive();
  if (of_all && reach == scope::block && g[t].a == g.magnitude(out.b)) return proved_of_node(g, g[t].b).bound;
  if (condition.a != ask(g, out.b)) return std::nullopt;
  return proved_of_node(g, condition.b).bound;
}

[[nodiscard]] constexpr known_l1 examine_l1(const graph& formula_graph, scope reach);

/// Of an output that is one of two formulas: what holds of both.
[[nodiscard]] constexpr known_l1 examine_l1_of_choice(const graph& g, scope reach) {
  const node out = g[g.output];
  known_l1 yes = examine_l1(with_output(g, out.b), reach);
  const known_l1 no = examine_l1(with_output(g, out.c), reach);
  const auto l1_norm = [reach](graph& q, int x) { return q.reduce(operation::sum, q.magnitude(x), 0, reach); };
  yes.bound = sharper(yes.bound, bound_by_condition(g, reach, l1_norm));
  return {.value = agreed(yes.value, no.value),
          .bound = weaker(yes.bound, no.bound),
          .l2_bound = weaker(yes.l2_bound, no.l2_bound)};
}

/// Proofs of their own, as no program pays for them that does not ask: of |w| as it is, without the signs, clamps and
/// choices that stand last, and in parts.
[[nodiscard]] constexpr known_l1 examine_l1(const graph& formula_graph, scope reach) {
  if (chooses_between_wholes(formula_graph, reach)) return examine_l1_of_choice(formula_graph, reach);
  graph g = formula_graph;
  const int out = g.output;
  const int sizes = g.magnitude(out);
  known_l1 known = proved_of_node(g, g.reduce(operation::sum, sizes, 0, reach));
  const int under = peeled(g, out);
  int tried[] = {sizes, g.magnitude(under), majorant(g, false).of(out), majorant(g, true).of(out)};
  for (int i = 1; i < 4 && !known.value; ++i) {
    bool is_new = true;
    for (int j = 0; j < i; ++j) is_new = is_new && tried[j] != tried[i];
    if (!is_new) continue;
    graph part = g;
    const auto bound = proved_of_node(part, part.reduce(operation::sum, tried[i], 0, reach)).bound;
    if (bound && !(known.bound && *known.bound <= *bound)) known.bound = bound;
  }
  if (under != out) {
    known.l2_bound = proved_of_node(g, g.root(g.reduce(operation::sum, g.multiply(under, under), 0, reach))).bound;
  }
  return known;
}

template <class F, scope Reach>
inline constexpr known_l1 l1_of = examine_l1(F::value, Reach);

}  // namespace esp::inline ESPALIER_ABI::detail
