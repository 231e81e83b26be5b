// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is proved of the sum of absolute values of a block, an output channel or the whole weight.
#pragma once

#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/majorant.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI {

/// The sum of absolute values over each part of a scope: its value for every weight, and what it never exceeds. With
/// the meaning of `known_facts`.
struct known_l1 {
  std::optional<double> value{};
  std::optional<double> bound{};

  constexpr void tighten(std::optional<double> other) {
    if (other && !(bound && *bound <= *other)) bound = other;
  }
};

/// The bound that a sum of absolute values has as `sizes` gives them for each tap.
[[nodiscard]] constexpr std::optional<double> l1_bound(graph g, int sizes, scope reach) {
  const int total = g.reduce(operation::sum, sizes, 0, reach);
  g.queries = {total, -1};
  return g.too_long ? std::nullopt : algebra(g).upper_bound(total);
}

/// A proof of its own, as no program pays for it that does not ask.
[[nodiscard]] constexpr known_l1 examine_l1(const graph& formula_graph, scope reach) {
  graph g = formula_graph;
  const int sizes = g.magnitude(g.output);
  const int total = g.reduce(operation::sum, sizes, 0, reach);
  g.queries = {total, -1};
  if (g.too_long) return {};
  const algebra proof(g);
  known_l1 known{.value = proof.constant(total), .bound = proof.upper_bound(total)};
  if (known.value) return known;
  const int outer = majorant(g, false).of(g.output);
  const int whole = majorant(g, true).of(g.output);
  if (outer != sizes) known.tighten(l1_bound(g, outer, reach));
  if (whole != sizes && whole != outer) known.tighten(l1_bound(g, whole, reach));
  return known;
}

template <class F, scope Reach>
inline constexpr known_l1 l1_of = examine_l1(F::value, Reach);

}  // namespace esp::inline ESPALIER_ABI
