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
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/valid_prior.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// Rejects sums over input channels where a block's number does not tell which input channel it reads.
template <class Prior, conv3d Config>
concept InputsAreOfOneGroup =
    Config.groups == 1 || !formula<Prior, weight_shape_of(Config)>::value.has_level(scope::input);

/// Rejects a learned number where the prior is no part of the forward.
template <conv3d Config, class F>
concept LearnsInForward = learned_names(F::value) == 0 || Config.enforce == enforcement::forward;

/// The rules of a prior on its own weight, beside a layer's groups and where it is enforced.
template <conv3d Config, class Prior>
struct prior_rules {
  using own = valid_prior<Prior, weight_shape_of(Config), Config.eps>;
  static constexpr bool of_one_group =
      InputsAreOfOneGroup<std::conditional_t<own::value, to_policy_t<Prior>, held::refused_t>, Config>;
  static_assert(
      of_one_group,
      "ESP-219: per_input sums over all output channels that read an input channel, as cap_lipschitz does, and "
      "these a layer of several groups does not have beside each other; use per_filter or whole_weight, or one layer a "
      "group");
  static constexpr bool learns = LearnsInForward<Config, typename own::formula_type>;
  static_assert(LearnsInForward<Config, typename own::formula_type>,
                "ESP-222: a learned number stands in the prior of a layer that forwards its stored weight as it is, so "
                "that no gradient reaches the number; leave .enforce at enforcement::forward");
  static constexpr bool value = own::value && of_one_group && learns;
};

/// The formula of `Prior` on the weight of `Config`; of a prior that leaves the weight alone where either is refused,
/// so that one mistake prints one sentence.
template <conv3d Config, class Prior, bool Valid>
struct constrained_formula {
  using type = formula<held::refused_t, weight_shape{.out = 1, .in = 1, .kernel = 1}>;
};
template <conv3d Config, class Prior>
struct constrained_formula<Config, Prior, true> {
  using own = valid_prior<Prior, weight_shape_of(Config), Config.eps>;
  using rules = prior_rules<Config, Prior>;
  // Its own rules first: fewer notes then lead from their sentences to the user's line.
  using type = formula<std::conditional_t<own::value && rules::value, to_policy_t<Prior>, held::refused_t>,
                       weight_shape_of(Config), Config.eps>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
