// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where a layer's type is named: what its rules are asked there, and what computes in place of a refused prior.
#pragma once

#include <espalier/config.hpp>
#include <espalier/constrained_formula.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/convolution.hpp>
#include <espalier/layer_refusals.hpp>
#include <espalier/layer_tensors.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/valid_prior.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// False for a variable template without its arguments, which g++ takes for a prior of no type.
template <class P>
concept HasAType = requires { typename std::remove_const<P>::type; };

/// What a layer of `T` holds: `T`, or float where that is refused. It asks no prior, which g++ 12 cannot take in a
/// base.
template <class T>
using layer_element = std::conditional_t<validated_element<T>::value, T, float>;

/// What a layer stores and what it refuses. By the configuration that the direct kernels make of one that is refused.
template <conv3d Config, class T>
using layer_tensors_of = held::layer_tensors<direct_forward<Config, layer_element<T>>::config, layer_element<T>>;
template <conv3d Config, class T>
using layer_refusals_of = held::layer_refusals<direct_forward<Config, layer_element<T>>::config, layer_element<T>>;

/// The operations of a layer; those without a prior where `Prior` is no value.
template <conv3d Config, auto Prior, class T>
struct layer_convolution {
  using type = convolution<Config, Prior, T>;
};
template <conv3d Config, auto Prior, class T>
requires(!HasAType<decltype(Prior)>)
struct layer_convolution<Config, Prior, T> {
  using type = convolution<Config, identity, T>;
};

/// Asks the rules where a layer's type is named, so that a sentence stands on the line of `using layer = ...` and not
/// on that of the first use. Always true: what is refused is refused once.
template <conv3d Config, class Prior, class T, bool = validated<Config>::value && validated_element<T>::value>
inline constexpr bool named_layer = true;
template <conv3d Config, class Prior, class T>
inline constexpr bool named_layer<Config, Prior, T, true> =
    (valid_prior<std::remove_const_t<Prior>, weight_shape_of(Config), Config.eps>::value &&
     prior_rules<Config, std::remove_const_t<Prior>>::value) ||
    true;

}  // namespace esp::inline ESPALIER_ABI::detail
