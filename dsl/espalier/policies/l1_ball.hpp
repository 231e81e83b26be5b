// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The projection onto the l1 ball: absolute values that sum to at most a given number.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policies/simplex.hpp>
#include <espalier/policy.hpp>
#include <espalier/text.hpp>
#include <espalier/threshold.hpp>

namespace esp::inline ESPALIER_ABI {

/// w where sum(|w|) <= c, else each tap moved towards zero by one number t, and to zero if it is nearer: the nearest
/// block whose absolute values sum to c.
///
/// Where `cap<l1, c>` scales and keeps every tap, this one makes zeros: soft thresholding with the t that the ball asks
/// for. Establishes l1_at_most<c>, l2_at_most<c>, bounds<-c, c>. Euclidean projection; a block within the ball is
/// unchanged to the bit, another idempotent up to rounding of c; no singular input; NaN where a tap is NaN or infinite.
/// The gradient within the ball is passed on; outside, taps that are cut get none, and the others none along their
/// signs. Two passes. Errors: ESP-228 for c <= 0 or infinite, at run time for a parameter, ESP-227 in per_filter and
/// whole_weight. Source: Duchi, Shalev-Shwartz, Singer, Chandra, Efficient projections onto the l1-ball, ICML 2008.
template <auto Size>
struct l1_ball_t : policy<l1_ball_t<Size>> {
  static_assert(detail::SizeOfASet<Size>,
                "ESP-228: simplex<s>, l1_ball<c>, l2_ball<c> and sphere<r> take a finite number above zero or a named "
                "parameter; write for example l1_ball<1>");

  static constexpr text name() { return text("l1_ball<") << argument_text(Size) << ">"; }
  static constexpr auto map(auto w) {
    constexpr auto size = checked<detail::size_of_a_set{}>(Size);
    const auto left = excess(abs(w), size);
    return select(threshold(abs(w), size) <= 0, w, select(w < 0, -left, left));
  }
};
template <auto Size>
inline constexpr auto l1_ball = l1_ball_t<Size>{};

}  // namespace esp::inline ESPALIER_ABI
