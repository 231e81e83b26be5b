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

/// Whether a volume is large enough to be read in place: few of its rows of tiles lie at a border, where each is copied
/// with every plane that it reads. `taps`: of a sum of one output channel; of more, each reads the same copy.
///
/// Measured on AVX-512, float and double, the time in place over that of a copy. One output channel, 3^3 taps: 48^3
/// 0.93, 0.86; 64^3 0.82, 0.78; 96^3 0.73, 1.0; 24 x 48 x 256 0.70, 0.53; 7 of them: 0.87, 0.78; 0.70, 0.67; 0.77,
/// 0.95; 0.6, 0.42; but 1.2 on 32^3, and 2 on 16 x 20 x 20. 5^3 taps: 64^3 1.07, 1.0; 80^3 0.97, 1.0; 96^3 0.87, 1.0;
/// 13 of them: 48^3 1.1, 0.95; 64^3 0.80, 0.84. Several channels: 1 > 3 on 64^3 and 96^3 1.0, on 64 x 128 x 128 0.91.
/// Ends that are repeated take a register apart: 48^3 1.13, 0.97, 64^3 0.96, 0.89.
template <class T>
[[nodiscard]] constexpr bool pays_in_place(const correlation& p, index_t taps) {
  constexpr index_t few_taps = 16;
  const extents& Y = p.outputs;
  if (Y.d < 24) return false;
  const index_t rows = (taps <= few_taps ? 12 : 16) * p.taps.h, planes = 12 * (p.taps.d - 1) * p.dilation.d;
  const index_t columns = p.boundary.w == axis_boundary() ? 48 : 64;
  const bool alone = p.out == 1 && Y.w >= columns && Y.h >= 48 && Y.h >= rows && Y.d >= planes;
  return alone || (Y.h >= 96 && Y.w >= elements_in<T>(KiB / 2));
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
