// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finds in a graph what stands above a threshold, and where a sum takes all of it.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/liveness.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether `largest` is the largest value that threshold `t` is found beside, with or without a gradient of its own.
[[nodiscard]] constexpr bool is_largest_beside(const graph& g, int largest, int t) {
  return largest == g[t].c || (g[largest].op == operation::detour && g[largest].a == g[t].c);
}

/// The threshold that node `id` is the whole of, the largest value included; -1 if none.
[[nodiscard]] constexpr int threshold_of(const graph& g, int id) {
  const node& n = g[id];
  const bool whole = n.op == operation::add && g[n.b].op == operation::threshold && is_largest_beside(g, n.a, n.b);
  return whole ? n.b : -1;
}

/// The threshold t of which node `id` is max(x - largest - t, 0), with the x and the largest value of t; -1 if none.
[[nodiscard]] constexpr int threshold_under(const graph& g, int id) {
  const node& top = g[id];
  if (top.op != operation::max || !g[top.b].is_constant() || g[top.b].value != 0) return -1;
  const node& rest = g[top.a];
  if (rest.op != operation::subtract || g[rest.b].op != operation::threshold) return -1;
  const node& t = g[rest.b];
  const node& x = g[rest.a];
  return x.op == operation::subtract && x.a == t.a && is_largest_beside(g, x.b, rest.b) ? rest.b : -1;
}

/// The threshold t where the sum `n` takes from the taps of class `c` what is above t, and from no taps but those that
/// t is found of: then these give the sum that t was asked for. -1 if it does not.
[[nodiscard]] constexpr int threshold_summed(const graph& g, const tap_classes& classes, const node& n, int c) {
  const int part = classes.resolve(g, n.a, c);
  const int t = threshold_under(g, part);
  if (t < 0) return -1;
  for (int other = 0; other < classes.count; ++other) {
    const bool takes = classes[other].in(n.regions) && classes.resolve(g, n.a, other) == part;
    if (takes != classes[other].in(g[t].regions)) return -1;
  }
  return t;
}

/// Marks the classes of taps of which the sum `n` takes what stands above a threshold, where `is_known(t)` for it.
template <class Known>
[[nodiscard]] constexpr node_marks classes_above_thresholds(const graph& g, const tap_classes& classes, const node& n,
                                                            const Known& is_known) {
  node_marks marked{};
  if (n.level != scope::block || g[n.a].level != scope::tap) return marked;
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  for (int c = 0; c < classes.count; ++c) {
    if (marked[at(c)] || !classes[c].in(n.regions)) continue;
    const int t = threshold_summed(g, classes, n, c);
    if (t < 0 || !is_known(t)) continue;
    for (int other = 0; other < classes.count; ++other) {
      if (classes[other].in(g[t].regions)) marked[at(other)] = true;
    }
  }
  return marked;
}

}  // namespace esp::inline ESPALIER_ABI::detail
