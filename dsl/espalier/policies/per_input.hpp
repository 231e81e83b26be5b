// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run over all output channels that read an input channel.
#pragma once

#include <espalier/config.hpp>
#include <espalier/policies/widened.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI {

/// `P` with every reduction over all blocks that read an input channel instead of one kernel block.
template <class P>
using per_input_t = detail::held::widened_t<detail::scope::input, P>;

/// `per_input(normalize<l1>)`: the absolute values of all taps that read one input channel sum to 1.
///
/// Establishes what `P` establishes, at this scope: `establishes<prior, per_input(l1_is<1>)>`. Passes: those of `P`,
/// each over the whole weight. Errors: ESP-020 to ESP-024; a layer of several groups refuses it (ESP-219), as its
/// output channels read an input channel of their own group only. Example: examples/custom_constraint.cpp
template <class P>
requires(!requires { P::is_fact; })
constexpr auto per_input(P) {
  return per_input_t<detail::required_policy<P>>{};
}

}  // namespace esp::inline ESPALIER_ABI
