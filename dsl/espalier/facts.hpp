// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What holds after a prior: sign, bounds, sums, norms and fixed taps, proved from its formula.
#pragma once

#include <array>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/lipschitz.hpp>
#include <espalier/lower.hpp>
#include <espalier/moments.hpp>
#include <espalier/node.hpp>
#include <espalier/output_choice.hpp>
#include <espalier/policy.hpp>
#include <espalier/proof_shape.hpp>
#include <espalier/region.hpp>
#include <espalier/schur.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/square_root.hpp>
#include <espalier/sum_and_norm.hpp>
#include <espalier/symmetry_facts.hpp>
#include <espalier/tap_classes.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI {

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

[[nodiscard]] constexpr known_facts examine(const graph& formula_graph, scope reach, bool by_inputs = false);

/// Of an output that is one of two formulas: what holds of both.
[[nodiscard]] constexpr known_facts examine_choice(const graph& g, scope reach, bool by_inputs) {
  const node& out = g[g.output];
  known_facts yes = examine(with_output(g, out.b), reach, by_inputs);
  const known_facts no = examine(with_output(g, out.c), reach, by_inputs);
  const auto l2_norm = [=](graph& q, int x) { return ask_sum_and_norm(q, x, reach, by_inputs).norm; };
  yes.l2_bound = sharper(yes.l2_bound, bound_by_condition(g, reach, l2_norm));
  if (yes.l2_bound) yes.range = {larger(yes.range.lo, -*yes.l2_bound), smaller(yes.range.hi, *yes.l2_bound)};
  return {.range = hull(yes.range, no.range),
          .sum = agreed(yes.sum, no.sum),
          .l2 = agreed(yes.l2, no.l2),
          .l2_bound = weaker(yes.l2_bound, no.l2_bound)};
}

[[nodiscard]] constexpr known_facts examine(const graph& formula_graph, scope reach, bool by_inputs) {
  if (chooses_between_wholes(formula_graph, reach)) return examine_choice(formula_graph, reach, by_inputs);
  graph g = formula_graph;
  const auto [total, norm] = ask_sum_and_norm(g, g.output, reach, by_inputs);
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

/// Each tap is at most a norm, on either side of 0.
[[nodiscard]] constexpr interval within_norms(const interval& range, const known_l1& sizes) {
  const auto norm = sharper(sizes.bound, sizes.l2_bound);
  if (!norm) return range;
  return {larger(range.lo, -*norm), smaller(range.hi, *norm)};
}
/// Whether all of `range` has the bounds of `f`.
[[nodiscard]] constexpr bool lies_within(const interval& range, const fact& f) {
  return (range.lo >= f.value || agrees(range.lo, f.value)) && (range.hi <= f.upper || agrees(range.hi, f.upper));
}

/// The value of one tap, where it is the same for every weight.
[[nodiscard]] constexpr std::optional<double> fixed_tap(const graph& g, tap_index where) {
  const extents k = g.shape.kernel;
  if (where.d < 0 || where.h < 0 || where.w < 0 || where.d >= k.d || where.h >= k.h || where.w >= k.w) {
    return std::nullopt;
  }
  const algebra proof(g);
  return proof.constant_at(g.output, (where.d * k.h + where.h) * k.w + where.w);
}

template <class F>
inline constexpr known_facts facts_of = examine(F::value, scope::block);
template <class F>
inline constexpr known_facts filter_facts_of = examine(F::value, scope::filter);
template <class F>
inline constexpr known_facts input_facts_of = examine(F::value, scope::input);
/// What is proved of the whole weight as a sum over filters; or, of what sums over input channels, over these.
[[nodiscard]] constexpr known_facts examine_whole(const graph& g) {
  const known_facts by_filters = examine(g, scope::whole);
  if (!g.has_level(scope::input) || by_filters.sum || by_filters.l2) return by_filters;
  const known_facts by_inputs = examine(g, scope::whole, true);
  return by_inputs.sum || by_inputs.l2 || !by_filters.l2_bound ? by_inputs : by_filters;
}
template <class F>
inline constexpr known_facts whole_facts_of = examine_whole(F::value);

/// True if every tap outside of the region is proved to be 0.
[[nodiscard]] constexpr bool is_zero_outside(const graph& g, const region_info& region) {
  const extents k = g.shape.kernel;
  if (region.needs_center && (k.d % 2 == 0 || k.h % 2 == 0 || k.w % 2 == 0)) return false;
  const algebra proof(g);
  for (index_t t = 0; t < k.volume(); ++t) {
    if (region.contains(tap_at(t, k), k)) continue;
    if (proof.constant_at(g.output, t) != 0.0) return false;
  }
  return true;
}

/// True if nothing in the formula divides by what may be zero, or has a root of what may be negative.
[[nodiscard]] constexpr bool stays_finite(const graph& g) { return !g.too_long && g[g.output].regular; }

template <class F>
[[nodiscard]] consteval bool holds(const fact& f) {
  if (f.kind == fact_kind::finite) return stays_finite(F::value);
  if (f.kind >= fact_kind::moment) return holds_by_moments(F::value, f);
  if (f.kind == fact_kind::support) return is_zero_outside(F::value, *f.region);
  if (f.kind == fact_kind::symmetric) return is_symmetric(F::value, *f.partition);
  if (f.kind == fact_kind::antisymmetric) return is_antisymmetric(F::value, *f.partition);
  if (f.kind == fact_kind::fixed_tap) {
    const extents k = F::value.shape.kernel;
    if (f.center && (k.d % 2 == 0 || k.h % 2 == 0 || k.w % 2 == 0)) return false;
    const auto v = fixed_tap(F::value, f.center ? tap_index{k.d / 2, k.h / 2, k.w / 2} : f.where);
    return v && agrees(*v, f.value);
  }
  const known_facts& known = f.reach == scope::block    ? facts_of<F>
                             : f.reach == scope::filter ? filter_facts_of<F>
                             : f.reach == scope::input  ? input_facts_of<F>
                                                        : whole_facts_of<F>;
  switch (f.kind) {
    case fact_kind::interval:
      return lies_within(known.range, f);
    case fact_kind::total:
      return (known.sum && agrees(*known.sum, f.value)) || holds_by_moments(F::value, f);
    case fact_kind::norm:
      return known.l2 && agrees(*known.l2, f.value);
    default:
      return known.l2_bound && *known.l2_bound <= ieee::product(f.value, 1 + 1e-12);
  }
}

/// The formula of a policy on what a fact is asked for.
template <class P, proof_shape Shape>
using examined_formula = formula<P, Shape.weight, Shape.eps>;

/// What the sum of absolute values over `taps` taps never exceeds, if `taps` is not 0, which stands for any number:
/// each is within its bounds, and the sum is at most sqrt(taps) times the l2 norm.
[[nodiscard]] constexpr double l1_limit(const known_facts& known, const known_l1& sizes, index_t taps) {
  const double own = sizes.bound.value_or(interval::infinity);
  if (taps == 0) return own;
  const auto count = static_cast<double>(taps);
  const double flat = ieee::product(count, known.range.magnitude());
  const auto norm = sharper(known.l2_bound, sizes.l2_bound);
  return smaller(own, norm ? smaller(flat, ieee::product(square_root(count), *norm)) : flat);
}
/// The same of blocks, of filters, of input channels and of the whole weight.
[[nodiscard]] constexpr l1_bounds l1_limits(const weight_shape& s, const std::array<known_facts, 4>& known,
                                            const std::array<known_l1, 4>& sizes) {
  const index_t taps = s.kernel.volume();
  const double block = l1_limit(known[0], sizes[0], taps);
  const double blocks = s.out == 0 ? interval::infinity : ieee::product(static_cast<double>(s.out), block);
  return {.block = block,
          .filter = l1_limit(known[1], sizes[1], taps * s.in),
          .input = smaller(l1_limit(known[2], sizes[2], taps * s.out), blocks),
          .whole = l1_limit(known[3], sizes[3], taps * s.in * s.out)};
}
/// What is proved of input channels: where no sum runs over them, no more than follows from their blocks.
template <class F, bool Sums = F::value.has_level(scope::input)>
inline constexpr known_facts bounded_inputs_of = input_facts_of<F>;
template <class F>
inline constexpr known_facts bounded_inputs_of<F, false> = known_facts{.range = facts_of<F>.range};
template <class F, bool Sums = F::value.has_level(scope::input)>
inline constexpr known_l1 l1_of_inputs = l1_of<F, scope::input>;
template <class F>
inline constexpr known_l1 l1_of_inputs<F, false>{};
template <class F>
inline constexpr l1_bounds l1_bounds_of =
    l1_limits(F::value.shape, {facts_of<F>, filter_facts_of<F>, bounded_inputs_of<F>, whole_facts_of<F>},
              {l1_of<F, scope::block>, l1_of<F, scope::filter>, l1_of_inputs<F>, l1_of<F, scope::whole>});

/// `holds` for what follows from sums of absolute values: those of the fact's scope, an l2 norm, which is not larger,
/// and a tap, which is not either.
template <class F, scope Reach>
[[nodiscard]] consteval bool holds_by_l1(const fact& f) {
  constexpr const known_l1& sizes = l1_of<F, Reach>;
  constexpr const l1_bounds& limits = l1_bounds_of<F>;
  constexpr double limit = Reach == scope::block    ? limits.block
                           : Reach == scope::filter ? limits.filter
                           : Reach == scope::input  ? limits.input
                                                    : limits.whole;
  const auto norm = sharper(sizes.bound, sizes.l2_bound);
  switch (f.kind) {
    case fact_kind::l1_norm:
      return sizes.value && agrees(*sizes.value, f.value);
    case fact_kind::l1_norm_at_most:
      return limit <= ieee::product(f.value, 1 + 1e-12);
    case fact_kind::norm_at_most:
      return norm && *norm <= ieee::product(f.value, 1 + 1e-12);
    default:
      return norm && lies_within(within_norms(facts_of<F>.range, sizes), f);
  }
}

/// The least L for which `lipschitz<L>` is proved; infinite where there is none.
template <class F, index_t Groups, bool CopiesBorder>
inline constexpr double lipschitz_of = interval::infinity;
template <class F, index_t Groups>
inline constexpr double lipschitz_of<F, Groups, false> =
    smaller(operator_bound(l1_bounds_of<F>, F::value.shape, Groups), schur_bound_of<F>);

/// Whether a fact is proved. What needs a proof of its own is asked for only where the fact does.
template <class F, fact Fact, index_t Groups = 1, bool CopiesBorder = false>
[[nodiscard]] consteval bool proves() {
  if constexpr (Fact.reach == scope::input && Groups > 1) {
    return false;  // the blocks of one number belong to an input channel of each group
  } else if constexpr (Fact.kind == fact_kind::lipschitz) {
    return lipschitz_of<F, Groups, CopiesBorder> <= ieee::product(Fact.value, 1 + 1e-12);
  } else {
    constexpr bool of_sizes = Fact.kind == fact_kind::l1_norm || Fact.kind == fact_kind::l1_norm_at_most;
    constexpr bool follows = of_sizes || Fact.kind == fact_kind::interval || Fact.kind == fact_kind::norm_at_most;
    if constexpr (!of_sizes && holds<F>(Fact)) {
      return true;
    } else if constexpr (follows) {
      return holds_by_l1<F, Fact.reach>(Fact);
    } else {
      return false;
    }
  }
}

template <class F, auto Fact, proof_shape Shape, bool IsQuestion = is_question<Fact>>
inline constexpr bool is_proved = false;
template <class F, auto Fact, proof_shape Shape>
inline constexpr bool is_proved<F, Fact, Shape, true> = proves<F, Fact, Shape.groups, Shape.copies_border>();

template <auto Prior, proof_shape Shape>
using examined = examined_formula<required_policy<decltype(Prior)>, Shape>;

}  // namespace detail

/// True if `Fact` is proved of every block that `Prior` constrains; false where it is not, which says nothing.
///
/// `static_assert(establishes<modes::zero_mean, zero_sum>)`. For a kernel other than 3 x 3 x 3, name its extents; what
/// depends on a region may depend on them. What depends on the number of channels is proved of a layer's own shape:
/// `establishes<prior, per_filter(sum_is<2>), weight_shape{.out = 8, .in = 2, .kernel = 3}>`. Works for custom policies
/// and lambdas. Example: examples/custom_constraint.cpp
template <auto Prior, auto Fact, detail::proof_shape Shape = 3>
inline constexpr bool establishes = detail::is_proved<detail::examined<Prior, Shape>, detail::stated<Fact>, Shape>;

}  // namespace esp::inline ESPALIER_ABI
