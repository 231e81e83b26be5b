// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a convolution with a separable kernel is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What the passes of a kernel are compiled for.
struct separable_tile {
  index_t d = 1, h = 1;    ///< Planes of outputs of a tile along D, rows of one along H.
  bool lane_sums = false;  ///< Whether the pass along W has sums of its own in scratch.
};

/// The cut of one call. A task is one block of (n, group, od, oh, ow). Blocks along D and H begin at multiples of a
/// tile, so that no output's order of sums depends on the cut.
struct separable_blocking {
  index_t od = 1, oh = 1, ow = 1;  ///< Outputs of a task.
  index_t planes = 1;              ///< Planes of rows summed along H that a tile along D reads.
  index_t pitch = 0;               ///< Of their rows.
  index_t summed_rows = 0;         ///< Rows that are summed over input channels, before they are along H.
  index_t wide = 0;                ///< Pitch of rows with their padding, for the pass along W.
  /// Whether a row is summed along H and D as a whole, and what of it lies before the first element that is read along
  /// W.
  bool whole_rows = false;
  index_t lead = 0;
  index_t elements = 0;  ///< Scratch of one worker.
  index_t tasks = 0;

  // Parts of a worker's scratch, one behind the other: a row of zeros first.
  index_t ring = 0, summed = 0, rows = 0, sums = 0, finished = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return elements; }
};

/// Whether padding may repeat elements that lie inside of a row: any but the one at its end.
[[nodiscard]] constexpr bool repeats_inside(const axis_boundary& edge) {
  const auto inside = [](boundary b) { return b != boundary::zeros && b != boundary::replicate; };
  return inside(edge.before) || inside(edge.after);
}

/// Cuts a correlation with neither stride nor dilation for a team of `workers`. @pre the output has elements.
///
/// Rows that were summed along H wait in the second cache for the pass along D; they are summed once in a task, so long
/// blocks along D repeat nothing. A block along H costs nothing but input that is read again, which its tiles do
/// anyway.
template <class T>
[[nodiscard]] constexpr separable_blocking separable_blocks_for(const correlation& p, const separable_tile& tile,
                                                                index_t workers) {
  constexpr index_t budget = elements_in<T>(separable_budget::planes);
  const auto registers = [](index_t count) { return ceil_div(count < 1 ? 1 : count, lanes<T>) * lanes<T>; };
  separable_blocking b;
  b.planes = tile.d + p.taps.d - 1;
  // Wide enough for whatever padding is repeated to stand beside something; blocks of more columns copy little less.
  b.ow = p.boundary.w == axis_boundary() ? clamp_index(p.outputs.w, 1, 1024) : p.outputs.w;
  const index_t read = b.ow + p.taps.w - 1;
  b.whole_rows = repeats_inside(p.boundary.w);
  b.lead = b.whole_rows && p.before.w < 0 ? whole_lines<T>(-p.before.w) : 0;
  b.pitch = whole_lines<T>(registers(b.whole_rows && p.X.w > read ? p.X.w : read));
  const index_t wanted = tasks_wanted(workers), strips = ceil_div(p.outputs.h, tile.h);
  const index_t others = p.X.n * p.groups * ceil_div(p.outputs.w, b.ow);
  index_t tiles = clamp_index(budget / (b.planes * b.pitch * tile.h), 1, strips);
  while (tiles > 1 && others * ceil_div(strips, tiles) < wanted) tiles = ceil_div(tiles, 2);
  b.oh = even_block(strips, tiles) * tile.h;
  const index_t flat = others * ceil_div(p.outputs.h, b.oh), layers = ceil_div(p.outputs.d, tile.d);
  // Each block along D sums `taps - 1` planes along H again: blocks of four times as many planes do it for a quarter.
  const index_t least = ceil_div(4 * (p.taps.d - 1), tile.d), blocks = ceil_div(wanted, flat);
  b.od = clamp_index(ceil_div(layers, blocks), least < 1 ? 1 : least, layers < 1 ? 1 : layers) * tile.d;
  b.tasks = flat * ceil_div(p.outputs.d, b.od);

  b.summed_rows = p.in > 1 ? b.oh + p.taps.h - 1 : 0;
  const index_t ends = p.before.w + p.X.w;
  b.wide = b.lead + whole_lines<T>(b.whole_rows && ends > read ? ends : read) + 2 * line_elements<T>;
  b.ring = b.pitch;
  b.summed = b.ring + b.planes * b.oh * b.pitch;
  b.rows = b.summed + b.summed_rows * b.pitch;
  b.sums = b.rows + tile.d * b.wide + 2 * line_elements<T>;
  b.finished = b.sums + (tile.lane_sums ? tile.d * b.wide : 0);
  b.elements = b.finished + (p.out > 1 ? tile.d * b.wide : 0);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
