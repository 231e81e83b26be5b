// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// From a graph to passes: which nodes each pass computes per tap, accumulates, and derives when a scope ends.
///
/// This is all that the engine sees of the language. Pass p walks the weight once; within it, for every block: the
/// block's scalars that became known with the pass, then per class of taps the per-tap nodes and the sums over them,
/// then the scalars that the sums make known. Per-tap values are computed again in each pass that needs them, never
/// stored.
#pragma once

#include <array>
#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI {

using node_ids = bounded_vector<int, graph::capacity>;

/// Taps `begin` to `end - 1` of one class: a stretch without a gap, of `longest` taps at most.
///
/// A reduction runs over a stretch first, then over the stretches: a sum over the 125 taps of a 5^3 kernel is 11 + 12
/// roundings deep instead of 125, and 11 is where that sum of depths is least.
struct tap_run {
  static constexpr index_t longest = 11;

  index_t begin = 0;
  index_t end = 0;
};

/// The schedule of formula type `F` (lower.hpp). All members are constants of `F`.
template <class F>
struct plan {
  static constexpr const graph& g = F::value;
  static constexpr tap_classes classes{F::value};

  /// Passes over the weight: one more than the depth of nested reductions.
  static constexpr int passes = pass_of(next_pass(g[g.output].known)) + 1;

  static constexpr std::array<bool, graph::capacity> live = [] {
    std::array<bool, graph::capacity> result{};
    result[static_cast<std::size_t>(g.output)] = true;
    for (int id = g.size; id-- > 0;) {
      if (!result[static_cast<std::size_t>(id)]) continue;
      for (int operand : {g[id].a, g[id].b, g[id].c}) {
        if (operand >= 0) result[static_cast<std::size_t>(operand)] = true;
      }
    }
    return result;
  }();
  [[nodiscard]] static constexpr bool is_live(int id) { return live[static_cast<std::size_t>(id)]; }

  /// The coarsest scope that a reduction reaches: how many blocks depend on each other.
  static constexpr scope reach = [] {
    scope result = scope::block;
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && g[id].is_reduction()) result = coarser(result, g[id].level);
    }
    return result;
  }();

  /// Reductions to `level` that pass `p` accumulates.
  [[nodiscard]] static constexpr node_ids reductions(int p, scope level) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && g[id].is_reduction() && g[id].level == level && pass_of(g[id].known) == p)
        result.push_back(id);
    }
    return result;
  }

  /// Scalars of `level` that are computed at moment `t`, in the order of their dependencies.
  [[nodiscard]] static constexpr node_ids scalars(moment t, scope level) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      if (is_live(id) && !n.is_reduction() && n.level == level && n.known == t && n.op > operation::parameter) {
        result.push_back(id);
      }
    }
    return result;
  }

  /// The branch that a region decides for the taps of class `c`: `select(inside(R), x, y)` is x or y, never a choice.
  [[nodiscard]] static constexpr int resolve(int id, int c) {
    while (g[id].op == operation::select && g[g[id].a].op == operation::inside) {
      id = classes[c].in(g[g[id].a].regions) ? g[id].b : g[id].c;
    }
    return id;
  }

  /// Per-tap nodes that pass `p` computes for taps of class `c`, in the order of their dependencies.
  [[nodiscard]] static constexpr node_ids tap_nodes(int p, int c) {
    std::array<bool, graph::capacity> needed{};
    const auto need = [&](int id) {
      const int r = resolve(id, c);
      if (g[r].level == scope::tap) needed[static_cast<std::size_t>(r)] = true;
    };
    for (int id : reductions(p, scope::block)) {
      if (classes[c].in(g[id].regions)) need(g[id].a);
    }
    if (p == passes - 1) need(g.output);
    for (int id = g.size; id-- > 0;) {
      if (!needed[static_cast<std::size_t>(id)]) continue;
      for (int operand : {g[id].a, g[id].b, g[id].c}) {
        if (operand >= 0) need(operand);
      }
    }
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (needed[static_cast<std::size_t>(id)]) result.push_back(id);
    }
    return result;
  }

  /// The stretches of taps that make up class `c`.
  [[nodiscard]] static constexpr index_t count_runs(int c) {
    index_t runs = 0;
    index_t length = 0;
    for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
      const bool now = classes.class_of(g, t) == c;
      runs += now && length % tap_run::longest == 0 ? 1 : 0;
      length = now ? length + 1 : 0;
    }
    return runs;
  }
  template <int C>
  static constexpr auto runs = [] {
    std::array<tap_run, static_cast<std::size_t>(count_runs(C))> result{};
    std::size_t n = 0;
    for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
      if (classes.class_of(g, t) != C) continue;
      if (n > 0 && result[n - 1].end == t && t - result[n - 1].begin < tap_run::longest) {
        ++result[n - 1].end;
      } else {
        result[n++] = {t, t + 1};
      }
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI
