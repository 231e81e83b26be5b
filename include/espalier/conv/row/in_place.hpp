// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The input of one task where it lies: rows of the tensor, and rows of zeros for those outside of it.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_flags.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Pointers to the rows that a tile reads, on the stack of a worker: 8 KiB.
inline constexpr index_t row_pointers = 8 * KiB / static_cast<index_t>(sizeof(const void*));

/// Whether row tiles read a correlation from `in` channels of a group where it lies.
///
/// Zeros around it are what flags and a row of zeros stand for; a stride along W takes its phases apart, which is a
/// copy. Without loads by flags every tile at the end of a row would be read element by element.
[[nodiscard]] constexpr bool reads_in_place(index_t in, const extents& taps, const extents& stride, boundary around) {
  const index_t input_rows = row_tile_for(taps.h).rows + taps.h - 1;
  return simd::has_flagged_loads && around == boundary::zeros && stride.w == 1 &&
         in * taps.d * input_rows <= row_pointers;
}

/// What the tiles of a task read of a tensor, a row of tiles at a time. Nothing outside of the tensor is ever read.
template <class T>
class in_place_rows {
 public:
  /// x: channels of one group. `ow0`: the first output of a row, `longest`: outputs of a row and of a tile. scratch: as
  /// `row_slabs_for` counts it.
  in_place_rows(const correlation& p, const T* x, const index_t* offset, index_t input_rows, index_t ow0,
                index_t longest, T* scratch)
      : p_(p), x_(x), zeros_(scratch), iw0_(ow0 - p.before.w), input_rows_(input_rows) {
    T* const flags = scratch + whole_lines<T>(p.X.w);
    fill_zero(zeros_, p.X.w);
    for (index_t q = 0; q < longest + (p.taps.w - 1) * p.dilation.w; ++q) {
      flags[q] = iw0_ + q >= 0 && iw0_ + q < p.X.w ? lane_in<T> : lane_out<T>;
    }
    input_.taps = p.taps;
    input_.channels = p.in;
    input_.offset = offset;
    input_.channel = p.X.d * plane();
    input_.pitch = p.X.w;
    input_.rows = table_.data();
    input_.flags = flags;
    input_.begin = -iw0_;
    input_.end = p.X.w - iw0_;
  }
  in_place_rows(const in_place_rows&) = delete;
  in_place_rows& operator=(const in_place_rows&) = delete;

  /// Moves to the tiles that read rows from `ih0` on of planes from `id0` on. Whether all of them are there: then they
  /// are read at a pitch, else from the table.
  bool move(index_t id0, index_t ih0) {
    const index_t last = id0 + (p_.taps.d - 1) * p_.dilation.d;
    const bool inside = id0 >= 0 && last < p_.X.d && ih0 >= 0 && ih0 + input_rows_ <= p_.X.h;
    const bool held = p_.X.d * plane() <= elements_in<T>(row_budget::held);
    input_.ahead = inside && p_.in == 1 && !held ? (last - id0 + p_.stride.d) * plane() : 0;
    if (inside) {
      input_.first = x_ + (id0 * p_.X.h + ih0) * p_.X.w + iw0_;
    } else {
      fill_table(id0, ih0);
    }
    return inside;
  }
  [[nodiscard]] const row_tile_input<T>& input() const { return input_; }
  /// What follows reads what was read.
  void read() { input_.ahead = 0; }

 private:
  [[nodiscard]] index_t plane() const { return p_.X.h * p_.X.w; }

  void fill_table(index_t id0, index_t ih0) {
    const T** to = table_.data();
    for (index_t ic = 0; ic < p_.in; ++ic) {
      for (index_t kd = 0; kd < p_.taps.d; ++kd) {
        const index_t id = id0 + kd * p_.dilation.d;
        const bool there = id >= 0 && id < p_.X.d;
        for (index_t ih = ih0; ih < ih0 + input_rows_; ++ih) {
          const bool row = there && ih >= 0 && ih < p_.X.h;
          *to++ = (row ? x_ + ((ic * p_.X.d + id) * p_.X.h + ih) * p_.X.w : zeros_) + iw0_;
        }
      }
    }
  }

  const correlation& p_;
  const T* x_;
  T* zeros_;
  index_t iw0_;
  index_t input_rows_;
  row_tile_input<T> input_;
  std::array<const T*, static_cast<std::size_t>(row_pointers)> table_;  // Written before it is read.
};

}  // namespace esp::inline ESPALIER_ABI::detail
