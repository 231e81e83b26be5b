// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that shrinks a block whose norm is too large.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

template <class N>
concept CappableNorm = std::is_same_v<N, l1_t> || std::is_same_v<N, l2_t>;

template <auto Bound>
concept PositiveBound = Expression<std::remove_const_t<decltype(Bound)>> || requires { requires Bound > 0; };

/// What `cap` asks of a bound that is set at run time.
struct bound_of_cap : is_positive_t {
  static constexpr std::string_view id = "ESP-027";
  static constexpr std::string_view of = "the bound of cap<norm, c>";
};

}  // namespace detail

/// l2: w * min(1, c / sqrt(sum(w * w) + eps)); l1: w * min(1, c / (sum(|w|) + eps)). A block within the bound is
/// unchanged.
///
/// cap<l1, c> establishes l1_at_most<c>; over the whole weight, lipschitz<c>. cap<l2, c> establishes l2_at_most<c>;
/// Euclidean projection onto the ball, idempotent up to rounding. Two passes. Errors: ESP-027 for c <= 0, at run time
/// for a parameter, ESP-031 for another norm. Example: examples/max_l2_post_step.cpp
template <auto Norm, auto Bound>
struct cap_t : policy<cap_t<Norm, Bound>> {
  using norm = std::remove_const_t<decltype(Norm)>;
  static_assert(detail::CappableNorm<norm>, "ESP-031: cap<...> takes l1 or l2; write for example cap<l2, 0.8>");
  static_assert(detail::PositiveBound<Bound>,
                "ESP-027: the bound of cap<norm, c> is not positive; write c > 0, for example cap<l2, 0.8>");

  static constexpr text name() { return text("cap<") << norm::name << ", " << argument_text(Bound) << ">"; }
  static constexpr auto map(auto w) {
    constexpr auto bound = checked<detail::bound_of_cap{}>(Bound);
    if constexpr (std::is_same_v<norm, l2_t>) {
      return w * min(1, bound / sqrt(sum_of_squares(w) + eps));
    } else {
      return w * min(1, bound / (l1(w) + eps));
    }
  }
};
template <auto Norm, auto Bound>
inline constexpr auto cap = cap_t<Norm, Bound>{};

}  // namespace esp::inline ESPALIER_ABI
