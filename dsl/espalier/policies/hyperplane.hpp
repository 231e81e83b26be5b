// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the hyperplane on which a weighted sum of the taps has a given value.
#pragma once

#include <espalier/config.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What `hyperplane` and `half_space` ask of a value that is set at run time.
struct value_of_a_plane : is_finite_t {
  static constexpr std::string_view id = "ESP-029";
  static constexpr std::string_view of = "the value of hyperplane<f, v> or half_space<f, v>";
};

}  // namespace detail

/// w - f * (sum(w * f) - v) / sum(f * f), where f is a number for each tap: the nearest block with sum(w * f) = v.
///
/// `hyperplane<[](esp::tap_index t) { return t.d - 1; }>` makes the slices in front and behind balance. With f = 1 it
/// is `shift<v>`. Establishes zero_sum where f is orthogonal to 1 and the block before sums to zero, and what else the
/// algebra proves of it. Euclidean projection, idempotent up to rounding. Two passes. Errors: ESP-029 for v that is not
/// finite, at run time for a parameter; ESP-214, ESP-215 for f, ESP-042 where it is zero at every tap.
template <auto F, auto Value = 0>
struct hyperplane_t : policy<hyperplane_t<F, Value>> {
  static_assert(detail::FiniteArgument<Value>,
                "ESP-029: the value of hyperplane<f, v> is not finite; write a finite number or param<\"v\">");

  static constexpr text name() { return text("hyperplane<f, ") << argument_text(Value) << ">"; }
  static constexpr auto map(auto w) {
    constexpr auto value = checked<detail::value_of_a_plane{}>(Value);
    return w - at<F> * ((sum(w * at<F>) - value) / sum(at<F> * at<F>));
  }
};
template <auto F, auto Value = 0>
inline constexpr auto hyperplane = hyperplane_t<F, Value>{};

}  // namespace esp::inline ESPALIER_ABI
