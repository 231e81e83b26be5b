// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What holds after a prior: sign, bounds, sums, norms and fixed taps, proved from its formula.
#pragma once

#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/sum_and_norm.hpp>
#include <espalier/tap_classes.hpp>
#include <optional>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

enum class fact_kind : unsigned char { interval, total, norm, norm_at_most, fixed_tap };

}  // namespace detail

/// A statement about every constrained block: a structural value, so that it can be asked as a template argument.
struct fact {
  static constexpr bool is_fact = true;

  detail::fact_kind kind = detail::fact_kind::interval;
  double value = 0;                            ///< the sum, the norm, the tap's value, or the lower bound
  double upper = detail::interval::infinity;   ///< of bounds
  detail::scope reach = detail::scope::block;  ///< what a sum or a norm runs over
  tap_index where{};                           ///< of a fixed tap
  bool center = false;                         ///< the fixed tap is the one in the middle
};

/// Every tap is >= 0.
inline constexpr fact nonnegative{.kind = detail::fact_kind::interval, .value = 0};
/// Every tap lies in [Lo, Hi].
template <auto Lo, auto Hi>
inline constexpr fact bounds{
    .kind = detail::fact_kind::interval, .value = static_cast<double>(Lo), .upper = static_cast<double>(Hi)};
/// The taps of every block sum to S.
template <auto S>
inline constexpr fact sum_is{.kind = detail::fact_kind::total, .value = static_cast<double>(S)};
inline constexpr fact zero_sum = sum_is<0>;
/// The l2 norm of every block is C.
template <auto C>
inline constexpr fact l2_is{.kind = detail::fact_kind::norm, .value = static_cast<double>(C)};
/// The l2 norm of every block is at most C.
template <auto C>
inline constexpr fact l2_at_most{.kind = detail::fact_kind::norm_at_most, .value = static_cast<double>(C)};
/// The tap at (D, H, W) has the value V.
template <index_t D, index_t H, index_t W, auto V>
inline constexpr fact tap_is{.kind = detail::fact_kind::fixed_tap, .value = static_cast<double>(V), .where = {D, H, W}};
/// The tap in the middle has the value V.
template <auto V>
inline constexpr fact center_is{.kind = detail::fact_kind::fixed_tap, .value = static_cast<double>(V), .center = true};

/// The same statement about all blocks of an output channel together.
[[nodiscard]] constexpr fact per_filter(fact f) {
  f.reach = detail::scope::filter;
  return f;
}
/// The same statement about the whole weight.
[[nodiscard]] constexpr fact whole_weight(fact f) {
  f.reach = detail::scope::whole;
  return f;
}

namespace detail {

/// All that is proved of one formula at one scope.
///
/// Meaning: in exact arithmetic with eps = 0, for every finite weight, each part that the fact speaks of (a tap for
/// bounds and fixed values, a block, an output channel or the weight for sums and norms) either has the fact or has a
/// value that is NaN or infinite: a zero block under unit_l2, 0 / 0, is outside. Bounds hold for eps as configured too,
/// and of a tap whatever the others are, unless they follow from a sum or a norm of its part.
struct known_facts {
  interval range{};
  std::optional<double> sum{};
  std::optional<double> l2{};
  std::optional<double> l2_bound{};
};

/// Tells apart a proved value from one that only rounding moved: relative to what was asked, so that zero is zero.
[[nodiscard]] constexpr bool agrees(double proved, double asked) {
  const double difference = proved < asked ? ieee::sum(asked, -proved) : ieee::sum(proved, -asked);
  return difference <= 1e-12 * (asked < 0 ? -asked : asked);
}

[[nodiscard]] constexpr known_facts examine(const graph& formula_graph, scope reach) {
  graph g = formula_graph;
  const auto [total, norm] = ask_sum_and_norm(g, g.output, reach);
  const algebra proof(g);
  known_facts known{.range = proof.range(g.output),
                    .sum = proof.constant(total),
                    .l2 = proof.constant(norm),
                    .l2_bound = proof.upper_bound(norm)};
  if (g.too_long || proof.classes().too_many) return {};
  // |tap| <= l2 norm; and taps >= 0 that sum to s are <= s.
  if (known.l2_bound)
    known.range = {larger(known.range.lo, -*known.l2_bound), smaller(known.range.hi, *known.l2_bound)};
  if (known.sum && known.range.nonnegative()) known.range.hi = smaller(known.range.hi, *known.sum);
  return known;
}

/// The value of one tap, where it is the same for every weight.
[[nodiscard]] constexpr std::optional<double> fixed_tap(const graph& g, tap_index where) {
  const extents k = g.shape.kernel;
  if (where.d < 0 || where.h < 0 || where.w < 0 || where.d >= k.d || where.h >= k.h || where.w >= k.w) {
    return std::nullopt;
  }
  const algebra proof(g);
  return proof.constant_in_class(g.output, proof.classes().class_of(g, (where.d * k.h + where.h) * k.w + where.w));
}

template <class F>
inline constexpr known_facts facts_of = examine(F::value, scope::block);
template <class F>
inline constexpr known_facts filter_facts_of = examine(F::value, scope::filter);
template <class F>
inline constexpr known_facts whole_facts_of = examine(F::value, scope::whole);

template <class F>
[[nodiscard]] consteval bool holds(const fact& f) {
  if (f.kind == fact_kind::fixed_tap) {
    const extents k = F::value.shape.kernel;
    if (f.center && (k.d % 2 == 0 || k.h % 2 == 0 || k.w % 2 == 0)) return false;
    const auto v = fixed_tap(F::value, f.center ? tap_index{k.d / 2, k.h / 2, k.w / 2} : f.where);
    return v && agrees(*v, f.value);
  }
  const known_facts& known = f.reach == scope::block    ? facts_of<F>
                             : f.reach == scope::filter ? filter_facts_of<F>
                                                        : whole_facts_of<F>;
  switch (f.kind) {
    case fact_kind::interval:
      return (known.range.lo >= f.value || agrees(known.range.lo, f.value)) &&
             (known.range.hi <= f.upper || agrees(known.range.hi, f.upper));
    case fact_kind::total:
      return known.sum && agrees(*known.sum, f.value);
    case fact_kind::norm:
      return known.l2 && agrees(*known.l2, f.value);
    default:
      return known.l2_bound && *known.l2_bound <= ieee::product(f.value, 1 + 1e-12);
  }
}

/// What a fact is asked for: a kernel's extents, then it holds for any number of channels; or the shape of a layer's
/// weight. Made from either, or from one number for all extents.
struct proof_shape {
  weight_shape weight = typical_shape;

  constexpr proof_shape(index_t all) : proof_shape(extents{all}) {}
  constexpr proof_shape(extents kernel) : weight{.out = typical_shape.out, .in = typical_shape.in, .kernel = kernel} {}
  constexpr proof_shape(weight_shape own) : weight(own) {}
};

/// The formula of a policy on what a fact is asked for.
template <class P, proof_shape Shape>
using examined_formula = formula<P, Shape.weight>;

/// Refuses what is no fact.
template <class F>
struct explain_fact {
  static constexpr bool value = std::is_same_v<F, fact>;
  static_assert(std::is_same_v<F, fact>,
                "ESP-067: a fact is expected here: nonnegative, zero_sum, bounds<lo, hi>, sum_is<s>, l2_is<c>, "
                "l2_at_most<c>, tap_is<d, h, w, v>, center_is<v>, or one of them in per_filter(...)");
};
template <class F, auto Fact, bool IsFact = explain_fact<std::remove_const_t<decltype(Fact)>>::value>
inline constexpr bool is_proved = false;
template <class F, auto Fact>
inline constexpr bool is_proved<F, Fact, true> = holds<F>(Fact);

}  // namespace detail

/// True if `Fact` is proved of every block that `Prior` constrains; false where it is not, which says nothing.
///
/// `static_assert(establishes<modes::zero_mean, zero_sum>)`. For a kernel other than 3 x 3 x 3, name its extents; what
/// depends on a region may depend on them. What depends on the number of channels is proved of a layer's own shape:
/// `establishes<prior, per_filter(sum_is<2>), weight_shape{.out = 8, .in = 2, .kernel = 3}>`. Works for custom policies
/// and lambdas. Example: examples/custom_constraint.cpp
template <auto Prior, auto Fact, detail::proof_shape Shape = 3>
inline constexpr bool establishes =
    detail::is_proved<detail::examined_formula<detail::required_policy<decltype(Prior)>, Shape>, Fact>;

}  // namespace esp::inline ESPALIER_ABI
