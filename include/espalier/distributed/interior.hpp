// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What of a window can be computed before others' voxels are here, and the boxes of the rest.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Boxes that cover a window: first the interior, if there is one, then at most six slabs around it.
struct cut_window {
  std::array<volume_window, 7> boxes{};
  int count = 0;
  bool has_interior = false;

  constexpr void add(const volume_window& piece) { boxes[static_cast<std::size_t>(count++)] = piece; }
};

/// The largest box in `whole` of which `reads(piece)` lies in `own`, by taking positions off the ends; of size 0 along
/// an axis where there is none. Cost: a call of `reads` for each position that is taken off.
template <class Reads>
[[nodiscard]] constexpr volume_window interior_of(volume_window whole, const volume_window& own, const Reads& reads) {
  for (index_t extents::* const axis : {&extents::d, &extents::h, &extents::w}) {
    index_t &begin = whole.begin.*axis, &size = whole.size.*axis;
    const index_t own_end = own.begin.*axis + own.size.*axis;
    while (size > 0 && reads(whole).begin.*axis < own.begin.*axis) ++begin, --size;
    while (size > 0) {
      const volume_window read = reads(whole);
      if (read.begin.*axis >= own.begin.*axis && read.begin.*axis + read.size.*axis <= own_end) break;
      --size;
    }
    if (size == 0) break;
  }
  return whole;
}

/// Cuts a window around its interior; into itself alone where it has none, or is one.
template <class Reads>
[[nodiscard]] constexpr cut_window cut_around_interior(const volume_window& whole, const volume_window& own,
                                                       const Reads& reads) {
  cut_window cut;
  const volume_window inner = interior_of(whole, own, reads);
  if (inner.size.volume() == 0) {
    cut.add(whole);
    return cut;
  }
  cut.has_interior = true;
  cut.add(inner);
  volume_window left = whole;
  for (index_t extents::* const axis : {&extents::d, &extents::h, &extents::w}) {
    const index_t begin = inner.begin.*axis, end = begin + inner.size.*axis;
    const index_t left_end = left.begin.*axis + left.size.*axis;
    volume_window before = left, after = left;
    before.size.*axis = begin - left.begin.*axis;
    after.begin.*axis = end;
    after.size.*axis = left_end - end;
    if (before.size.*axis > 0) cut.add(before);
    if (after.size.*axis > 0) cut.add(after);
    left.begin.*axis = begin;
    left.size.*axis = inner.size.*axis;
  }
  return cut;
}

}  // namespace esp::inline ESPALIER_ABI::detail
