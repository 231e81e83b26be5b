// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run over the whole weight tensor.
#pragma once

#include <espalier/config.hpp>
#include <espalier/policies/widened.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI {

/// `P` with every reduction over the whole weight tensor instead of one kernel block.
template <class P>
using whole_weight_t = detail::held::widened_t<detail::scope::whole, P>;

/// `whole_weight(subtract<mean>)`: the taps of the weight sum to zero together.
///
/// Establishes what `P` establishes, at this scope: `establishes<prior, whole_weight(zero_sum)>`. Passes: those of `P`,
/// each over the weight. Errors: ESP-020 to ESP-024. Example: examples/custom_constraint.cpp
template <class P>
requires(!requires { P::is_fact; })
constexpr auto whole_weight(P) {
  return whole_weight_t<detail::required_policy<P>>{};
}

}  // namespace esp::inline ESPALIER_ABI
