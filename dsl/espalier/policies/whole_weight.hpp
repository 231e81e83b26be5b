// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run over the whole weight tensor.
#pragma once

#include <espalier/config.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// `P` with every reduction over the whole weight tensor instead of one kernel block.
template <class P>
struct whole_weight_t : policy<whole_weight_t<P>> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return text("whole_weight(") << policy_name<P>() << ")"; }
  template <weight_shape Shape>
  static constexpr text name_on() {
    return text("whole_weight(") << explained_name<P, Shape>() << ")";
  }
  static constexpr int lower(graph& g, const binding& b) {
    binding inner = b;
    inner.reach = scope::whole;
    return esp::lower<P>(g, inner);
  }
};

/// `whole_weight(subtract<mean>)`: the taps of the weight sum to zero together.
///
/// Establishes what `P` establishes, at this scope: `establishes<prior, whole_weight(zero_sum)>`. Passes: those of `P`,
/// each over the weight. Errors: ESP-020 to ESP-024. Example: examples/custom_constraint.cpp
template <class P>
requires(!requires { P::is_fact; })
constexpr auto whole_weight(P) {
  return whole_weight_t<required_policy<P>>{};
}

}  // namespace esp::inline ESPALIER_ABI
