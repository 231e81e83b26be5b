// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that moves a block to a given sum.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// w + (s - sum(w)) / taps: the nearest block whose taps sum to s.
///
/// What `normalize<sum, s>` reaches by a factor, which grows without bound where the sum is near zero, this reaches by
/// a term: no tap moves by more than |s - sum(w)| / taps, whatever the weight is. Establishes sum_is<s>; Euclidean
/// projection, idempotent up to rounding. Two passes. Errors: ESP-029 for a target that is not finite. Example:
/// examples/fixed_center.cpp
template <auto Target>
struct shift_t : policy<shift_t<Target>> {
  static_assert(detail::FiniteArgument<Target>,
                "ESP-029: the target of shift<s> is not finite; write a finite number or param<\"s\">");

  static constexpr text name() { return text("shift<") << argument_text(Target) << ">"; }
  static constexpr auto map(auto w) { return w - mean(w) + Target / sum(detail::as_expression(1)); }
};
template <auto Target>
inline constexpr auto shift = shift_t<Target>{};

}  // namespace esp::inline ESPALIER_ABI
