// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The rules that a prior must meet on a layer's own kernel, each a named concept with its own sentence.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/learned_rules.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table_rules.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

template <extents Kernel>
concept OddOnEveryAxis = Kernel.d % 2 == 1 && Kernel.h % 2 == 1 && Kernel.w % 2 == 1;

/// Rejects an even kernel for a prior that speaks of the centre tap.
template <class F>
concept KernelHasACenter = OddOnEveryAxis<F::value.shape.kernel> || [] {
  for (int i = 0; i < F::value.region_count; ++i) {
    if (F::value.regions[static_cast<std::size_t>(i)].needs_center) return false;
  }
  return true;
}();

/// Rejects a region outside the kernel: one that holds none of its taps. The neighbours of a one-tap kernel are one.
template <class F>
concept RegionsHoldTaps = [] {
  for (int i = 0; i < F::value.region_count; ++i) {
    if (F::value.taps_in(1u << i) == 0) return false;
  }
  return true;
}();

template <class F>
concept FormulaFits = !F::value.too_long && !tap_classes(F::value).too_many;

/// Rejects a formula that divides by a value that is zero for every weight.
template <class F>
concept DivisorsCanBeNonzero = !divides_by_zero(F::value);

/// Rejects a threshold over more than a block: a filter's taps do not lie in one place when it is found.
template <class F>
concept ThresholdsStayInABlock = !F::value.widens_threshold;

/// Whether the result has a factor that was written as zero: one walk, since operands stand before their users.
[[nodiscard]] constexpr bool is_written_as_zero(const graph& g) {
  std::array<bool, static_cast<std::size_t>(graph::capacity)> zero{};
  const auto of = [&](int id) { return id >= 0 && zero[static_cast<std::size_t>(id)]; };
  for (int id = 0; id < g.size; ++id) {
    const node& n = g[id];
    bool& z = zero[static_cast<std::size_t>(id)];
    if (n.op == operation::constant) z = n.value == 0;
    if (n.op == operation::multiply) z = of(n.a) || of(n.b);
    if (n.op == operation::divide || n.op == operation::negate || n.op == operation::sum) z = of(n.a);
    if (n.op == operation::add || n.op == operation::subtract) z = of(n.a) && of(n.b);
    if (n.op == operation::select) z = of(n.b) && of(n.c);
  }
  return of(g.output);
}

/// Rejects a formula that makes zero of every kernel: `w * (1 / 2)` is an integer division.
template <class F>
concept LeavesSomething = !is_written_as_zero(F::value);

/// Checks `Prior` on weights of shape `Shape`. One mistake prints one sentence; `value` says whether to go on.
template <class Prior, weight_shape Shape, double Eps>
struct valid_prior {
  static constexpr bool is_policy = explain_policy<Prior>::value;
  using formula_type = formula<to_policy_t<Prior>, Shape, Eps>;

  static constexpr bool has_tables = usable_tables<formula_type>::value;
  static constexpr bool fits = has_tables && FormulaFits<formula_type>;
  static_assert(
      !has_tables || FormulaFits<formula_type>,
      "ESP-033: the prior's formula is too long; it may have 320 nodes, 16 regions, 32 combinations of regions and "
      "16 parameters: split it, or write repeated parts once");
  static constexpr bool has_center = !fits || KernelHasACenter<formula_type>;
  static_assert(
      !fits || KernelHasACenter<formula_type>,
      "ESP-040: the prior needs a centre tap, and a kernel with an even extent has none; make every kernel extent odd");
  static constexpr bool has_taps = !fits || !has_center || RegionsHoldTaps<formula_type>;
  static_assert(
      !fits || !has_center || RegionsHoldTaps<formula_type>,
      "ESP-041: a region of the prior lies outside the kernel: it holds none of its taps; enlarge the kernel or "
      "change the region");
  static constexpr bool divides = !fits || !has_center || !has_taps || DivisorsCanBeNonzero<formula_type>;
  static_assert(!fits || !has_center || !has_taps || DivisorsCanBeNonzero<formula_type>,
                "ESP-042: the prior divides by a value that is zero whatever the weights are; drop the policy that "
                "makes it zero");
  static constexpr bool leaves = !fits || LeavesSomething<formula_type>;
  static_assert(!fits || LeavesSomething<formula_type>,
                "ESP-068: the prior makes zero of every kernel: a factor of its formula is 0; a division of integers "
                "rounds down, so write 0.5 or 1.0 / 2 for 1 / 2");

  static constexpr bool stays = !fits || !has_taps || ThresholdsStayInABlock<formula_type>;
  static_assert(
      !fits || !has_taps || ThresholdsStayInABlock<formula_type>,
      "ESP-227: a threshold runs over one kernel block: simplex, l1_ball, threshold and excess stand in no per_filter "
      "or whole_weight, their sum is one number for a block, and the regions they stand in have a tap in common");

  static constexpr bool names = !fits || EachNameIsOneNumber<formula_type>;
  static_assert(!fits || EachNameIsOneNumber<formula_type>,
                "ESP-223: a name of the prior stands for different numbers: of two scopes, learned and not learned, or "
                "learned from two starts; give each number a name of its own");
  static constexpr bool starts = !fits || !names || NumbersStartFromOneValue<formula_type>;
  static_assert(!fits || !names || NumbersStartFromOneValue<formula_type>,
                "ESP-225: a learned number starts at a formula that has several values for the part it is one number "
                "of; reduce the formula over that part, or learn one number for each smaller part");
  static constexpr bool learns = !fits || !names || NumbersGetAGradient<formula_type>;
  static_assert(!fits || !names || NumbersGetAGradient<formula_type>,
                "ESP-224: no gradient reaches a learned number of the prior: it stands in conditions alone, or in a "
                "policy whose gradient rule passes it by; set it at run time instead, param<\"name\">");

  static constexpr bool value =
      is_policy && fits && has_center && has_taps && divides && leaves && stays && names && starts && learns;
};

}  // namespace esp::inline ESPALIER_ABI::detail
