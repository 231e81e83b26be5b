// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose gradient follows another rule than the derivative of its formula.
#pragma once

#include <espalier/config.hpp>
#include <espalier/gradient_rule.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// `P` with the gradient rule `Rule`.
template <gradient_rule Rule, class P>
struct with_gradient_t : policy<with_gradient_t<Rule, P>> {
  static constexpr bool lowers_itself = true;
  static constexpr gradient_rule gradient = Rule;

  static constexpr text name() { return named(detail::policy_name<P>()); }
  template <weight_shape Shape>
  static constexpr text name_on() {
    return named(detail::explained_name<P, Shape>());
  }
  static constexpr int lower(detail::graph& g, const detail::binding& b) { return detail::lower<P>(g, b); }

 private:
  static constexpr text named(const text& inner) {
    return text("with_gradient<") << (Rule == gradient_rule::exact              ? "exact"
                                      : Rule == gradient_rule::straight_through ? "straight_through"
                                      : Rule == gradient_rule::inclusive        ? "inclusive"
                                                                                : "tangent")
                                  << ">(" << inner << ")";
  }
};

/// `with_gradient<gradient_rule::straight_through>(clamp<0>)`: the same weights, another gradient.
///
/// Establishes what `P` establishes. Passes: those of `P`; the tangent rule takes one sum where the block's sum is
/// fixed and one more pass where its norm is. Errors: ESP-020 to ESP-024. Example: examples/custom_constraint.cpp
template <gradient_rule Rule, class P>
consteval auto with_gradient(P) {
  static_assert(detail::explain_policy<P>::value);
  return with_gradient_t<Rule, detail::to_policy_t<P>>{};
}

}  // namespace esp::inline ESPALIER_ABI
