// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy whose reductions run further than a kernel block: what `per_filter`, `per_input` and `whole_weight` make.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI::detail::held {

/// `P` with every reduction over the parts of `Reach` instead of one kernel block.
template <scope Reach, class P>
struct widened_t : policy<widened_t<Reach, P>> {
  static_assert(Reach > scope::block);
  static constexpr bool lowers_itself = true;

  static constexpr text name() { return called(policy_name<P>()); }
  template <weight_shape Shape>
  static constexpr text name_on() {
    return called(explained_name<P, Shape>());
  }
  static constexpr int lower(graph& g, const binding& b) {
    binding inner = b;
    inner.reach = Reach;
    return detail::lower<P>(g, inner);
  }

 private:
  static constexpr text called(const text& inner) {
    return text(Reach == scope::filter  ? "per_filter("
                : Reach == scope::input ? "per_input("
                                        : "whole_weight(")
           << inner << ")";
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
