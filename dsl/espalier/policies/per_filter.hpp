// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run over all input channels of an output channel.
#pragma once

#include <espalier/config.hpp>
#include <espalier/policies/widened.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>

namespace esp::inline ESPALIER_ABI {

/// `P` with every reduction over all input channels of an output channel instead of one kernel block.
template <class P>
using per_filter_t = detail::held::widened_t<detail::scope::filter, P>;

/// `per_filter(subtract<mean>)`: the taps of one output channel sum to zero together.
///
/// Establishes what `P` establishes, at this scope: `establishes<prior, per_filter(zero_sum)>`. Passes: those of `P`,
/// each over one output channel. Errors: ESP-020 to ESP-024. Example: examples/custom_constraint.cpp
template <class P>
requires(!requires { P::is_fact; })
constexpr auto per_filter(P) {
  return per_filter_t<detail::required_policy<P>>{};
}

}  // namespace esp::inline ESPALIER_ABI
