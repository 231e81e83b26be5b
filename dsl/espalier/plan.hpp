// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// From a graph to passes: which nodes each pass computes per tap, accumulates, and derives when a scope ends.
///
/// This is all that the engine sees of the language. Pass p walks the weight once; within it, for every block: the
/// block's scalars that became known with the pass, then the per-tap nodes and the sums over them, then the scalars
/// that the sums make known. Per-tap values are computed again in each pass that needs them, never stored.
#pragma once

#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/liveness.hpp>
#include <espalier/moment.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

using node_ids = bounded_vector<int, graph::capacity>;

/// The order of a reduction over the taps of a block: the same for every register width.
///
/// The taps are dealt out to `lanes` partial results like the rows of a page: tap t goes to lane t % lanes, and the
/// last row is moved back so that it ends with the last tap. A lane takes its tap of the last row first, then the
/// others in their order. Then the upper half of the lanes joins the lower, until one is left. So a register of any
/// width that divides `lanes` adds whole loads and reads no element beyond the block, and a sum over the 125 taps of a
/// 5^3 kernel is 8 + 4 roundings deep.
struct tap_order {
  /// Lanes of the widest register.
  static constexpr index_t most_lanes = 16;

  index_t taps;
  index_t lanes;  ///< A power of two, at most `taps`.
  index_t whole;  ///< Taps in the rows that are not moved.

  constexpr explicit tap_order(index_t tap_count)
      : taps(tap_count),
        lanes(taps >= 16  ? 16
              : taps >= 8 ? 8
              : taps >= 4 ? 4
                          : 1),
        whole(taps / lanes * lanes) {}

  [[nodiscard]] constexpr index_t lane_of(index_t tap) const { return tap < whole ? tap % lanes : tap + lanes - taps; }
  /// The tap that comes in `step`-th place: those of the last row, then the others.
  [[nodiscard]] constexpr index_t tap_at(index_t step) const {
    return step < taps - whole ? whole + step : step - (taps - whole);
  }
};

/// The schedule of formula type `F` (lower.hpp). All members are constants of `F`.
template <class F>
struct plan {
  static constexpr const graph& g = F::value;
  static constexpr tap_classes classes{F::value};

  /// Passes over the weight: one more than the depth of nested reductions.
  static constexpr int passes = next_pass(g[g.output].known).pass + 1;

  static constexpr node_marks live = live_nodes(g);
  [[nodiscard]] static constexpr bool is_live(int id) { return live[static_cast<std::size_t>(id)]; }

  /// The coarsest scope that a reduction reaches: how many blocks depend on each other.
  static constexpr scope reach = [] {
    scope result = scope::block;
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && g[id].is_reduction()) result = coarser(result, g[id].level);
    }
    return result == scope::input ? scope::whole : result;  // of an input channel, each filter has a block
  }();
  /// Whether values of input channels are kept: then the weight is walked as one.
  static constexpr bool has_inputs = [] {
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && g[id].level == scope::input) return true;
    }
    return false;
  }();

  /// Reductions to `level` that pass `p` accumulates; thresholds apart.
  [[nodiscard]] static constexpr node_ids reductions(int p, scope level) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && is_fold(g[id].op) && g[id].level == level && g[id].known.pass == p) result.push_back(id);
    }
    return result;
  }

  /// Thresholds that pass `p` finds, when the reductions of the block are known.
  [[nodiscard]] static constexpr node_ids thresholds(int p) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (is_live(id) && g[id].op == operation::threshold && g[id].known.pass == p) result.push_back(id);
    }
    return result;
  }

  /// `ids` without the nodes of a group of taps behind the first one, which they follow.
  [[nodiscard]] static constexpr node_ids firsts(const node_ids& ids) {
    node_ids result;
    for (int id : ids) {
      if (g[id].group == 0) result.push_back(id);
    }
    return result;
  }
  /// How many nodes follow each other for the groups of reduction `id`.
  [[nodiscard]] static constexpr int groups_in(int id) {
    return g[id].partition > 0 ? g.groups_of(g[id].partition).count : 1;
  }
  /// Whether taps read what their group was reduced to.
  static constexpr bool has_groups = g.partition_count > 0;
  /// The same of values at `from`: the whole weight has filters and inputs.
  [[nodiscard]] static constexpr node_ids reductions(int p, scope from, scope level) {
    node_ids result;
    for (int id : reductions(p, level)) {
      if (g[g[id].a].level == from) result.push_back(id);
    }
    return result;
  }

  static constexpr bool has_thresholds = [] {
    bool any = false;
    for (int id = 0; id < g.size; ++id) any = any || (is_live(id) && g[id].op == operation::threshold);
    return any;
  }();
  /// Whether node `id` is the largest value that threshold `t` is found beside: the same taps are looked at for both.
  [[nodiscard]] static constexpr bool is_beside(int id, int t) {
    return g[t].c == id && g[id].a == g[t].a && g[id].regions == g[t].regions && g[id].known == g[t].known;
  }
  /// The reductions over taps that pass `p` accumulates for themselves: not the largest value beside a threshold.
  [[nodiscard]] static constexpr node_ids folds(int p) {
    node_ids result;
    const node_ids found = thresholds(p);
    for (int id : reductions(p, scope::block)) {
      bool apart = true;
      for (int t : found) apart = apart && !is_beside(id, t);
      if (apart) result.push_back(id);
    }
    return result;
  }

  /// Those of them over the taps of a block or of its region; or over their groups, the first node of each.
  [[nodiscard]] static constexpr node_ids folds(int p, bool in_groups) {
    node_ids result;
    for (int id : firsts(folds(p))) {
      if ((g[id].partition > 0) == in_groups) result.push_back(id);
    }
    return result;
  }

  /// Scalars of `level` that are computed at moment `t`, in the order of their dependencies.
  [[nodiscard]] static constexpr node_ids scalars(const moment& t, scope level) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      if (is_live(id) && !n.is_reduction() && n.level == level && n.known == t && !n.is_leaf()) {
        result.push_back(id);
      }
    }
    return result;
  }

  /// The branch that a region decides for the taps of class `c`: `select(inside(R), x, y)` is x or y, never a choice.
  [[nodiscard]] static constexpr int resolve(int id, int c) { return classes.resolve(g, id, c); }

  /// Per-tap nodes that pass `p` computes for taps of class `c`, in the order of their dependencies.
  [[nodiscard]] static constexpr node_ids tap_nodes(int p, int c) {
    const auto takes = [&](int id) { return classes[c].in(g[id].regions); };
    return needed_by(reductions(p, scope::block), p, [&](int id) { return resolve(id, c); }, takes);
  }
  /// The same for all classes together, where `inside` decides; what thresholds are found of apart.
  [[nodiscard]] static constexpr node_ids tap_nodes(int p) {
    return needed_by(folds(p), p, [](int id) { return id; }, [](int) { return true; });
  }
  /// Per-tap nodes that node `id` is made of, itself among them, in the order of their dependencies.
  [[nodiscard]] static constexpr node_ids parts_of(int id) {
    node_marks needed{};
    needed[static_cast<std::size_t>(id)] = true;
    needed = with_operands(g, needed, [](int operand) { return g[operand].level == scope::tap ? operand : -1; });
    return listed(needed);
  }

 private:
  template <class Resolve, class Takes>
  [[nodiscard]] static constexpr node_ids needed_by(const node_ids& reduced, int p, const Resolve& resolved,
                                                    const Takes& takes) {
    node_marks needed{};
    const auto of_taps = [&](int id) {
      const int r = resolved(id);
      return g[r].level == scope::tap ? r : -1;
    };
    const auto need = [&](int id) {
      if (const int r = of_taps(id); r >= 0) needed[static_cast<std::size_t>(r)] = true;
    };
    for (int id : reduced) {
      if (takes(id)) need(g[id].a);
    }
    if (p == passes - 1) need(g.output);
    return listed(with_operands(g, needed, of_taps));
  }
  [[nodiscard]] static constexpr node_ids listed(const node_marks& needed) {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      if (needed[static_cast<std::size_t>(id)]) result.push_back(id);
    }
    return result;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
