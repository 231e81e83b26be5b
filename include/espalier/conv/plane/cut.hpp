// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a direct convolution with lanes along W is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The lists of taps that one copy of the input serves: one, or, where the phases of a stride are computed together,
/// one for each.
struct tap_lists {
  index_t taps = 1;      ///< Of all lists.
  index_t rows = 1;      ///< Runs of taps along W.
  index_t phases = 1;    ///< Lists, each with sums of its own.
  index_t phases_w = 1;  ///< Of these, the ones that fill a row together.
  bool rolls = false;    ///< Whether the nest can let planes of the input lie from one output plane to the next.
};

/// The cut of one call. A task is one block of (n, group, output channels, od, oh, ow).
///
/// Blocks are chosen for locality and balance alone: the order in which an output is summed does not depend on them.
struct blocking {
  register_tile tile;
  index_t in = 1;    ///< Channels of a group that are summed over.
  index_t out = 1;   ///< Channels of a group that are computed.
  index_t taps = 1;  ///< Taps of a kernel block.
  plane_layout plane;
  index_t oc = 1;      ///< Output channels of a task, a multiple of `tile.rows` but for the last.
  index_t ic = 1;      ///< Input channels in scratch at a time.
  index_t od = 1;      ///< Output planes of a task.
  index_t oh = 1;      ///< Output rows of a task.
  index_t ow = 1;      ///< Output columns of a task: all of them but for very long rows.
  index_t planes = 1;  ///< Input planes in scratch per channel.
  bool rolls = false;  ///< They are a ring: the next output plane reads one more, which is copied over the first.
  index_t input_elements = 0;
  index_t sum_pitch = 0;  ///< Elements between two output channels of the accumulators.
  index_t sum_elements = 0;
  index_t tasks = 0;
  bool few_products = false;  ///< A sum takes less time than to store it: `plane_budget::few_products`.
  bool one_pass = true;       ///< All input channels and taps fit at once: sums never wait in memory.

  /// Blocks of `tile.rows` output channels in a group, and elements of packed weight in a block.
  [[nodiscard]] constexpr index_t oc_blocks() const { return ceil_div(out, tile.rows); }
  [[nodiscard]] constexpr index_t block_size() const { return in * taps * tile.rows; }
  /// Elements of scratch of one worker: whole cache lines, so that workers share none.
  [[nodiscard]] constexpr index_t worker_elements() const { return input_elements + sum_elements; }
};

/// The range of task `number`. Numbers run over the blocks of ow, oh, od, oc, g, n, the first fastest: neighbours share
/// input rows. @pre `b` was cut for `p`.
[[nodiscard]] constexpr task_range task_at(const correlation& p, const blocking& b, index_t number) {
  digits left(number);
  const extents& Y = p.outputs;
  const axis_block w = left.take(Y.w, b.ow), h = left.take(Y.h, b.oh), d = left.take(Y.d, b.od);
  const axis_block oc = left.take(p.out, b.oc);
  const index_t g = left.take(p.groups);
  return {left.last(), g, oc.first, d.first, h.first, w.first, oc.count, d.count, h.count, w.count};
}

/// Elements that some planes of one input channel take in scratch.
constexpr index_t channel_elements(const blocking& b, index_t planes, index_t oh, index_t ow) {
  return planes * b.plane.h.slot_count * b.plane.w.slot_count * b.plane.h.span(oh) * b.plane.w.span(ow);
}

/// Columns of a task, and input channels that are in scratch together.
template <class T>
constexpr void cut_columns(const correlation& p, const tap_lists& lists, blocking& b) {
  constexpr index_t rows = elements_in<T>(plane_budget::rows);
  const index_t tile_positions = b.tile.vectors * lanes<T>;
  // All columns, unless a row is so long that its copy alone exceeds the budget. More than 4096 save nothing: what a
  // cut copies twice is as wide as the kernel.
  b.ow = clamp_index(p.outputs.w, 1, clamp_index(4096 / lists.phases, 64, 4096));
  while (b.ow > tile_positions && channel_elements(b, p.taps.d, 1, b.ow) > rows) b.ow = ceil_div(b.ow, 2);

  // At least four rows of a plane: fewer are mostly what the kernel reaches beyond them.
  const index_t four_rows = channel_elements(b, p.taps.d, clamp_index(p.outputs.h, 1, 4), b.ow);
  b.ic = lists.taps > offset_table ? 1 : clamp_index(rows / four_rows, 1, p.in);
  // Where several blocks of output channels read the same tile of the input, it shall stay in the first cache while
  // they pass by.
  const index_t tile_rows = lists.rows * (tile_positions + line_elements<T>);
  if (p.out > b.tile.rows) b.ic = clamp_index(elements_in<T>(plane_budget::tile) / tile_rows, 1, b.ic);
  b.one_pass = b.ic == p.in && lists.taps <= offset_table;
}

/// Output channels and rows of a task.
template <class T>
constexpr void cut_rows(const correlation& p, const tap_lists& lists, blocking& b) {
  // 2048 positions: the rounding up to whole tiles is a few percent, and the sums of a channel block stay in cache. 256
  // where phases or sums that wait take the room: still 2 tiles of 8 registers.
  constexpr index_t least_positions = 256, sums = elements_in<T>(plane_budget::sums);
  const index_t most_positions = clamp_index(2048 / lists.phases_w, least_positions, 2048);
  // 64 channels share one copy of the input; more would only leave fewer tasks.
  b.oc = p.out <= 64 ? p.out : ceil_div(64, b.tile.rows) * b.tile.rows;
  while (!b.one_pass && b.oc > b.tile.rows && b.oc * lists.phases * least_positions > sums) {
    b.oc = ceil_div(ceil_div(b.oc, 2), b.tile.rows) * b.tile.rows;
  }
  const index_t positions =
      b.one_pass ? most_positions : clamp_index(sums / (b.oc * lists.phases), least_positions, most_positions);
  b.oh = clamp_index(positions / b.plane.w.span(b.ow), 1, p.outputs.h);
  while (b.oh > 1 && b.ic * channel_elements(b, p.taps.d, b.oh, b.ow) > elements_in<T>(plane_budget::rows)) --b.oh;
  b.oh = even_block(p.outputs.h, b.oh);
}

/// Input planes from the first that an output plane reads to the last.
constexpr index_t reach_of(const correlation& p) { return (p.taps.d - 1) * p.dilation.d + 1; }

/// Output planes of a task. The next one reads the same input planes, moved on by one.
template <class T>
constexpr void cut_planes(const correlation& p, const tap_lists& lists, index_t others, index_t workers, blocking& b) {
  if (!b.one_pass || p.stride.d != 1) return;
  if (lists.rolls) {
    // Planes between those of a dilation wait for their turn: at most as many again as an output plane reads.
    const index_t reach = reach_of(p);
    if (reach > 2 * p.taps.d || b.ic * channel_elements(b, reach, b.oh, b.ow) > elements_in<T>(plane_budget::rows))
      return;
    b.od = joined_block(p.outputs.d, p.outputs.d, others * ceil_div(p.outputs.h, b.oh), tasks_wanted(workers),
                        [](index_t) { return true; });
    b.rolls = b.od > 1;
  } else if (p.dilation.d == 1 && b.oh == p.outputs.h) {
    // Several output planes share the copies of their input planes: 8 copy a kernel of 3 planes 1.25 times.
    b.od = joined_block(p.outputs.d, 8, others, tasks_wanted(workers), [&](index_t od) {
      return b.ic * channel_elements(b, p.taps.d + od - 1, b.oh, b.ow) <= elements_in<T>(plane_budget::rows);
    });
  }
}

/// The layout of the scratch of a task.
template <class T>
constexpr void lay_out(const correlation& p, const tap_lists& lists, blocking& b) {
  const index_t tile_positions = b.tile.vectors * lanes<T>;
  b.planes = b.rolls ? reach_of(p) : p.taps.d + b.od - 1;
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = b.plane.w.span(b.ow);
  // The last tile reads past the last plane: as many elements more, zeroed.
  b.input_elements = whole_lines<T>(b.ic * b.planes * b.plane.size() + tile_positions);
  const index_t tiles = ceil_div((b.oh - 1) * b.plane.pitch + b.ow, tile_positions);
  b.sum_pitch = whole_lines<T>(tiles * tile_positions);
  b.few_products = lists.rolls && b.one_pass && p.in * lists.taps <= plane_budget::few_products && b.ow >= lanes<T>;
  const index_t sum_rows =
      b.one_pass ? b.tile.rows * lists.phases_w : ceil_div(b.oc, b.tile.rows) * b.tile.rows * lists.phases;
  b.sum_elements = b.sum_pitch * sum_rows;
}

/// Cuts a correlation for a team of `workers`, with one list of taps or several.
///
/// Scratch stays near 512 KiB a worker, except where one row of a very large kernel needs more. @pre there are outputs.
template <class T>
[[nodiscard]] constexpr blocking block_for(const correlation& p, const tap_lists& lists, index_t workers) {
  blocking b;
  b.tile = tile_for(p.out);
  b.in = p.in;
  b.out = p.out;
  b.taps = lists.taps;
  b.plane.h = {p.taps.h, p.stride.h, p.dilation.h, p.before.h};
  b.plane.w = {p.taps.w, p.stride.w, p.dilation.w, p.before.w};
  b.plane.boundary = p.boundary;
  cut_columns<T>(p, lists, b);
  cut_rows<T>(p, lists, b);
  const index_t others = p.X.n * p.groups * ceil_div(p.out, b.oc) * ceil_div(p.outputs.w, b.ow);
  cut_planes<T>(p, lists, others, workers, b);
  lay_out<T>(p, lists, b);
  b.tasks = others * ceil_div(p.outputs.d, b.od) * ceil_div(p.outputs.h, b.oh);
  return b;
}
template <class T>
[[nodiscard]] constexpr blocking block_for(const correlation& p, index_t workers) {
  return block_for<T>(p, {p.tap_count(), p.tap_rows(), 1, 1, true}, workers);
}

}  // namespace esp::inline ESPALIER_ABI::detail
