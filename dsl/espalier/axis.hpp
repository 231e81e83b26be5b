// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The axes of a kernel by name.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// An axis of a kernel and of a volume, in the order of `extents`: `causal<axis::depth>`. Time is the depth of a clip.
enum class axis : unsigned char { depth, height, width };

namespace detail {

/// A tap's index along an axis.
[[nodiscard]] constexpr index_t along(tap_index t, axis a) {
  return a == axis::depth ? t.d : a == axis::height ? t.h : t.w;
}
/// A kernel's extent along an axis.
[[nodiscard]] constexpr index_t along(extents k, axis a) {
  return a == axis::depth ? k.d : a == axis::height ? k.h : k.w;
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
