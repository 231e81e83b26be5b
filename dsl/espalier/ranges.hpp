// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Interval analysis of a graph, separately for each class of taps.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI {

/// What is known of every node's value for finite weights, per class of taps: a fixed centre does not blur the interval
/// of its neighbours. One walk over the graph.
class ranges {
 public:
  constexpr ranges(const graph& g, const tap_classes& classes) : classes_(classes) {
    for (int id = 0; id < g.size; ++id) {
      number_[static_cast<std::size_t>(id)] = stays_a_number(g[id]);
      for (int c = 0; c < classes.count; ++c) at(id, c) = range_of(g, g[id], c);
    }
  }

  [[nodiscard]] constexpr interval of(int id, int c) const {
    return table_[static_cast<std::size_t>(id * tap_classes::capacity + c)];
  }
  /// The interval that holds for every tap.
  [[nodiscard]] constexpr interval of(int id) const {
    interval result = of(id, 0);
    for (int c = 1; c < classes_.count; ++c) result = hull(result, of(id, c));
    return result;
  }

 private:
  constexpr interval& at(int id, int c) { return table_[static_cast<std::size_t>(id * tap_classes::capacity + c)]; }

  [[nodiscard]] constexpr interval range_of(const graph& g, const node& n, int c) const {
    const interval a = n.a >= 0 ? of(n.a, c) : interval{};
    const interval b = n.b >= 0 ? of(n.b, c) : interval{};
    switch (n.op) {
      case operation::constant:
      case operation::epsilon:
        return interval::exactly(n.value);
      case operation::add:
        return a + b;
      case operation::subtract:
        return a - b;
      case operation::negate:
        return -a;
      case operation::multiply: {
        const interval p = a * b;
        return n.a == n.b ? interval{larger(p.lo, 0), p.hi} : p;
      }
      case operation::divide:
        return a / b;
      case operation::sqrt:
        return root_of(a);
      case operation::abs:
        return magnitude_of(a);
      case operation::min:
        return is_number(n.b) ? least(a, b) : interval{smaller(a.lo, b.lo), a.hi};
      case operation::max:
        return is_number(n.b) ? greatest(a, b) : interval{a.lo, larger(a.hi, b.hi)};
      case operation::select:
        return selected(g, n, c);
      case operation::sum:
        return summed(g, n);
      case operation::smallest:
      case operation::largest:
        return over_region(n);
      default:
        return {};
    }
  }

  /// True if no finite weight makes the node NaN. Where an operand of a comparison is NaN, the other side's bound is
  /// void: max(w, sqrt(w) + 5) is w for a negative w. Roots and differences of what may overflow can be NaN.
  [[nodiscard]] constexpr bool stays_a_number(const node& n) const {
    switch (n.op) {
      case operation::tap:
      case operation::constant:
      case operation::epsilon:
      case operation::parameter:
        return true;
      case operation::negate:
      case operation::abs:
      case operation::min:
      case operation::max:
      case operation::smallest:
      case operation::largest:
        return is_number(n.a);
      case operation::multiply:
        return n.a == n.b && is_number(n.a);
      case operation::select:
        return is_number(n.b) && is_number(n.c);
      default:
        return false;
    }
  }
  [[nodiscard]] constexpr bool is_number(int id) const { return number_[static_cast<std::size_t>(id)]; }

  /// `select(inside(R), x, y)` is decided by the class; `select(x < k, k, x)` and its like are a max or a min.
  [[nodiscard]] constexpr interval selected(const graph& g, const node& n, int c) const {
    const node& condition = g[n.a];
    if (condition.op == operation::inside) return of(classes_[c].in(condition.regions) ? n.b : n.c, c);
    const bool compares = condition.op == operation::less || condition.op == operation::less_equal;
    const interval yes = of(n.b, c);
    const interval no = of(n.c, c);
    if (compares && condition.a == n.c && condition.b == n.b && is_number(n.b))
      return greatest(no, yes);                                                                         // x < k ? k : x
    if (compares && condition.a == n.b && condition.b == n.c && is_number(n.b)) return least(yes, no);  // x < k ? x : k
    return hull(yes, no);
  }

  [[nodiscard]] constexpr interval summed(const graph& g, const node& n) const {
    if (n.level != scope::block) {
      return interval::exactly(static_cast<double>(parts_per(n.level, g.shape))) * of(n.a, 0);
    }
    interval total = interval::exactly(0);
    for (int c = 0; c < classes_.count; ++c) {
      if (!classes_[c].in(n.regions)) continue;
      total = total + interval::exactly(static_cast<double>(classes_[c].count)) * of(n.a, c);
    }
    return total;
  }
  [[nodiscard]] constexpr interval over_region(const node& n) const {
    if (n.level != scope::block) return of(n.a, 0);
    interval result{};
    bool first = true;
    for (int c = 0; c < classes_.count; ++c) {
      if (!classes_[c].in(n.regions)) continue;
      result = first ? of(n.a, c) : hull(result, of(n.a, c));
      first = false;
    }
    return result;
  }

  const tap_classes& classes_;
  std::array<bool, static_cast<std::size_t>(graph::capacity)> number_{};
  std::array<interval, static_cast<std::size_t>(graph::capacity) * tap_classes::capacity> table_{};
};

}  // namespace esp::inline ESPALIER_ABI
