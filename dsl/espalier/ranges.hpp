// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Range analysis of a graph for finite weights, separately for each class of taps.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/threshold_range.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What is known of every node's value for finite weights, per class of taps: a fixed centre does not blur the interval
/// of its neighbours. One walk over the graph, with the rules of value_range.hpp.
class ranges {
 public:
  constexpr ranges(const graph& g, const tap_classes& classes) : classes_(classes.count) {
    for (int id = 0; id < g.size; ++id) {
      const int kinds = g[id].level == scope::tap ? classes_ : 1;
      for (int c = 0; c < kinds; ++c) store(id, c, range_of(g, classes, g[id], c));
      is_tap_[at(id)] = kinds == classes_;
    }
  }

  /// What holds of a node at the taps of class `c`.
  [[nodiscard]] constexpr value_range of(int id, int c) const {
    const std::size_t i = at(id * tap_classes::capacity + (is_tap_[at(id)] ? c : 0));
    return {{lo_[i], hi_[i]},    away_[i],           (bits_[i] & 1) != 0, (bits_[i] & 2) != 0,
            (bits_[i] & 4) != 0, (bits_[i] & 8) != 0};
  }
  /// What holds at every tap.
  [[nodiscard]] constexpr value_range of(int id) const {
    value_range result = of(id, 0);
    for (int c = 1; is_tap_[at(id)] && c < classes_; ++c) result = range_of_either(result, of(id, c));
    return result;
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  [[nodiscard]] constexpr value_range range_of(const graph& g, const tap_classes& classes, const node& n, int c) const {
    const bool over_taps = n.is_reduction() && n.level == scope::block;
    if (n.op == operation::tap) return range_of_finite();
    if (n.op == operation::table && classes.count > 1) {
      return g.range_of_table(n.table(), [&](index_t t) { return classes.class_of(g, t) == c; });
    }
    if (over_taps && n.partition > 0) {
      return g.range_of(n, [&](int operand) { return of(operand); });
    }
    if (over_taps && g[n.a].level == scope::tap) {
      const value_range taps = reduced(classes, n);
      return n.op == operation::threshold ? range_of_threshold(taps, of(n.b, c)) : taps;
    }
    if (n.op == operation::select && g[n.a].op == operation::inside) {
      return of(classes[c].in(g[n.a].regions) ? n.b : n.c, c);
    }
    return g.range_of(n, [&](int operand) { return of(operand, c); });
  }

  /// A reduction over the taps runs through the classes of its region.
  [[nodiscard]] constexpr value_range reduced(const tap_classes& classes, const node& n) const {
    value_range result = n.op == operation::sum ? range_of_constant(0) : range_of_any();
    bool first = true;
    for (int c = 0; c < classes.count; ++c) {
      if (!classes[c].in(n.regions)) continue;
      const value_range x = of(n.a, c);
      if (n.op == operation::sum) {
        result = range_of_sum(result, range_of_total(x, interval::exactly(static_cast<double>(classes[c].count))));
      } else {
        result = first ? x : range_of_either(result, x);
      }
      first = false;
    }
    return result;
  }

  constexpr void store(int id, int c, const value_range& r) {
    const std::size_t i = at(id * tap_classes::capacity + c);
    lo_[i] = r.lo;
    hi_[i] = r.hi;
    away_[i] = r.away;
    bits_[i] =
        static_cast<unsigned char>((r.nan ? 1 : 0) | (r.finite ? 2 : 0) | (r.minus_zero ? 4 : 0) | (r.sure ? 8 : 0));
  }

  // Arrays of numbers that begin as zeros: compilers make them at once, and an array of ranges one by one.
  static constexpr std::size_t room = static_cast<std::size_t>(graph::capacity) * tap_classes::capacity;
  int classes_;
  double lo_[room]{};
  double hi_[room]{};
  double away_[room]{};
  unsigned char bits_[room]{};
  bool is_tap_[graph::capacity]{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
