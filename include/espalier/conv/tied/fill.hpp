// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Fills the scratch of a channel: copied input planes, their sums, and the sums of an output plane's groups.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/tied/add.hpp>
#include <espalier/conv/tied/layout.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/dims.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// A block of output rows and columns, and the planes that its outputs read.
struct sums_block {
  index_t oh0, OH, ow0, OW;
  index_t od0;           ///< First output plane.
  index_t before = 0;    ///< Padding before the input along D,
  index_t dilation = 1;  ///< and input planes between two taps.
};

/// Fills some channels of a layout, output plane by output plane.
template <class T>
struct sums_filler {
  const sums_layout& layout;
  const dims5& X;

  /// What output plane `od`, counted from the block's first, multiplies. x (IC, ID, IH, IW): the input; to: the scratch
  /// of the channels, where all planes before `od` were filled; passing: that of arrays that are not kept. Every sum is
  /// taken in the order of the plan. @pre the block has one output plane, or `dilation` is 1.
  void fill(const sums_block& b, index_t od, index_t IC, const T* x, T* to, T* passing) const {
    const sums_view& sums = layout.sums;
    const index_t size = layout.plane.h.span(b.OH) * layout.plane.pitch;
    const index_t positions = (b.OH - 1) * layout.plane.pitch + b.OW;
    const index_t first = sums.planes < sums.arrays ? sums.array[sums.planes].first : 0;
    // Where the terms along D lie is found out once for all channels: which planes they read is a remainder.
    std::array<index_t, static_cast<std::size_t>(kept_taps::most)> place;
    for (index_t a = sums.planes; a < sums.arrays; ++a) {
      const sum_array& own = sums.array[a];
      for (index_t t = own.first; t < own.first + own.terms; ++t) {
        place[static_cast<std::size_t>(t - first)] = layout.place(sums.term[t], od);
      }
    }
    for (index_t ic = 0; ic < IC; ++ic, x += X.d * X.h * X.w, to += layout.channel) {
      for (index_t kd = od == 0 ? 0 : layout.depth - 1; kd < layout.depth; ++kd) {
        const index_t id = b.od0 + od + kd * b.dilation - b.before;
        fill_plane(b, plane_at(layout.plane.boundary, x, id, X.d, X.h * X.w), size,
                   to + (od + kd) % layout.depth * layout.per_plane, passing);
      }
      for (index_t a = sums.planes; a < sums.arrays; ++a) {
        const sum_array& own = sums.array[a];
        T* const sum = to + layout.depth * layout.per_plane + own.number * layout.output;
        add_runs(own.terms, positions, sum, [&](index_t t) {
          return std::pair<const T*, bool>(to + place[static_cast<std::size_t>(own.first - first + t)],
                                           sums.term[own.first + t].negated);
        });
        clear_end(positions, ceil_div(positions, layout.tile) * layout.tile, sum);
      }
    }
  }

 private:
  void fill_plane(const sums_block& b, const T* plane, index_t size, T* kept, T* passing) const {
    const auto array = [&](index_t a) {
      const sum_array& own = layout.sums.array[a];
      return (own.kept ? kept : passing) + layout.place(own);
    };
    copy_plane(layout.plane, plane, X.h, X.w, b.oh0, b.OH, b.ow0, b.OW, array(0));
    fill_zero(array(0) + size, layout.tile + lanes<T>);
    for (index_t a = 1; a < layout.sums.planes; ++a) {
      const sum_array& own = layout.sums.array[a];
      const index_t count = size - layout.moved({0, own.reach_h, own.reach_w});
      add_runs(own.terms, count, array(a), [&](index_t t) {
        const sum_term& term = layout.sums.term[own.first + t];
        return std::pair<const T*, bool>(array(term.array) + layout.moved(term.at), term.negated);
      });
      clear_end(count, count + layout.tile + lanes<T>, array(a));
    }
  }

  // What the last tile reads and drops: defined, so that no signalling garbage slows the arithmetic down. Sums were
  // written in whole vectors.
  static void clear_end(index_t count, index_t end, T* array) {
    const index_t written = ceil_div(count, lanes<T>) * lanes<T>;
    fill_zero(array + written, end - written);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
