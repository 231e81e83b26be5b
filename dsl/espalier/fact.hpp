// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The statements that can be proved of a prior: what `establishes` and `require` are asked.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/groups.hpp>
#include <espalier/interval.hpp>
#include <espalier/policy.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

enum class fact_kind : unsigned char {
  interval,
  total,
  norm,
  norm_at_most,
  fixed_tap,
  l1_norm,
  l1_norm_at_most,
  finite,
  support,
  symmetric,
  antisymmetric,
  lipschitz,
  moment,
  derivative,
  laplacian,
};

}  // namespace detail

/// How often a derivative is taken along each axis: `partial{.w = 1}`, `partial{.d = 1, .h = 1}`.
struct partial {
  unsigned d = 0;
  unsigned h = 0;
  unsigned w = 0;
};

/// A statement about every constrained block: a structural value, so that it can be asked as a template argument.
struct fact {
  static constexpr bool is_fact = true;

  detail::fact_kind kind = detail::fact_kind::interval;
  double value = 0;                             ///< the sum, the norm, its bound, the tap's value, or the lower bound
  double upper = detail::interval::infinity;    ///< of bounds
  detail::scope reach = detail::scope::block;   ///< what a sum or a norm runs over
  tap_index where{};                            ///< of a fixed tap; the powers of a moment, the axes of a derivative
  bool center = false;                          ///< the fixed tap is the one in the middle
  const detail::region_info* region = nullptr;  ///< of a support
  const detail::partition_info* partition = nullptr;  ///< of a symmetry: its orbits
};

namespace detail {

template <auto Value>
concept SizeArgument =
    Number<std::remove_const_t<decltype(Value)>> && requires { requires Value >= 0 && FiniteArgument<Value>; };
/// The number of a fact about absolute values.
template <auto Value>
struct size_in_fact {
  static constexpr bool is_size = SizeArgument<Value>;
  static_assert(is_size,
                "ESP-210: l1_is<c>, l1_at_most<c> and lipschitz<c> take a finite number c >= 0; nothing is proved of a "
                "parameter, and no sum of absolute values is below 0");
  static constexpr double value = 0;
};
template <auto Value>
requires SizeArgument<Value>
struct size_in_fact<Value> {
  static constexpr double value = static_cast<double>(Value);
};

template <Region R>
inline constexpr region_info region_info_of = describe_region<R>();
/// What stands in for what is no region, so that one mistake prints one error.
struct refused_region_t {
  static constexpr bool contains(tap_index, extents) { return true; }
};
/// The region of a fact.
template <class R>
struct region_in_fact {
  static constexpr bool is_region = Region<R>;
  static_assert(
      is_region,
      "ESP-211: support<...> takes a region: center_tap, neighbors, tap<d, h, w>, or mask<[](esp::tap_index t) "
      "{ return t.d == 0; }>");
  static constexpr const region_info* value = &region_info_of<refused_region_t>;
};
template <Region R>
struct region_in_fact<R> {
  static constexpr const region_info* value = &region_info_of<R>;
};

}  // namespace detail

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
/// The absolute values of the taps of every block sum to C.
template <auto C>
inline constexpr fact l1_is{.kind = detail::fact_kind::l1_norm, .value = detail::size_in_fact<C>::value};
/// They sum to at most C.
template <auto C>
inline constexpr fact l1_at_most{.kind = detail::fact_kind::l1_norm_at_most, .value = detail::size_in_fact<C>::value};
/// Every tap outside of the region is 0: `support<center_tap>`.
template <auto Where>
inline constexpr fact support{.kind = detail::fact_kind::support,
                              .region = detail::region_in_fact<std::remove_const_t<decltype(Where)>>::value};
/// No tap divides by what may be zero, with eps as it is: in exact arithmetic each is finite.
inline constexpr fact always_finite{.kind = detail::fact_kind::finite};
/// The convolution with the constrained weight makes no difference of two inputs longer than L times, in the l2 norm;
/// nor does the layer, whose bias and activation lengthen none. For inputs of every size, each stride and dilation,
/// and padding with zeros: what it takes and where it holds, lipschitz.hpp.
template <auto L>
inline constexpr fact lipschitz{.kind = detail::fact_kind::lipschitz, .value = detail::size_in_fact<L>::value};
/// The tap at (D, H, W) has the value V.
template <index_t D, index_t H, index_t W, auto V>
inline constexpr fact tap_is{.kind = detail::fact_kind::fixed_tap, .value = static_cast<double>(V), .where = {D, H, W}};
/// The tap in the middle has the value V.
template <auto V>
inline constexpr fact center_is{.kind = detail::fact_kind::fixed_tap, .value = static_cast<double>(V), .center = true};

/// The taps of every block times d^I h^J w^K sum to V; d, h and w count from the centre tap.
template <index_t I, index_t J, index_t K, auto V>
inline constexpr fact moment_is{.kind = detail::fact_kind::moment, .value = static_cast<double>(V), .where = {I, J, K}};
/// Every block is a stencil of this derivative: its cross-correlation with samples of a smooth function, one apart, is
/// the derivative with an error of order P or more in the distance. moments.hpp tells what is proved.
template <partial Axes, unsigned P>
inline constexpr fact derivative_to{.kind = detail::fact_kind::derivative,
                                    .value = static_cast<double>(P),
                                    .where = {index_t{Axes.d}, index_t{Axes.h}, index_t{Axes.w}}};
/// The same of the sum of the second derivatives along all axes with more than one tap.
template <unsigned P>
inline constexpr fact laplacian_to{.kind = detail::fact_kind::laplacian, .value = static_cast<double>(P)};

/// The same statement about all blocks of an output channel together.
[[nodiscard]] constexpr fact per_filter(fact f) {
  f.reach = detail::scope::filter;
  return f;
}
/// The same statement about all blocks that read an input channel together.
[[nodiscard]] constexpr fact per_input(fact f) {
  f.reach = detail::scope::input;
  return f;
}
/// The same statement about the whole weight.
[[nodiscard]] constexpr fact whole_weight(fact f) {
  f.reach = detail::scope::whole;
  return f;
}

namespace detail {

/// Refuses what is no fact.
template <class F>
struct explain_fact {
  static constexpr bool value = std::is_same_v<F, fact>;
  static_assert(
      std::is_same_v<F, fact>,
      "ESP-067: a fact is expected here: nonnegative, zero_sum, bounds<lo, hi>, sum_is<s>, l1_is<c>, l2_is<c>, "
      "l1_at_most<c>, l2_at_most<c>, lipschitz<L>, always_finite, support<region>, tap_is<d, h, w, v>, center_is<v>, "
      "symmetric<group>, antisymmetric<axis>, "
      "moment_is<i, j, k, v>, derivative_to<axes, order>, laplacian_to<order>, or one of them in per_filter(...)");
};
/// Refuses what is a fact, and says nothing.
template <fact Fact>
struct explain_meaning {
  static constexpr bool value = Fact.kind != fact_kind::lipschitz || Fact.reach == scope::block;
  static_assert(
      value, "ESP-212: lipschitz<L> speaks of the whole layer already; write it without per_filter and whole_weight");
};
/// What a template argument states: a fact, or the fact that the policy of a symmetry establishes.
template <auto Fact>
inline constexpr auto stated = Fact;
template <auto Fact>
requires requires { requires std::is_same_v<decltype(decltype(Fact)::stated), const fact>; }
inline constexpr fact stated<Fact> = decltype(Fact)::stated;

/// Whether a template argument is a fact that can be asked; else it is refused here.
template <auto Fact>
inline constexpr bool is_question = explain_fact<std::remove_const_t<decltype(Fact)>>::value;
template <auto Fact>
requires std::is_same_v<std::remove_const_t<decltype(Fact)>, fact>
inline constexpr bool is_question<Fact> = explain_meaning<Fact>::value;

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
