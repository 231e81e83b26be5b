// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One tap of a table of what is known of a kernel's taps.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What is known of a tap in every block of the constrained weight.
enum class tap_kind : unsigned char {
  free,      ///< Nothing.
  zero,      ///< It is 0, whatever the weight holds.
  constant,  ///< It is one number, the same in every block.
  tied,      ///< It is what the first tap of its group is, or that negated.
};

/// One tap of a table.
struct known_tap {
  tap_kind kind = tap_kind::free;
  double value = 0;      ///< Of a constant.
  index_t first = -1;    ///< Of a tied tap: the first tap of its group, which is tied to itself.
  bool negated = false;  ///< Whether a tied tap is the first one negated.

  friend constexpr bool operator==(const known_tap&, const known_tap&) = default;
};

}  // namespace esp::inline ESPALIER_ABI::detail
