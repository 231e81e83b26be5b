// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which nodes of a graph a result depends on.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A mark for each node of a graph.
using node_marks = std::array<bool, graph::capacity>;

/// `marked`, and all that a marked node depends on. `follow(operand)` tells which node is read in an operand's place,
/// which is never a later one, or -1 where the walk ends.
template <class Follow>
[[nodiscard]] constexpr node_marks with_operands(const graph& g, node_marks marked, const Follow& follow) {
  for (int id = g.size; id-- > 0;) {
    if (!marked[static_cast<std::size_t>(id)]) continue;
    for (int operand : {g[id].a, g[id].b, g[id].c}) {
      const int read = operand < 0 ? -1 : follow(operand);
      if (read < 0) continue;
      marked[static_cast<std::size_t>(read)] = true;
      // Who reads a reduction over groups of taps reads all of its groups.
      for (int i = read + 1; g[read].partition > 0 && i < g.size && g[i].group == g[read].group + i - read; ++i) {
        marked[static_cast<std::size_t>(i)] = true;
      }
    }
  }
  return marked;
}

/// The nodes that the output depends on; with `asked` those that the queries depend on too.
[[nodiscard]] constexpr node_marks live_nodes(const graph& g, bool asked = false) {
  node_marks live{};
  live[static_cast<std::size_t>(g.output)] = true;
  for (int query : g.queries) {
    if (asked && query >= 0) live[static_cast<std::size_t>(query)] = true;
  }
  return with_operands(g, live, [](int operand) { return operand; });
}

}  // namespace esp::inline ESPALIER_ABI::detail
