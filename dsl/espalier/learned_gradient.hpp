// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The formulas of a prior's learned numbers: their gradients, and what they start from.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/gradient.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The gradient of policy `P` with respect to the learned number that has name `Name` of its graph: at every tap, that
/// of the part that the tap is in. Reverse mode, summed over the taps that read the number.
template <class P, int Name, weight_shape Shape = typical_shape, double Eps = 1e-12>
struct learned_gradient_formula {
  using policy_type = P;
  static constexpr double eps = Eps;
  static constexpr graph value = [] {
    graph g = lowered<P>(Shape, {.eps = Eps, .marks_gradient_rules = true});
    reverse_mode(g).run_for_number(Name);
    return g;
  }();
};

/// What the learned number of name `Name` starts from, at every tap. @pre it was given a `starts_at`.
template <class P, int Name, weight_shape Shape = typical_shape, double Eps = 1e-12>
struct learned_start_formula {
  using policy_type = P;
  static constexpr double eps = Eps;
  static constexpr graph value = [] {
    graph g = lowered<P>(Shape, {.eps = Eps});
    g.output = g.numbers[static_cast<std::size_t>(Name)].start;
    return g;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
