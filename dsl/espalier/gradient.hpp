// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient of a formula, derived by reverse mode over its graph: a graph again, run by the same sweep.
#pragma once

#include <array>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI {

/// Walks a graph from its output to the weight and appends the adjoint of every node that the output depends on.
///
/// Conventions at the kinks, PyTorch's where it has one: max(w, 0) has derivative 0 at w <= 0 and min(r, 1) at r >= 1
/// (the second operand of a tie takes the gradient); |w| at 0 has 0; the taps that share a smallest or largest value
/// share its gradient; a condition of `select` has none.
class reverse_mode {
 public:
  /// Appends to `g`; its output becomes the gradient with respect to the tap, given the `incoming` one of the old
  /// output.
  constexpr explicit reverse_mode(graph& g) : g_(g) { adjoint_.fill(-1); }

  constexpr void run() {
    const int last = g_.output;
    g_.drops_zero_products = true;
    adjoint_[at(last)] = g_.sum_between(g_.incoming(), scope::tap, g_[last].level);
    int weight = -1;
    for (int id = last; id >= 0; --id) {
      if (g_[id].op == operation::tap) weight = id;
      if (adjoint_[at(id)] >= 0) propagate(id, adjoint_[at(id)]);
    }
    const int gradient = weight >= 0 ? adjoint_[at(weight)] : -1;
    g_.output = gradient >= 0 ? gradient : g_.constant(0);
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  /// Adds `contribution`, one value for each value of a node at level `user`, to the adjoint of `id`. Where `id` is
  /// coarser, its adjoint is the sum of the contributions.
  constexpr void add(int id, int contribution, scope user) {
    if (g_[id].is_constant() || g_[id].op == operation::epsilon || g_[id].op == operation::parameter) return;
    const int c = g_.sum_between(contribution, user, g_[id].level);
    int& adjoint = adjoint_[at(id)];
    adjoint = adjoint < 0 ? c : g_.add(adjoint, c);
  }

  constexpr void propagate(int id, int y) {
    const node n = g_[id];
    const auto give = [&](int operand, int contribution) { add(operand, contribution, n.level); };
    const int zero = g_.constant(0);
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
        if (n.a == n.b) return give(n.a, g_.multiply(g_.multiply(g_.constant(2), y), n.a));
        give(n.a, g_.multiply(y, n.b));
        return give(n.b, g_.multiply(y, n.a));
      case operation::divide:  // d(a / b) = da / b - (a / b) / b db
        give(n.a, g_.divide(y, n.b));
        return give(n.b, g_.negate(g_.divide(g_.multiply(y, id), n.b)));
      case operation::sqrt:
        return give(n.a, g_.divide(g_.multiply(g_.constant(0.5), y), id));
      case operation::abs:
        return give(n.a, g_.select(g_.compare(operation::less, zero, n.a), y,
                                   g_.select(g_.compare(operation::less, n.a, zero), g_.negate(y), zero)));
      case operation::min:
      case operation::max: {
        const int first =
            n.op == operation::min ? g_.compare(operation::less, n.a, n.b) : g_.compare(operation::less, n.b, n.a);
        give(n.a, g_.select(first, y, zero));
        return give(n.b, g_.select(first, zero, y));
      }
      case operation::select:
        give(n.b, g_.select(n.a, y, zero));
        return give(n.c, g_.select(n.a, zero, y));
      case operation::sum:
        return add(n.a, confined(y, n.regions), g_[n.a].level);
      case operation::smallest:
      case operation::largest: {
        const int is_extreme = g_.compare(operation::conjunction, g_.compare(operation::less_equal, n.a, id),
                                          g_.compare(operation::less_equal, id, n.a));
        const int hit = confined(g_.select(is_extreme, g_.constant(1), zero), n.regions);
        const int ties = g_.sum_between(hit, g_[n.a].level, n.level);
        return add(n.a, g_.multiply(hit, g_.divide(y, ties)), g_[n.a].level);
      }
      case operation::detour:
        return give(n.b, n.value == 1 ? tangent(n.a, y) : y);
      default:
        return;
    }
  }

  /// `y` without the directions that leave what is proved of node `value`: fixed taps, then the mean of the others
  /// where the block's sum is fixed, then the component along the (centred) value where its l2 norm is fixed.
  [[nodiscard]] constexpr int tangent(int value, int y) {
    graph query = g_;
    query.drops_zero_products = false;
    query.output = value;
    const int total = query.reduce(operation::sum, value, 0, scope::block);
    const int norm = query.root(query.reduce(operation::sum, query.multiply(value, value), 0, scope::block));
    query.queries = {total, norm};
    const algebra proof(query);

    const tap_classes classes(g_);
    std::array<bool, tap_classes::capacity> fixed{};
    index_t free = 0;
    for (int c = 0; c < classes.count; ++c) {
      fixed[at(c)] = proof.constant_in_class(value, c).has_value();
      free += fixed[at(c)] ? 0 : classes[c].count;
    }
    const auto without_fixed = [&](int x) {
      for (int c = 0; c < classes.count; ++c) {
        if (fixed[at(c)]) x = zero_in_class(x, classes[c].members, 0);
      }
      return x;
    };
    const auto centred = [&](int x) {
      const int masked = without_fixed(x);
      const int average =
          g_.divide(g_.reduce(operation::sum, masked, 0, scope::block), g_.constant(static_cast<double>(free)));
      return without_fixed(g_.subtract(x, average));
    };
    const bool keeps_sum = proof.constant(total).has_value();
    int result = keeps_sum ? centred(y) : without_fixed(y);
    if (proof.constant(norm)) {
      const int along = keeps_sum ? centred(value) : without_fixed(value);
      const int share = g_.divide(g_.reduce(operation::sum, g_.multiply(result, along), 0, scope::block),
                                  g_.reduce(operation::sum, g_.multiply(along, along), 0, scope::block));
      result = g_.subtract(result, g_.multiply(along, share));
    }
    return result;
  }
  /// `x`, and 0 at the taps that belong to exactly the regions in `members`.
  [[nodiscard]] constexpr int zero_in_class(int x, region_set members, int region) {
    if (region == g_.region_count) return g_.constant(0);
    const int rest = zero_in_class(x, members, region + 1);
    const int inside = g_.inside(1u << region);
    return (members >> region & 1u) != 0 ? g_.select(inside, rest, x) : g_.select(inside, x, rest);
  }

  /// `x` on the taps of a reduction's region, 0 elsewhere.
  [[nodiscard]] constexpr int confined(int x, region_set regions) {
    return regions == 0 ? x : g_.select(g_.inside(regions), x, g_.constant(0));
  }

  graph& g_;
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
    graph g;
    g.shape = Shape;
    g.output = lower<P>(g, {.weight = g.tap(), .eps = Eps, .marks_gradient_rules = true});
    reverse_mode(g).run();
    return g;
  }();
};

}  // namespace esp::inline ESPALIER_ABI
