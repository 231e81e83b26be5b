// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a direct convolution with lanes along W is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A convolution or its gradient with respect to the input.
struct plane_problem {
  const conv3d& config;
  dims5 X;  ///< Shape of the forward's input.
  dims5 Y;  ///< Shape of the forward's output.
};

/// What a cut depends on: the loops of a direct convolution, forward or transposed.
struct loop_bounds {
  index_t groups = 1;
  index_t in = 1;   ///< Channels of a group that are summed over.
  index_t out = 1;  ///< Channels of a group that are computed.
  index_t taps = 1;
  index_t tap_rows = 1;  ///< Runs of taps along W.
  index_t planes = 1;    ///< Input planes that one output plane reads.
  bool sliding = true;   ///< The next output plane reads the same input planes, moved on by one.
  stride_axis h;
  stride_axis w;
  index_t phases = 1;    ///< Lists of taps, each with sums of its own, that one copy of the input serves.
  index_t phases_w = 1;  ///< Of these, the ones that fill a row together.
};

/// The cut of one call. A task is one block of (n, group, output channels, od, oh, ow).
///
/// Blocks are chosen for locality and balance alone: the order in which an output is summed does not depend on them.
struct blocking {
  register_tile tile;
  index_t ICG = 1;   ///< Input channels of a group.
  index_t OCG = 1;   ///< Output channels of a group.
  index_t taps = 1;  ///< Taps of a kernel block.
  plane_layout plane;
  index_t oc = 1;      ///< Output channels of a task, a multiple of `tile.oc` but for the last.
  index_t ic = 1;      ///< Input channels in scratch at a time.
  index_t od = 1;      ///< Output planes of a task.
  index_t oh = 1;      ///< Output rows of a task.
  index_t ow = 1;      ///< Output columns of a task: all of them but for very long rows.
  index_t planes = 1;  ///< Input planes in scratch per channel.
  index_t input_elements = 0;
  index_t sum_pitch = 0;  ///< Elements between two output channels of the accumulators.
  index_t sum_elements = 0;
  index_t tasks = 0;
  bool one_pass = true;  ///< All input channels and taps fit at once: sums never wait in memory.

  /// Blocks of `tile.oc` output channels in a group, and elements of packed weight in a block.
  [[nodiscard]] constexpr index_t oc_blocks() const { return ceil_div(OCG, tile.oc); }
  [[nodiscard]] constexpr index_t block_size() const { return ICG * taps * tile.oc; }
  /// Elements of scratch of one worker: whole cache lines, so that workers share none.
  [[nodiscard]] constexpr index_t worker_elements() const { return input_elements + sum_elements; }
};

/// The range of task `number`. Numbers run over the blocks of ow, oh, od, oc, g, n, the first fastest: neighbours share
/// input rows. @pre `b` was cut for `output`.
[[nodiscard]] constexpr task_range task_at(const blocking& b, index_t groups, const dims5& output, index_t number) {
  digits left(number);
  const axis_block w = left.take(output.w, b.ow), h = left.take(output.h, b.oh), d = left.take(output.d, b.od);
  const axis_block oc = left.take(b.OCG, b.oc);
  const index_t g = left.take(groups);
  return {left.last(), g, oc.first, d.first, h.first, w.first, oc.count, d.count, h.count, w.count};
}

/// Elements that some planes of one input channel take in scratch.
constexpr index_t channel_elements(const blocking& b, index_t planes, index_t oh, index_t ow) {
  return planes * b.plane.h.slot_count * b.plane.w.slot_count * b.plane.h.span(oh) * b.plane.w.span(ow);
}

/// Columns of a task, and input channels that are in scratch together.
template <class T>
constexpr void cut_columns(const loop_bounds& loops, const dims5& output, blocking& b) {
  constexpr index_t rows = elements_in<T>(plane_budget::rows);
  const index_t tile_positions = b.tile.vectors * lanes<T>;
  // All columns, unless a row is so long that its copy alone exceeds the budget. More than 4096 save nothing: what a
  // cut copies twice is as wide as the kernel.
  b.ow = clamp_index(output.w, 1, clamp_index(4096 / loops.phases, 64, 4096));
  while (b.ow > tile_positions && channel_elements(b, loops.planes, 1, b.ow) > rows) b.ow = ceil_div(b.ow, 2);

  // At least four rows of a plane: fewer are mostly what the kernel reaches beyond them.
  const index_t four_rows = channel_elements(b, loops.planes, clamp_index(output.h, 1, 4), b.ow);
  b.ic = loops.taps > offset_table ? 1 : clamp_index(rows / four_rows, 1, b.ICG);
  // Where several blocks of output channels read the same tile of the input, it shall stay in the first cache while
  // they pass by.
  const index_t tile_rows = loops.tap_rows * (tile_positions + line_elements<T>);
  if (b.OCG > b.tile.oc) b.ic = clamp_index(elements_in<T>(plane_budget::tile) / tile_rows, 1, b.ic);
  b.one_pass = b.ic == b.ICG && loops.taps <= offset_table;
}

/// Output channels and rows of a task.
template <class T>
constexpr void cut_rows(const loop_bounds& loops, const dims5& output, blocking& b) {
  // 2048 positions: the rounding up to whole tiles is a few percent, and the sums of a channel block stay in cache. 256
  // where phases or sums that wait take the room: still 2 tiles of 8 registers.
  constexpr index_t least_positions = 256, sums = elements_in<T>(plane_budget::sums);
  const index_t most_positions = clamp_index(2048 / loops.phases_w, least_positions, 2048);
  // 64 channels share one copy of the input; more would only leave fewer tasks.
  b.oc = b.OCG <= 64 ? b.OCG : ceil_div(64, b.tile.oc) * b.tile.oc;
  while (!b.one_pass && b.oc > b.tile.oc && b.oc * loops.phases * least_positions > sums) {
    b.oc = ceil_div(ceil_div(b.oc, 2), b.tile.oc) * b.tile.oc;
  }
  const index_t positions =
      b.one_pass ? most_positions : clamp_index(sums / (b.oc * loops.phases), least_positions, most_positions);
  b.oh = clamp_index(positions / b.plane.w.span(b.ow), 1, output.h);
  while (b.oh > 1 && b.ic * channel_elements(b, loops.planes, b.oh, b.ow) > elements_in<T>(plane_budget::rows)) --b.oh;
  b.oh = even_block(output.h, b.oh);
}

/// The layout of the scratch of a task.
template <class T>
constexpr void lay_out(const loop_bounds& loops, blocking& b) {
  const index_t tile_positions = b.tile.vectors * lanes<T>;
  b.planes = loops.planes + b.od - 1;
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = b.plane.w.span(b.ow);
  // The last tile reads past the last plane: as many elements more, zeroed.
  b.input_elements = whole_lines<T>(b.ic * b.planes * b.plane.size() + tile_positions);
  const index_t tiles = ceil_div((b.oh - 1) * b.plane.pitch + b.ow, tile_positions);
  b.sum_pitch = whole_lines<T>(tiles * tile_positions);
  const index_t sum_rows =
      b.one_pass ? b.tile.oc * loops.phases_w : ceil_div(b.oc, b.tile.oc) * b.tile.oc * loops.phases;
  b.sum_elements = b.sum_pitch * sum_rows;
}

/// Cuts the loops over an output of shape `output` for a team of `workers`.
///
/// Scratch stays near 512 KiB a worker, except where one row of a very large kernel needs more. @pre no size of
/// `output` but `n` is 0.
template <class T>
[[nodiscard]] constexpr blocking block_for(const loop_bounds& loops, const dims5& output, index_t workers) {
  blocking b;
  b.tile = tile_for(loops.out);
  b.ICG = loops.in;
  b.OCG = loops.out;
  b.taps = loops.taps;
  b.plane.h = loops.h;
  b.plane.w = loops.w;
  cut_columns<T>(loops, output, b);
  cut_rows<T>(loops, output, b);
  const index_t others = output.n * loops.groups * ceil_div(b.OCG, b.oc) * ceil_div(output.w, b.ow);
  // Several output planes share the copies of their input planes: 8 copy a kernel of 3 planes 1.25 times.
  if (b.one_pass && b.oh == output.h && loops.sliding) {
    b.od = joined_block(output.d, 8, others, tasks_wanted(workers), [&](index_t od) {
      return b.ic * channel_elements(b, loops.planes + od - 1, b.oh, b.ow) <= elements_in<T>(plane_budget::rows);
    });
  }
  lay_out<T>(loops, b);
  b.tasks = others * ceil_div(output.d, b.od) * ceil_div(output.h, b.oh);
  return b;
}

/// Cuts the forward convolution. @pre `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr blocking block_for(const conv3d& config, const dims5& output, index_t workers) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const pads pad = pads_of(config);
  loop_bounds loops;
  loops.groups = config.groups;
  loops.in = config.in_channels / config.groups;
  loops.out = config.out_channels / config.groups;
  loops.taps = K.volume();
  loops.tap_rows = K.d * K.h;
  loops.planes = K.d;
  loops.sliding = S.d == 1 && L.d == 1;
  loops.h = {K.h, S.h, L.h, pad.before.h};
  loops.w = {K.w, S.w, L.w, pad.before.w};
  return block_for<T>(loops, output, workers);
}

}  // namespace esp::inline ESPALIER_ABI::detail
