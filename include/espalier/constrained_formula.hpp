// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The formula that a layer computes with: its prior's, or another where the prior or the configuration is refused.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/lower.hpp>
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

/// The rules of a prior on its own weight, and beside a layer's groups.
template <conv3d Config, class Prior>
struct prior_rules {
  static constexpr bool is_valid = valid_prior<Prior, weight_shape_of(Config), Config.eps>::value;
  static constexpr bool of_one_group =
      InputsAreOfOneGroup<std::conditional_t<is_valid, to_policy_t<Prior>, held::refused_t>, Config>;
  static_assert(of_one_group,
                "ESP-219: per_input sums over all output channels that read an input channel, which a layer of several "
                "groups does not have beside each other; use per_filter or whole_weight, or one layer a group");
  static constexpr bool value = is_valid && of_one_group;
};

/// The formula of `Prior` on the weight of `Config`; of a prior that leaves the weight alone where either is refused,
/// so that one mistake prints one sentence.
template <conv3d Config, class Prior, bool Valid>
struct constrained_formula {
  using type = formula<held::refused_t, weight_shape{.out = 1, .in = 1, .kernel = 1}>;
};
template <conv3d Config, class Prior>
struct constrained_formula<Config, Prior, true> {
  using rules = prior_rules<Config, Prior>;
  using type = formula<std::conditional_t<rules::value, to_policy_t<Prior>, held::refused_t>, weight_shape_of(Config),
                       Config.eps>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
