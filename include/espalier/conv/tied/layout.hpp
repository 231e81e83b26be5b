// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where the sums of a channel's groups lie in scratch, for a block of output rows.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The scratch of one channel: the kept arrays of as many input planes as the kernel has, which take turns, then the
/// arrays of one output plane. Arrays that are not kept lie behind all channels and serve each in turn.
///
/// Position `q = oh * pitch + ow` of an array belongs to the output there, as in a copied plane: what a group adds up
/// is a run of consecutive elements, and positions between two rows are summed and dropped.
struct sums_layout {
  sums_view sums;
  plane_layout plane;     ///< Of the copied input.
  index_t depth = 1;      ///< Input planes that an output plane reads.
  index_t tile = 1;       ///< Positions that are read at once: the last ones may lie beyond the end.
  index_t step_h = 0;     ///< Elements between two rows of taps.
  index_t full = 0;       ///< Elements of an array of an input plane that reaches no row,
  index_t row = 0;        ///< fewer by so many for each row of taps that it reaches.
  index_t output = 0;     ///< Elements of an array of an output plane.
  index_t per_plane = 0;  ///< Elements of the kept arrays of an input plane,
  index_t channel = 0;    ///< and of everything of a channel.
  index_t passing = 0;    ///< Elements of the arrays that are not kept.

  /// For blocks of at most `OH` rows and `OW` columns, read in tiles of `tile` positions. @pre stride 1.
  template <class T>
  static constexpr sums_layout of(const sums_view& sums, plane_layout plane, index_t depth, index_t tile, index_t OH,
                                  index_t OW) {
    sums_layout l;
    l.sums = sums;
    l.plane = plane;
    l.plane.rows = plane.h.span(OH);
    l.plane.pitch = plane.w.span(OW);
    l.depth = depth;
    l.tile = tile;
    // A tile may reach beyond the last position, and the last vector of a sum beyond its last element.
    l.full = whole_lines<T>(l.plane.size() + tile + lanes<T>);
    l.step_h = plane.h.dilation * l.plane.pitch;
    l.row = l.step_h / line_elements<T> * line_elements<T>;
    l.output = whole_lines<T>(ceil_div((OH - 1) * l.plane.pitch + OW, tile) * tile);
    l.per_plane = l.all(sums.kept);
    // A line at least: a kernel of zeros reads nothing.
    const index_t kept = depth * l.per_plane + sums.along_d.count * l.output;
    l.channel = kept > 0 ? kept : line_elements<T>;
    l.passing = l.all(sums.passing);
    return l;
  }

  [[nodiscard]] constexpr index_t all(const sum_sort& s) const { return s.count * full - s.reach_h * row; }
  /// Where an array of an input plane begins among those of its sort.
  [[nodiscard]] constexpr index_t place(const sum_array& a) const { return a.number * full - a.before_h * row; }
  /// `plane.tap_offset` without a stride, and so without its divisions, which took as long as a third of the sums.
  [[nodiscard]] constexpr index_t moved(const tap_index& at) const { return at.h * step_h + at.w * plane.w.dilation; }
  /// Where a summand for output plane `od` lies in the scratch of its channel. @pre its array is kept, or of an output
  /// plane.
  [[nodiscard]] constexpr index_t place(const sum_term& t, index_t od) const {
    const sum_array& a = sums.array[t.array];
    if (t.array >= sums.planes) return depth * per_plane + a.number * output;
    return (od + t.at.d) % depth * per_plane + place(a) + moved(t.at);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
