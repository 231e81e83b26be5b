// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block a mean.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>

namespace esp::inline ESPALIER_ABI {

/// 1 / taps at every tap: a mean filter. (The projection onto a box of bounds is `clamp<lo, hi>`.)
///
/// Establishes sum_is<1>, l1_is<1>, and lipschitz<1> of a layer of one channel or of depthwise ones. No weight is read,
/// and none gets a gradient. One pass. Errors: none.
struct box_t : policy<box_t> {
  static constexpr auto map(auto) { return 1 / sum(constant_t(1)); }
};
inline constexpr box_t box{};

}  // namespace esp::inline ESPALIER_ABI
