// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is read beside the input: the index map of one axis. Everything that copies input asks it.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/shape.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// The element of an axis of `size` elements that stands at `position`, which is negative or at least `size` in the
/// padding; -1 where a zero stands. Beyond what `largest_padding` allows, as tiles that overhang ask for, it is the
/// element at that end. @pre a boundary other than zeros has an element to read.
[[nodiscard]] constexpr index_t element_at(const axis_boundary& edge, index_t position, index_t size) {
  if (position >= 0 && position < size) return position;
  const bool starts = position < 0;
  const boundary b = starts ? edge.before : edge.after;
  if (b == boundary::zeros) return -1;
  // Mirrors send position p to `sum - p`, without the last element or with it.
  const index_t end = size - 1, sum = (starts ? 0 : 2 * end) + (b == boundary::symmetric ? (starts ? -1 : 1) : 0);
  const index_t at = b == boundary::replicate  ? position
                     : b == boundary::circular ? position + (starts ? size : -size)
                                               : sum - position;
  return at < 0 ? 0 : at > end ? end : at;
}

/// The widest padding that a side of an axis of `size` elements can have: no element is read beyond the other end.
[[nodiscard]] constexpr index_t largest_padding(boundary b, index_t size) {
  if (b == boundary::zeros || b == boundary::replicate) return std::numeric_limits<index_t>::max();
  return b == boundary::reflect ? size - 1 : size;
}

/// The plane at `position` along D of a channel of `depth` planes of `size` elements; null where zeros stand.
template <class T>
[[nodiscard]] constexpr const T* plane_at(const boundaries& b, const T* channel, index_t position, index_t depth,
                                          index_t size) {
  const index_t id = element_at(b.d, position, depth);
  return id < 0 ? nullptr : channel + id * size;
}

}  // namespace esp::inline ESPALIER_ABI::detail
