// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is read beside the input: the index map of one axis. Everything that copies input asks it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The element of an axis of `size` elements that stands at `position`, which is negative or at least `size` in the
/// padding; -1 where a zero stands. @pre for `boundary::replicate` the axis has an element.
[[nodiscard]] constexpr index_t element_at(boundary b, index_t position, index_t size) {
  if (position >= 0 && position < size) return position;
  if (b == boundary::zeros) return -1;
  return position < 0 ? 0 : size - 1;
}

/// The plane at `position` along D of a channel of `depth` planes of `size` elements; null where zeros stand.
template <class T>
[[nodiscard]] constexpr const T* plane_at(boundary b, const T* channel, index_t position, index_t depth, index_t size) {
  const index_t id = element_at(b, position, depth);
  return id < 0 ? nullptr : channel + id * size;
}

}  // namespace esp::inline ESPALIER_ABI::detail
