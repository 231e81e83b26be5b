// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the simplex: no negative taps, and a given sum.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policy.hpp>
#include <espalier/text.hpp>
#include <espalier/threshold.hpp>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The size of a set that is projected onto: a finite number above zero, or a named parameter.
template <auto Size>
concept SizeOfASet = Expression<std::remove_const_t<decltype(Size)>> || requires {
  requires Size > 0;
  requires FiniteArgument<Size>;
};

/// What `simplex`, `l1_ball`, `l2_ball` and `sphere` ask of a size that is set at run time.
struct size_of_a_set : is_finite_t {
  static constexpr std::string_view id = "ESP-228";
  static constexpr std::string_view of = "the size of simplex, l1_ball, l2_ball or sphere";
  static constexpr std::string_view must = "be positive and finite";
  static constexpr bool holds(double c) { return c > 0 && is_finite_t::holds(c); }
};

}  // namespace detail

/// max(w - t, 0) with the t for which the block sums to s: the nearest block without a negative tap that does.
///
/// Where `nonneg_sum1` scales what is positive, this moves all taps by one number and cuts at zero, so that a block is
/// moved as little as can be, and a block of negative taps keeps its order. Establishes nonnegative, sum_is<s>,
/// l1_is<s>, l2_at_most<s>, bounds<0, s>. Euclidean projection, idempotent up to rounding of s; no singular input; NaN
/// where a tap is NaN or infinite. The gradient passes centred to the taps that stay, none to the others; a tap that
/// ends at zero exactly is one of the others. Two passes. Errors: ESP-228 for s <= 0 or infinite, at run time for a
/// parameter, ESP-227 in per_filter and whole_weight. Source: Held, Wolfe, Crowder, Math. Program. 6 (1974); Duchi et
/// al., ICML 2008.
template <auto Size = 1>
struct simplex_t : policy<simplex_t<Size>> {
  static_assert(detail::SizeOfASet<Size>,
                "ESP-228: simplex<s>, l1_ball<c>, l2_ball<c> and sphere<r> take a finite number above zero or a named "
                "parameter; write for example simplex<1>");

  static constexpr text name() { return text("simplex<") << argument_text(Size) << ">"; }
  static constexpr auto map(auto w) { return excess(w, checked<detail::size_of_a_set{}>(Size)); }
};
template <auto Size = 1>
inline constexpr auto simplex = simplex_t<Size>{};

}  // namespace esp::inline ESPALIER_ABI
