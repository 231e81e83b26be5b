// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient of a formula, derived by reverse mode over its graph: a graph again, run by the same sweep.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tangent.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Walks a graph from its output to the weight and appends the adjoint of every node that the output depends on.
///
/// Conventions at the kinks, PyTorch's where it has one: max(w, 0) has derivative 0 at w <= 0 and min(r, 1) at r >= 1
/// (the second operand of a tie takes the gradient); |w| at 0 has 0; the taps that share a smallest or largest value
/// share its gradient; a condition of `select` has none; sqrt(x) at 0 has 0. A branch that is not taken gives 0, also
/// where its own derivative is infinite or NaN: `select(0 < w, sqrt(w), 0)` has derivative 0 at -1.
/// With respect to the tap, or to one of the graph's learned numbers.
class reverse_mode {
 public:
  /// Appends to `g`; its output becomes the gradient with respect to the tap, given the `incoming` one of the old
  /// output.
  constexpr explicit reverse_mode(graph& g) : g_(g) { adjoint_.fill(-1); }
  constexpr void run() { run_for(operation::tap, 0); }
  /// The gradient with respect to the number of name `name`, at its level; 0 where none reaches it.
  constexpr void run_for_number(int name) { run_for(operation::parameter, name); }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }
  constexpr void run_for(operation op, double value) {
    const int last = g_.output;
    forward_size_ = g_.size;
    g_.is_gradient = true;
    adjoint_[at(last)] = g_.sum_between(g_.incoming(), scope::tap, g_[last].level);
    for (int id = last; id >= 0; --id) variable_ = g_[id].op == op && g_[id].value == value ? id : variable_;
    for (int id = last; id >= 0; --id) {
      if (adjoint_[at(id)] >= 0) propagate(id, adjoint_[at(id)]);
    }
    const int gradient = variable_ >= 0 ? adjoint_[at(variable_)] : -1;
    g_.output = gradient >= 0 ? gradient : g_.constant(0);
  }

  /// Adds `contribution`, one value for each value of a node at level `user`, to the adjoint of `id`. Where `id` is
  /// coarser, its adjoint is the sum of the contributions.
  constexpr void add(int id, int contribution, scope user) {
    // What is zero for every weight passes no derivative, which may be NaN: max(w, 0 * sqrt(w)).
    if ((g_[id].is_leaf() && id != variable_) || is_zero(contribution)) return;
    const int c = g_.sum_between(contribution, user, g_[id].level);
    int& adjoint = adjoint_[at(id)];
    adjoint = adjoint < 0 ? c : g_.add(adjoint, c);
  }

  constexpr void propagate(int id, int y) {
    const node n = g_[id];
    const auto give = [&](int operand, int contribution) { add(operand, contribution, n.level); };
    const int zero = g_.constant(0);
    if (is_function(n.op)) return give(n.a, through_function(id, y));
    switch (n.op) {
      case operation::add:
        give(n.a, y);
        return give(n.b, y);
      case operation::subtract:
        give(n.a, y);
        return give(n.b, g_.negate(y));
      case operation::negate:
        return give(n.a, g_.negate(y));
      case operation::multiply:
        if (n.a == n.b) return give(n.a, product(g_.multiply(g_.constant(2), y), n.a));
        give(n.a, product(y, n.b));
        return give(n.b, product(y, n.a));
      case operation::divide: {  // d(a / b) = da / b - (a / b) / b db
        const bool regular = g_.divides_regularly(n.b);
        give(n.a, through(y, regular, {.divisor = n.b}));
        return give(n.b, g_.negate(through(y, regular && n.regular, {.factor = id, .divisor = n.b})));
      }
      case operation::sqrt: {
        const bool regular = g_.divides_regularly(id);
        if (regular) return give(n.a, g_.divide(g_.multiply(g_.constant(0.5), y), id));
        return give(n.a, g_.multiply(g_.constant(0.5), through(y, false, {.divisor = id, .zero_at_zero = true})));
      }
      case operation::abs:
        return give(n.a, g_.select(g_.compare(operation::less, zero, n.a), y,
                                   g_.select(g_.compare(operation::less, n.a, zero), g_.negate(y), zero)));
      case operation::min:
      case operation::max:
        return propagate_bound(n, y);
      case operation::select:
        give(n.b, g_.select(n.a, y, zero));
        return give(n.c, g_.select(n.a, zero, y));
      case operation::sum:
        return add(n.a, confined(y, n.regions), g_[n.a].level);
      case operation::spread:
        return propagate_spread(id, y);
      case operation::smallest:
      case operation::largest:
        return propagate_extreme(id, y);
      case operation::threshold:
        return propagate_threshold(id, y);
      case operation::detour:
        return give(n.b, n.is_tangent() ? tangent(g_, n.a, y) : y);
      default:
        if (is_function(n.op)) give(n.a, through_function(id, y));
        return;
    }
  }

  /// `y` times the derivative of function `id`, written with the function's own value where that is cheaper.
  [[nodiscard]] constexpr int through_function(int id, int y) {
    const node n = g_[id];
    const int one = g_.constant(1);
    switch (n.op) {
      case operation::exp:
        return product(y, id);
      case operation::log:
        return through(y, g_.divides_regularly(n.a), {.divisor = n.a});
      case operation::tanh:
        return product(y, g_.subtract(one, g_.multiply(id, id)));
      case operation::sigmoid:
        return product(y, g_.multiply(id, g_.subtract(one, id)));
      default:
        return product(y, g_.function(operation::sigmoid, n.a));
    }
  }
  /// Through min or max: `y` goes to the operand that is the value.
  constexpr void propagate_bound(const node& n, int y) {
    const auto give = [&](int operand, int contribution) { add(operand, contribution, n.level); };
    const int zero = g_.constant(0);
    const int lesser = n.op == operation::min ? n.a : n.b;
    const int greater = n.op == operation::min ? n.b : n.a;
    if (g_[n.b].range.nan && !g_[n.b].is_constant()) {
      // What the formula takes where an operand is NaN, the first one, takes the gradient too.
      const int second = g_.compare(operation::less_equal, greater, lesser);
      give(n.a, g_.select(second, zero, y));
      return give(n.b, g_.select(second, y, zero));
    }
    const int first = g_.compare(operation::less, lesser, greater);
    give(n.a, g_.select(first, y, zero));
    give(n.b, g_.select(first, zero, y));
  }
  /// Through node `id`, a smallest or largest value: the taps that have it share `y`.
  constexpr void propagate_extreme(int id, int y) {
    const node n = g_[id];
    const int hit = confined(g_.where_equal(n.a, id), n.regions);
    const int ties = g_.sum_between(hit, g_[n.a].level, n.level);
    add(n.a, g_.multiply(hit, g_.divide(y, ties)), g_[n.a].level);
  }
  /// Through node `id`, a threshold: the taps above it share `y`, and its sum takes the same share with the other sign.
  /// That is the derivative of the whole threshold, of which the node lacks the largest value; so that one has none.
  constexpr void propagate_threshold(int id, int y) {
    const node n = g_[id];
    const int zero = g_.constant(0), one = g_.constant(1);
    const int rest = g_.subtract(g_.subtract(n.a, g_.detour(n.c, zero, false)), id);
    const int hit = confined(g_.select(g_.compare(operation::less, zero, rest), one, zero), n.regions);
    // None is above where rounding has made c vanish.
    const int count = g_.maximum(g_.sum_between(hit, scope::tap, n.level), one);
    const int share = g_.divide(y, count);
    add(n.a, g_.multiply(hit, share), scope::tap);
    add(n.b, g_.negate(share), n.level);
  }

  /// Through the value of a group: its taps take the sum of what they give; those that have an extreme value share it.
  constexpr void propagate_spread(int id, int y) {
    node n = g_[g_[id].a];
    const scope reach = n.level;
    while (g_[n.a].partition > 0) n = g_[n.a];
    const auto in_groups = [&](int x) { return g_.reduce_in_groups(operation::sum, x, 0, n.partition, reach); };
    const int total = in_groups(y);
    if (n.op == operation::sum) return add(n.a, confined(total, n.regions), scope::tap);
    const int hit = confined(g_.where_equal(n.a, id), n.regions);
    add(n.a, g_.multiply(hit, g_.divide(total, in_groups(hit))), scope::tap);
  }

  /// A derivative: factor / divisor, of which one may be missing; `zero_at_zero`: 0 where the divisor is not positive.
  struct derivative {
    int factor = -1;
    int divisor = -1;
    bool zero_at_zero = false;
  };
  [[nodiscard]] constexpr int times(int y, const derivative& d) {
    int result = d.factor < 0 ? y : g_.multiply(y, d.factor);
    if (d.divisor >= 0) result = g_.divide(result, d.divisor);
    if (!d.zero_at_zero) return result;
    return g_.select(g_.compare(operation::less_equal, d.divisor, g_.constant(0)), g_.constant(0), result);
  }
  /// `y` times a derivative, and 0 where a condition has made y 0, whatever the derivative is there. One that is not
  /// `regular` may be infinite or NaN, so it goes inside the conditions of y, not beside them.
  [[nodiscard]] constexpr int through(int y, bool regular, const derivative& d) {
    if (regular) return times(y, d);
    const node n = g_[y];
    if (n.op == operation::negate) return g_.negate(through(n.a, false, d));
    if (is_masked(n)) {
      return is_zero(n.b) ? g_.select(n.a, n.b, through(n.c, false, d)) : g_.select(n.a, through(n.b, false, d), n.c);
    }
    if (!holds_a_mask(y)) return times(y, d);
    const int zero = g_.constant(0);
    return g_.select(g_.compare(operation::less_equal, g_.magnitude(y), zero), zero, times(y, d));
  }
  [[nodiscard]] constexpr int product(int y, int factor) { return through(y, g_[factor].regular, {.factor = factor}); }
  [[nodiscard]] constexpr bool is_zero(int id) const { return g_[id].is_constant() && g_[id].value == 0; }
  [[nodiscard]] constexpr bool is_masked(const node& n) const {
    return n.op == operation::select && is_zero(n.b) != is_zero(n.c);
  }
  /// Whether a condition on the way from the output may have made `y` zero: one on values, or one on taps where `y` is
  /// no sum over them. The formula's own nodes make nothing zero but by a mask.
  [[nodiscard]] constexpr bool holds_a_mask(int y) const {
    std::array<bool, graph::capacity> below{}, summed{};
    below[at(y)] = true;
    for (int id = y; id >= 0; --id) {
      if (!below[at(id)]) continue;
      const node& n = g_[id];
      if (is_masked(n) && !(summed[at(id)] && g_[n.a].op == operation::inside)) return true;
      if (id < forward_size_) continue;
      for (int operand : {n.a, n.b, n.c}) {
        if (operand < 0) continue;
        // Reached on two ways, one of them past the sum: the other one counts.
        const bool is_summed = summed[at(id)] || (n.is_reduction() && n.partition == 0);
        summed[at(operand)] = is_summed && (summed[at(operand)] || !below[at(operand)]);
        below[at(operand)] = true;
      }
    }
    return false;
  }

  /// `x` on the taps of a reduction's region, 0 elsewhere.
  [[nodiscard]] constexpr int confined(int x, region_set regions) {
    return regions == 0 ? x : g_.select(g_.inside(regions), x, g_.constant(0));
  }

  graph& g_;
  int forward_size_ = 0;
  int variable_ = -1;
  std::array<int, graph::capacity> adjoint_{};
};

/// The gradient of `formula<P, Shape, Eps>` with respect to the weight: input of a sweep with the weight and the
/// incoming gradient. Cost: at most as many passes as the formula and one more per nested reduction; the norms take
/// two.
template <class P, weight_shape Shape = typical_shape, double Eps = 1e-12>
struct gradient_formula {
  using policy_type = P;
  static constexpr double eps = Eps;
  static constexpr graph value = [] {
    graph g = lowered<P>(Shape, {.eps = Eps, .marks_gradient_rules = true});
    reverse_mode(g).run();
    return g;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
