// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of a threshold, as the graph holds it: less the largest value.
#pragma once

#include <espalier/config.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The t for which max(x - largest - t, 0) sums to c: from -c, where the largest value is the only one above, to 0.
[[nodiscard]] constexpr value_range range_of_threshold(const value_range& x, const value_range& c) {
  value_range r;
  r.nan = x.nan || c.nan || x.may_be_infinite() || c.may_be_infinite() || !c.surely_nonnegative();
  r.finite = !r.nan && c.bounded();
  if (c.nonnegative()) static_cast<interval&>(r) = {-c.hi, 0};
  r.sure = false;
  return r;
}

}  // namespace esp::inline ESPALIER_ABI::detail
