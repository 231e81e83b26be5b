// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that limits each tap to an interval.
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

/// No upper bound: the default of `clamp<lo>`.
struct unbounded_t {};
inline constexpr unbounded_t unbounded{};

namespace detail {

/// A number that is not NaN, or a named parameter.
template <auto Value>
concept BoundArgument = Expression<std::remove_const_t<decltype(Value)>> || requires { requires Value == Value; };

template <auto Hi>
concept NoUpperBound = std::is_same_v<std::remove_const_t<decltype(Hi)>, unbounded_t>;

template <auto Lo, auto Hi>
concept OrderedBounds =
    BoundArgument<Lo> && (NoUpperBound<Hi> || (BoundArgument<Hi> && !requires { requires is_below(Hi, Lo); }));

/// What `clamp` asks of bounds that are set at run time.
struct bound_of_clamp : is_number_t {
  static constexpr std::string_view id = "ESP-026";
  static constexpr std::string_view of = "a bound of clamp<lo, hi>";
};
struct upper_bound_of_clamp {
  static constexpr std::string_view id = "ESP-026";
  static constexpr std::string_view of = "the upper bound of clamp<lo, hi>";
  static constexpr std::string_view must = "not be below the lower one";
  static constexpr bool holds(double hi, double lo) { return lo <= hi; }
};

}  // namespace detail

/// max(w, lo), and min(..., hi) where an upper bound is given. A NaN weight stays NaN.
///
/// Establishes bounds<lo, hi>, and nonnegative for lo >= 0. Euclidean projection onto the box, idempotent. One pass.
/// Errors: ESP-026 for lo > hi, NaN, or no number; at run time for a parameter. Example: examples/groups_nonneg.cpp
template <auto Lo, auto Hi = unbounded>
struct clamp_t : policy<clamp_t<Lo, Hi>> {
  static_assert(
      detail::OrderedBounds<Lo, Hi>,
      "ESP-026: clamp<lo, hi> has its bounds in the wrong order, or one is no number; write the smaller one first, "
      "for example clamp<-1, 1>");

  static constexpr text name() {
    text t("clamp<");
    t << argument_text(Lo);
    if constexpr (!detail::NoUpperBound<Hi>) t << ", " << argument_text(Hi);
    return t << ">";
  }
  static constexpr auto map(auto w) {
    constexpr auto lo = checked<detail::bound_of_clamp{}>(Lo);
    if constexpr (detail::NoUpperBound<Hi>) {
      return max(w, lo);
    } else {
      return min(max(w, lo), checked<detail::upper_bound_of_clamp{}>(checked<detail::bound_of_clamp{}>(Hi), Lo));
    }
  }
};
template <auto Lo, auto Hi = unbounded>
inline constexpr auto clamp = clamp_t<Lo, Hi>{};

}  // namespace esp::inline ESPALIER_ABI
