// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The formula that a layer computes with: its prior's, or another where the prior or the configuration is refused.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/valid_prior.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Rejects a learned number where the prior is no part of the forward.
template <conv3d Config, class F>
concept LearnsInForward = learned_names(F::value) == 0 || Config.enforce == enforcement::forward;

template <conv3d Config, class F>
struct explain_learning {
  static_assert(LearnsInForward<Config, F>,
                "ESP-222: a learned number stands in the prior of a layer that forwards its stored weight as it is, so "
                "that no gradient reaches the number; leave .enforce at enforcement::forward");
  static constexpr bool value = LearnsInForward<Config, F>;
};

/// The formula of `Prior` on the weight of `Config`; of a prior that leaves the weight alone where either is refused,
/// so that one mistake prints one sentence.
template <conv3d Config, class Prior, bool Valid>
struct constrained_formula {
  using type = formula<held::refused_t, weight_shape{.out = 1, .in = 1, .kernel = 1}>;
};
template <conv3d Config, class Prior>
struct constrained_formula<Config, Prior, true> {
  using rules = valid_prior<Prior, weight_shape_of(Config), Config.eps>;
  static constexpr bool learns = explain_learning<Config, typename rules::formula_type>::value;
  using type = formula<std::conditional_t<rules::value && learns, to_policy_t<Prior>, held::refused_t>,
                       weight_shape_of(Config), Config.eps>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
