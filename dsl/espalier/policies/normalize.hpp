// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that scales a block to a given sum, l1 norm or l2 norm.
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
concept NormOfABlock = std::is_same_v<N, sum_t> || std::is_same_v<N, l1_t> || std::is_same_v<N, l2_t>;

/// What `normalize` asks of a target that is set at run time.
struct target_of_normalize : is_finite_t {
  static constexpr std::string_view id = "ESP-029";
  static constexpr std::string_view of = "the target of normalize<norm, target>";
};

}  // namespace detail

/// sum: w / (sum(w) + eps) * s; l1: w / (sum(|w|) + eps) * s; l2: w / sqrt(sum(w * w) + eps) * s.
///
/// Establishes sum_is<s>, l1_is<|s|>, or l2_is<s>; l1 after a proved sign is the plain sum and establishes sum_is<s>
/// too. Scaling by a signed sum is no projection: a block whose sum is near zero grows without bound
/// (docs/facts.md). Two passes. Errors: ESP-028 for another norm, ESP-029 for a target that is not finite, at run
/// time for a parameter. Example: examples/unit_l2.cpp
template <auto Norm, auto Target = 1>
struct normalize_t : policy<normalize_t<Norm, Target>> {
  using norm = std::remove_const_t<decltype(Norm)>;
  static_assert(detail::NormOfABlock<norm>,
                "ESP-028: normalize<...> takes sum, l1 or l2; write for example normalize<l2>");
  static_assert(detail::FiniteArgument<Target>,
                "ESP-029: the target of normalize<norm, target> is not finite; write a finite number or param<\"s\">");

  static constexpr text name() {
    text t("normalize<");
    t << norm::name;
    if constexpr (!requires { requires Number<decltype(Target)> && Target == 1; }) t << ", " << argument_text(Target);
    return t << ">";
  }
  static constexpr auto map(auto w) {
    constexpr auto target = checked<detail::target_of_normalize{}>(Target);
    if constexpr (std::is_same_v<norm, l2_t>) {
      return w / sqrt(sum_of_squares(w) + eps) * target;
    } else if constexpr (std::is_same_v<norm, l1_t>) {
      return w / (l1(w) + eps) * target;
    } else {
      return w / (sum(w) + eps) * target;
    }
  }
};
template <auto Norm, auto Target = 1>
inline constexpr auto normalize = normalize_t<Norm, Target>{};

}  // namespace esp::inline ESPALIER_ABI
