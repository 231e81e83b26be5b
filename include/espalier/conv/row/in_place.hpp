// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The input of one task where it lies, and a copy of no more than the rows of tiles at a border.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/row/cut.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_elements.hpp>
#include <espalier/simd/lane_flags.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether row tiles may read a correlation from `in` channels of a group where it lies, and what they find beside it.
///
/// Zeros beside its rows are what flags stand for; a stride along W takes its phases apart, which is a copy. Several
/// channels that are a power of two apart share sets of the first cache: 3 > 3 on 64 x 128 x 128 took 1.1 times as
/// long. Without loads by flags every tile at the end of a row would be read element by element, and 16 registers have
/// none left for flags beside the sums: such a tile would spill.
/// What a boundary repeats beside the rows is taken from a register of them by numbers, where that is an instruction,
/// the padding fits the register, and the other end is not asked for: 1 > 1 on 128^3 took 1.5 times as long as a copy.
template <class T>
[[nodiscard]] constexpr row_ends ends_in_place(index_t in, const extents& stride, const axis_boundary& beside = {},
                                               index_t before = 0, index_t after = 0) {
  if (!simd::has_flagged_loads || vector_registers <= 16 || in > 1 || stride.w > 1) return row_ends::none;
  if (beside == axis_boundary()) return row_ends::zeros;
  const auto within = [](boundary b, index_t padded) {
    return b == boundary::zeros || (b != boundary::circular && padded < lanes<T>);
  };
  const bool numbered = simd::has_element_loads && within(beside.before, before) && within(beside.after, after);
  return numbered ? row_ends::repeated : row_ends::none;
}

/// What the tiles of a task read of a tensor, a row of tiles at a time: in place, or, where rows or planes lie outside
/// of the tensor, as a copy with what the boundary says for them. Nothing outside of the tensor is ever read.
template <class T>
class in_place_rows {
 public:
  /// x: channels of one group. offset: of columns in the tensor. `ow0`: the first output of a row; `outputs` of a row.
  /// scratch: `b.elements`.
  in_place_rows(const correlation& p, const row_blocking& b, const T* x, const index_t* offset, index_t ow0,
                index_t outputs, T* scratch)
      : p_(p), layout_(b.plane), x_(x), ow0_(ow0), outputs_(outputs), copy_(scratch) {
    T *const flags = scratch + p.in * p.taps.d * layout_.size(), *const elements = flags + layout_.pitch;
    const bool repeats = p.boundary.w != axis_boundary();
    for (index_t q = 0; q < layout_.pitch; ++q) {
      const index_t iw = element_at(p.boundary.w, ow0 - p.before.w + q, p.X.w);
      flags[q] = iw >= 0 ? lane_in<T> : lane_out<T>;
      if (repeats) elements[q] = element_in_table<T>(iw);
    }
    for (index_t kw = 0; kw < p.taps.w; ++kw) column_[static_cast<std::size_t>(kw)] = layout_.tap_offset(0, kw);
    there_.taps = copied_.taps = p.taps;
    there_.channels = copied_.channels = p.in;
    there_.offset = offset;
    there_.channel = p.X.d * plane();
    there_.pitch = p.X.w;
    there_.flags = flags;
    there_.elements = repeats ? elements : nullptr;
    there_.begin = p.before.w - ow0;
    there_.end = there_.begin + p.X.w;
    copied_.offset = copied_offset_.data();
    copied_.first = scratch;
    copied_.channel = p.taps.d * layout_.size();
    copied_.pitch = layout_.pitch;
  }
  in_place_rows(const in_place_rows&) = delete;
  in_place_rows& operator=(const in_place_rows&) = delete;

  /// What tiles read from output row `oh` of output plane `od` on.
  const row_tile_input<T>& at(index_t od, index_t oh) {
    const index_t id = od * p_.stride.d - p_.before.d, last = id + (p_.taps.d - 1) * p_.dilation.d;
    const index_t ih = oh - p_.before.h;
    if (id < 0 || last >= p_.X.d || ih < 0 || ih + layout_.rows > p_.X.h) {
      copy(id, oh);
      return copied_;
    }
    const bool held = p_.in * p_.X.d * plane() <= elements_in<T>(row_budget::held);
    there_.ahead = p_.in == 1 && !held ? (last - id + p_.stride.d) * plane() : 0;
    there_.first = x_ + (id * p_.X.h + ih) * p_.X.w - there_.begin;
    return there_;
  }
  /// What is read next was read before.
  void again() { there_.ahead = 0; }

 private:
  [[nodiscard]] index_t plane() const { return p_.X.h * p_.X.w; }

  // The copies are a ring of planes: of those that the output plane before has read, the next one copies what is new.
  void copy(index_t id0, index_t oh) {
    const bool turns = p_.dilation.d == 1;
    if (oh != copied_oh_ || !turns) held_.fill(nothing);
    copied_oh_ = oh;
    index_t* offset = copied_offset_.data();
    for (index_t kd = 0; kd < p_.taps.d; ++kd) {
      const index_t id = id0 + kd * p_.dilation.d;
      const index_t slot = turns ? (id + p_.before.d) % p_.taps.d : kd;
      for (index_t kw = 0; kw < p_.taps.w; ++kw) *offset++ = slot * layout_.size() + column_[static_cast<std::size_t>(kw)];
      index_t& held = held_[static_cast<std::size_t>(slot)];
      if (held != id) copy_planes(id, oh, copy_ + slot * layout_.size());
      held = id;
    }
  }
  void copy_planes(index_t id, index_t oh, T* to) {
    for (index_t ic = 0; ic < p_.in; ++ic, to += p_.taps.d * layout_.size()) {
      const T* const from = plane_at(p_.boundary, x_ + ic * p_.X.d * plane(), id, p_.X.d, plane());
      copy_plane(layout_, from, p_.X.h, p_.X.w, oh, layout_.rows - p_.taps.h + 1, ow0_, outputs_, to);
    }
  }

  static constexpr index_t nothing = std::numeric_limits<index_t>::min();

  const correlation& p_;
  const plane_layout& layout_;
  const T* x_;
  index_t ow0_, outputs_;
  T* copy_;
  row_tile_input<T> there_, copied_;
  index_t copied_oh_ = nothing;  ///< Of the rows in the ring,
  std::array<index_t, static_cast<std::size_t>(offset_table)> held_;  ///< and the plane in each of its slots.
  /// Of columns: within a plane of the ring; and in the ring as it is turned.
  std::array<index_t, static_cast<std::size_t>(offset_table)> column_, copied_offset_;
};

}  // namespace esp::inline ESPALIER_ABI::detail
