// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The threshold of a block: the number above which its taps sum to a given one. What projections onto the simplex and
/// the l1 ball are made of.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/operation.hpp>
#include <espalier/reduction.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What a threshold asks of its sum where that is set at run time.
struct sum_above_threshold : is_finite_t {
  static constexpr std::string_view id = "ESP-228";
  static constexpr std::string_view of = "the sum above a threshold";
  static constexpr std::string_view must = "be positive and finite";
  static constexpr bool holds(double c) { return c > 0 && is_finite_t::holds(c); }
};

}  // namespace detail

namespace detail::held {

/// threshold(x, c), or with `Above` what of x is above it: max(x - threshold(x, c), 0).
template <bool Above, Region R, class X, class C>
struct found_threshold : expression_tag {
  using expression_tag::operator=;
  X x;
  C total;
  constexpr found_threshold(X values, C c) : x(values), total(c) {}
};

template <bool Above>
struct threshold_function : reduction_tag {
  template <class... T>
  ESPALIER_UNAVAILABLE(
      "ESP-229: threshold and excess take a formula, the sum that is to stand above, and a region where wanted: "
      "threshold(w, 1), excess(esp::abs(w), 2, neighbors)")
  constexpr expression_tag
  operator()(const T&...) const {
    return {};
  }
  template <Expression X, Operand C>
  constexpr auto operator()(X x, C c) const {
    return found_threshold<Above, everywhere_t, X, as_expression_t<C>>{x, as_expression(c)};
  }
  template <Expression X, Operand C, Region R>
  constexpr auto operator()(X x, C c, R) const {
    return found_threshold<Above, R, X, as_expression_t<C>>{x, as_expression(c)};
  }
};

}  // namespace detail::held

/// threshold(x, c): the t for which the sum of max(x - t, 0) over the block is c, for c > 0.
///
/// A reduction as `sum` is one, over a block or a region of it; over more, or over regions that share no tap, it is
/// refused (ESP-227). A tap at the
/// threshold counts as below: the derivative is 1 / n for the n taps above it, 0 for the others, -1 / n for c. Exact to
/// rounding: Newton's method on the taps, at most as many steps as there are taps, three or four for ordinary weights.
/// NaN where a tap is NaN or infinite. Errors: ESP-227, ESP-228 at run time for a parameter that is not positive,
/// ESP-229 for other arguments. Source: Michelot, J. Optim. Theory Appl. 50 (1986); Condat, Math. Program. 158 (2016).
struct threshold_t : detail::held::threshold_function<false> {
  static constexpr const char* name = "threshold";
};
inline constexpr threshold_t threshold{};

/// excess(x, c) = max(x - threshold(x, c), 0): what of x stands above its threshold, so that it sums to c.
///
/// The nearest block to x whose taps are not negative and sum to c. Taken beside the largest value of x, so that the
/// sum is c to rounding of c, not of x: with taps of a million and c = 1, where x - threshold(x, c) keeps two digits,
/// it keeps all. Establishes, where it is the result, nonnegative and sum_is<c>. Errors as `threshold`.
struct excess_t : detail::held::threshold_function<true> {
  static constexpr const char* name = "excess";
};
inline constexpr excess_t excess{};

namespace detail {

/// Appends the threshold of node `x` over `set` for the sum `total`, or with `above` what of x stands above it.
constexpr int append_threshold(graph& g, int x, int total, region_set set, const binding& b, bool above) {
  g.require(requirement_of<sum_above_threshold>(total));
  const bool widens = b.reach > scope::block || b.groups > 0 || g[total].level < scope::block;
  if (widens || g.taps_in(set) == 0) g.widens_threshold = true;
  if (g.widens_threshold) return x;  // refused
  const int beside = g.reduce(operation::largest, x, set, scope::block);
  int largest = beside, below = 0;
  if (g[x].level > scope::tap) {  // taps that are all one number
    below = g.negate(g.divide(total, g.constant(static_cast<double>(g.taps_in(set)))));
  } else {
    // The threshold's own derivative is the whole one (gradient.hpp).
    if (b.marks_gradient_rules) largest = g.detour(beside, g.constant(0), false);
    below = g.threshold_below(x, total, beside, set);
  }
  if (!above) return g.add(largest, below);
  const int rest = g.subtract(g.subtract(x, largest), below), zero = g.constant(0);
  return b.includes_bounds ? append_inclusive(g, operation::max, rest, zero) : g.maximum(rest, zero);
}

template <bool Above, Region R, class X, class C>
constexpr int append(graph& g, const held::found_threshold<Above, R, X, C>& e, const binding& b) {
  const int x = append(g, e.x, b);
  const int total = append(g, e.total, b);
  region_set set = b.active;
  if constexpr (!std::is_same_v<R, held::everywhere_t>) set |= g.bit_of(describe_region<R>());
  return append_threshold(g, x, total, set, b, Above);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
