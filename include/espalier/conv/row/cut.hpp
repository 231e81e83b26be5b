// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the direct convolution of few channels is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The cut of one call. A task is one block of (n, group, od, oh, ow); all output channels of its group share one copy
/// of the input, or read it where it is.
struct row_blocking {
  plane_layout plane;              ///< Of a copy.
  index_t od = 1, oh = 1, ow = 1;  ///< Outputs of a task.
  index_t planes = 1;              ///< Input planes in scratch for a channel.
  bool in_place = false;           ///< Input is read where it lies: see `row_slabs_for`.
  index_t elements = 0;            ///< Scratch of one worker.
  index_t tasks = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return elements; }
};

/// Cuts a correlation with neither stride nor dilation along H for a team of `workers`. @pre the output has elements.
template <class T>
[[nodiscard]] constexpr row_blocking row_blocks_for(const correlation& p, index_t tile_rows, index_t tile_positions,
                                                    index_t workers) {
  constexpr index_t budget = elements_in<T>(row_budget::rows);
  row_blocking b;
  b.plane.h = {p.taps.h, 1, 1, p.before.h};
  b.plane.w = {p.taps.w, p.stride.w, p.dilation.w, p.before.w};
  b.plane.boundary = p.boundary;
  // A tile below the last row is computed and dropped: its rows are there too.
  const auto rows = [&](index_t oh) { return b.plane.h.span(oh < tile_rows ? tile_rows : oh); };
  const auto elements = [&](index_t planes, index_t oh, index_t ow) {
    return p.in * planes * b.plane.w.slot_count * rows(oh) * b.plane.w.span(ow);
  };
  // Whole planes where they fit. Blocks of more than 2048 columns or 1024 rows copy next to nothing less.
  b.ow = clamp_index(p.outputs.w, 1, 2048);
  while (b.ow > tile_positions && elements(p.taps.d, tile_rows, b.ow) > budget) b.ow = ceil_div(b.ow, 2);
  b.oh = clamp_index(p.outputs.h, 1, 1024);
  while (b.oh > tile_rows && elements(p.taps.d, b.oh, b.ow) > budget) b.oh = ceil_div(b.oh, 2);
  b.oh = even_block(p.outputs.h, b.oh);
  const index_t others = p.X.n * p.groups * ceil_div(p.outputs.h, b.oh) * ceil_div(p.outputs.w, b.ow);
  // Several output planes share the copies of their input planes: 16 copy a kernel of 9 planes 1.5 times.
  if (p.stride.d == 1 && p.dilation.d == 1) {
    b.od = joined_block(p.outputs.d, 16, others, tasks_wanted(workers),
                        [&](index_t od) { return elements(p.taps.d + od - 1, b.oh, b.ow) <= budget; });
  }
  b.planes = p.taps.d + b.od - 1;
  b.plane.rows = rows(b.oh);
  b.plane.pitch = b.plane.w.span(b.ow);
  // The last tile reads past the last row.
  b.elements = whole_lines<T>(p.in * b.planes * b.plane.size() + tile_positions + b.plane.pitch);
  b.tasks = others * ceil_div(p.outputs.d, b.od);
  return b;
}

/// Whether a volume is large enough to be read in place: few of its rows of tiles lie at a border, where each is copied,
/// a plane for each plane of the output, or with a dilation all that it reads. `taps`: of a sum of one output channel; of
/// more, each reads the same copy.
///
/// Measured on AVX-512, float and double, the time in place over that of a copy. One output channel, 3^3 taps: 24^3 1.1,
/// 0.92; 32^3 0.88, 0.83; 48^3 0.86, 0.78; 64^3 0.77, 0.73; 96^3 0.71, 0.55; 16 x 32 x 32 1.0, 0.86; 16 x 64 x 64 0.77,
/// 0.79; 7 of them: 32^3 0.74, 0.71; 48^3 0.61, 0.64; 96^3 0.65, 0.50; 1 x 3 x 3 taps: 8 x 32 x 32 0.92, 0.78. 5^3 taps:
/// 32^3 1.08, 1.01; 48^3 1.0, 0.96; 64^3 0.96, 0.87; 96^3 0.88, 0.86; 13 of them: 32^3 0.92, 0.89; 48^3 0.74, 0.76;
/// 128^3 0.5. 7^3 taps: 64^3 1.01, 0.99. Ends that are repeated: 32^3 0.97, 0.87. Dilation 2 along D: 32^3 1.2, 0.94;
/// 48^3 0.77, 0.66. Two and three output channels: 32^3 1.0, 0.95; 48^3 0.91, 0.87 and 0.98, 0.94.
template <class T>
[[nodiscard]] constexpr bool pays_in_place(const correlation& p, index_t taps) {
  constexpr index_t few_taps = 32;
  const extents& Y = p.outputs;
  const bool ring = p.dilation.d == 1;
  const index_t side = p.out == 1 && ring ? 32 : 48, rows = (taps <= few_taps ? 6 : 12) * p.taps.h;
  const index_t planes = (ring ? 8 : 12) * (p.taps.d - 1) * p.dilation.d;
  if (p.out <= 3 && Y.w >= side && Y.h >= side && Y.h >= rows && Y.d >= planes) return true;
  return Y.d >= 24 && Y.h >= 96 && Y.w >= elements_in<T>(KiB / 2);
}

/// The same where the input is read in place: nothing is copied but what the tiles of one row at a border read, so that
/// blocks are as large as the team lets them be. In scratch are that copy, the flags of a row and, where its ends are
/// repeated, the numbers of its elements.
template <class T>
[[nodiscard]] constexpr row_blocking row_slabs_for(const correlation& p, index_t tile_rows, index_t tile_positions,
                                                   index_t workers) {
  constexpr index_t budget = elements_in<T>(row_budget::rows);
  row_blocking b;
  b.in_place = true;
  b.plane.h = {p.taps.h, 1, 1, p.before.h};
  b.plane.w = {p.taps.w, 1, p.dilation.w, p.before.w};
  b.plane.boundary = p.boundary;
  b.plane.rows = b.plane.h.span(tile_rows);
  // A tile that is wider than the row is computed, and dropped where it is wider.
  const auto pitch = [&](index_t ow) { return b.plane.w.span(ow < tile_positions ? tile_positions : ow); };
  b.ow = clamp_index(p.outputs.w, 1, 2048);
  while (b.ow > tile_positions && p.in * p.taps.d * b.plane.rows * pitch(b.ow) > budget) b.ow = ceil_div(b.ow, 2);
  b.plane.pitch = pitch(b.ow);
  const index_t others = p.X.n * p.groups * ceil_div(p.outputs.w, b.ow), wanted = tasks_wanted(workers);
  b.od = ceil_div(p.outputs.d, ceil_div(wanted, others));
  const index_t slabs = others * ceil_div(p.outputs.d, b.od), parts = wanted > slabs ? wanted / slabs : 1;
  b.oh = ceil_div(ceil_div(p.outputs.h, parts), tile_rows) * tile_rows;
  const index_t tables = p.boundary.w == axis_boundary() ? 1 : 2;
  b.elements = whole_lines<T>(p.in * p.taps.d * b.plane.size() + tables * b.plane.pitch);
  b.tasks = slabs * ceil_div(p.outputs.h, b.oh);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
