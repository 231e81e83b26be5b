// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a correlation that merges channels into one is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The cut of one call. A task is one block of (n, group, od, oh, ow).
struct merged_blocking {
  index_t od = 1, oh = 1, ow = 1;  ///< Outputs of a task.
  index_t planes = 1;              ///< Planes of outputs that are not complete at a time: a ring.
  index_t ring_pitch = 0;          ///< Of their rows.
  index_t lead = 0;                ///< Elements before the sums of a row.
  index_t pitch = 0;               ///< Elements between the sums of two taps.
  index_t elements = 0;            ///< Scratch of one worker.
  index_t tasks = 0;

  // Parts of a worker's scratch, one behind the other: the ring first.
  index_t sums = 0, narrow = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return elements; }
};

/// Planes or rows from the first that an output reads to the last.
[[nodiscard]] constexpr index_t merged_reach(index_t taps, index_t dilation) { return (taps - 1) * dilation + 1; }

/// Cuts a correlation without strides for a team of `workers`; `tile_rows` taps have their sums at a time. @pre the
/// output has elements.
///
/// Each block reads the input that the kernel reaches beyond it again: blocks are as large as the ring of outputs lets
/// them be, and a team's are no thinner than four times that.
template <class T>
[[nodiscard]] constexpr merged_blocking merged_blocks_for(const correlation& p, index_t tile_rows, index_t workers) {
  constexpr index_t budget = elements_in<T>(merged_budget::outputs), line = line_elements<T>;
  merged_blocking b;
  b.ow = clamp_index(p.outputs.w, 1, 1024);
  b.planes = merged_reach(p.taps.d, p.dilation.d);
  b.ring_pitch = whole_lines<T>(b.ow);
  b.oh = even_block(p.outputs.h, clamp_index(budget / (b.planes * b.ring_pitch), 1, p.outputs.h));
  const index_t others = p.X.n * p.groups * ceil_div(p.outputs.h, b.oh) * ceil_div(p.outputs.w, b.ow);
  const index_t least = 4 * (b.planes - 1), blocks = ceil_div(tasks_wanted(workers), others);
  b.od = clamp_index(ceil_div(p.outputs.d, blocks), least < 1 ? 1 : least, p.outputs.d < least ? least : p.outputs.d);
  b.od = even_block(p.outputs.d, b.od);
  b.tasks = others * ceil_div(p.outputs.d, b.od);
  // Before the elements of a row that a task reads are those in the padding, behind them what the last register of a
  // row has too many.
  b.lead = whole_lines<T>(p.before.w > 0 ? p.before.w : 0) + line;
  b.pitch = b.lead + whole_lines<T>(b.ow + merged_reach(p.taps.w, p.dilation.w)) + 2 * line;
  b.sums = b.planes * b.oh * b.ring_pitch;
  b.narrow = b.sums + tile_rows * b.pitch;
  b.elements = b.narrow + (p.X.w < lanes<T> ? p.in * line : 0);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
