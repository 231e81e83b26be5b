// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// An output that is one of two formulas, by a condition that whole blocks, filters or weights share.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// True if the output is a choice that every part of scope `reach` makes for all its taps alike: what is proved of both
/// formulas then holds of it.
[[nodiscard]] constexpr bool chooses_between_wholes(const graph& g, scope reach) {
  const node& out = g[g.output];
  return out.op == operation::select && covers(g[out.a].level, reach);
}

/// `g` with one of its nodes as the output.
[[nodiscard]] constexpr graph with_output(const graph& g, int output) {
  graph result = g;
  result.output = output;
  return result;
}

/// What holds on both sides.
[[nodiscard]] constexpr std::optional<double> agreed(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b && *a == *b ? a : std::nullopt;
}
[[nodiscard]] constexpr std::optional<double> weaker(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return std::nullopt;
  return larger(*a, *b);
}

}  // namespace esp::inline ESPALIER_ABI::detail
