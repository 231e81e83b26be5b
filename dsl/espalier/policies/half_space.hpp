// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the half space in which a weighted sum of the taps is at most a given value.
#pragma once

#include <espalier/config.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policies/hyperplane.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// w - f * max(sum(w * f) - v, 0) / sum(f * f), where f is a number for each tap: the nearest block with
/// sum(w * f) <= v. A block that has it is unchanged to the bit.
///
/// Euclidean projection, idempotent up to rounding; the gradient on the border is that of the inside. Two passes.
/// Errors: ESP-029 for v that is not finite, at run time for a parameter; ESP-214, ESP-215 for f, ESP-042 where it is
/// zero at every tap.
template <auto F, auto Value = 0>
struct half_space_t : policy<half_space_t<F, Value>> {
  static_assert(detail::FiniteArgument<Value>,
                "ESP-029: the value of half_space<f, v> is not finite; write a finite number or param<\"v\">");

  static constexpr text name() { return text("half_space<f, ") << argument_text(Value) << ">"; }
  static constexpr auto map(auto w) {
    constexpr auto value = checked<detail::value_of_a_plane{}>(Value);
    return w - at<F> * (max(sum(w * at<F>) - value, 0) / sum(at<F> * at<F>));
  }
};
template <auto F, auto Value = 0>
inline constexpr auto half_space = half_space_t<F, Value>{};

}  // namespace esp::inline ESPALIER_ABI
