// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the l2 ball: a norm of at most a given number.
#pragma once

#include <espalier/config.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

/// w * min(1, c / sqrt(sum(w * w))): the nearest block whose l2 norm is at most c.
///
/// `cap<l2, c>` without its eps: the norm of a block outside is c to rounding however small c is. Establishes
/// l2_at_most<c>, bounds<-c, c>. Euclidean projection; a block within the ball is unchanged to the bit, another
/// idempotent up to rounding; no singular input. Two passes. Errors: ESP-228 for c <= 0 or infinite, at run time for a
/// parameter.
template <auto Size>
struct l2_ball_t : policy<l2_ball_t<Size>> {
  static_assert(detail::SizeOfASet<Size>,
                "ESP-228: simplex<s>, l1_ball<c>, l2_ball<c> and sphere<r> take a finite number above zero or a named "
                "parameter; write for example l2_ball<1>");

  static constexpr text name() { return text("l2_ball<") << argument_text(Size) << ">"; }
  static constexpr auto map(auto w) { return w * min(1, checked<detail::size_of_a_set{}>(Size) / l2(w)); }
};
template <auto Size>
inline constexpr auto l2_ball = l2_ball_t<Size>{};

}  // namespace esp::inline ESPALIER_ABI
