// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a correlation of summed groups is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/tied/layout.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A correlation, and what is added for it before it multiplies.
struct tied_correlation : correlation {
  sums_view sums;
};

/// The cut of one call. A task is one block of (n, group, output channels, od, oh, ow).
///
/// Blocks are chosen for locality and balance alone: the order in which an output is summed does not depend on them.
struct tied_blocking {
  sums_layout layout;
  index_t oc = 1;  ///< Output channels of a task: whole tiles but for the last.
  index_t ic = 1;  ///< Input channels in scratch at a time.
  index_t od = 1;  ///< Output planes of a task.
  index_t oh = 1;
  index_t ow = 1;
  index_t sum_rows = 1;  ///< Rows of sums of an output plane.
  index_t sum_elements = 0;
  index_t tasks = 0;
  bool one_pass = true;  ///< All input channels fit at once: sums never wait in memory.

  [[nodiscard]] constexpr index_t input_elements() const { return ic * layout.channel + layout.passing; }
  /// Elements of scratch of one worker: whole cache lines, so that workers share none.
  [[nodiscard]] constexpr index_t worker_elements() const { return input_elements() + sum_elements; }
};

/// The range of task `number`. Numbers run over the blocks of ow, oh, od, oc, g, n, the first fastest.
[[nodiscard]] constexpr task_range task_at(const correlation& p, const tied_blocking& b, index_t number) {
  digits left(number);
  const extents& Y = p.outputs;
  const axis_block w = left.take(Y.w, b.ow), h = left.take(Y.h, b.oh), d = left.take(Y.d, b.od);
  const axis_block oc = left.take(p.out, b.oc);
  const index_t g = left.take(p.groups);
  return {left.last(), g, oc.first, d.first, h.first, w.first, oc.count, d.count, h.count, w.count};
}

/// Cuts a correlation for a team of `workers` and tiles of `tile`. @pre stride 1, and there are outputs.
template <class T>
[[nodiscard]] constexpr tied_blocking tied_blocks_for(const tied_correlation& p, const register_tile& tile,
                                                      index_t workers) {
  using budget = tied_budget;
  constexpr index_t room = elements_in<T>(budget::sums), waiting = elements_in<T>(budget::waiting);
  const index_t positions = tile.vectors * lanes<T>;
  plane_layout plane;
  plane.h = {p.taps.h, 1, p.dilation.h, p.before.h};
  plane.w = {p.taps.w, 1, p.dilation.w, p.before.w};
  plane.boundary = p.boundary;
  const auto layout = [&](index_t oh, index_t ow) {
    return sums_layout::of<T>(p.sums, plane, p.taps.d, positions, oh, ow);
  };
  tied_blocking b;
  // All columns, unless a row is so long that a channel alone exceeds the budget.
  b.ow = clamp_index(p.outputs.w, 1, 4096);
  while (b.ow > positions && layout(1, b.ow).channel > room) b.ow = ceil_div(b.ow, 2);
  // At least four rows of a plane: fewer are mostly what the kernel reaches beyond them.
  b.ic = clamp_index(room / layout(clamp_index(p.outputs.h, 1, 4), b.ow).channel, 1, p.in);
  b.one_pass = b.ic == p.in;
  // All output channels share the sums of a task; where these wait, as many as fit beside each other.
  b.oc = p.out;
  while (!b.one_pass && b.oc > tile.rows && b.oc * 4 * positions > waiting) {
    b.oc = ceil_div(ceil_div(b.oc, 2), tile.rows) * tile.rows;
  }
  // 2048 positions: the rounding up to whole tiles is a few percent.
  const index_t most = b.one_pass ? 2048 : clamp_index(waiting / b.oc, 1, 2048);
  b.oh = clamp_index(most / plane.w.span(b.ow), 1, p.outputs.h);
  while (b.oh > 1 && b.ic * layout(b.oh, b.ow).channel > room) --b.oh;
  b.oh = even_block(p.outputs.h, b.oh);
  b.layout = layout(b.oh, b.ow);
  b.sum_rows = b.one_pass ? tile.rows : ceil_div(b.oc, tile.rows) * tile.rows;
  const index_t others =
      p.X.n * p.groups * ceil_div(p.out, b.oc) * ceil_div(p.outputs.h, b.oh) * ceil_div(p.outputs.w, b.ow);
  // From one output plane to the next all input planes but one stay, with their sums.
  if (p.dilation.d == 1) {
    b.od = joined_block(p.outputs.d, budget::planes, others, tasks_wanted(workers),
                        [&](index_t od) { return b.one_pass || od * b.sum_rows * b.layout.output <= waiting; });
  }
  b.sum_elements = whole_lines<T>((b.one_pass ? 1 : b.od) * b.sum_rows * b.layout.output);
  b.tasks = others * ceil_div(p.outputs.d, b.od);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
