// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a direct convolution with lanes along W is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Taps whose offsets fit one table on the stack of a worker: 8 KiB. Larger kernels take several tables.
inline constexpr index_t tap_table = 1024;

}  // namespace detail

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
  [[nodiscard]] constexpr index_t oc_blocks() const { return detail::ceil_div(OCG, tile.oc); }
  [[nodiscard]] constexpr index_t block_size() const { return ICG * taps * tile.oc; }
  /// Elements of scratch of one worker: whole cache lines, so that workers share none.
  [[nodiscard]] constexpr index_t worker_elements() const { return input_elements + sum_elements; }
};

/// The range of task `number`. Numbers run over the blocks of ow, oh, od, oc, g, n, the first fastest: neighbours share
/// input rows. @pre `b` was cut for `output`.
[[nodiscard]] constexpr task_range task_at(const blocking& b, index_t groups, const dims5& output, index_t number) {
  const auto take = [&number](index_t size, index_t block) {
    const index_t blocks = detail::ceil_div(size, block), i = number % blocks;
    number /= blocks;
    return i * block;
  };
  task_range t{};
  t.ow0 = take(output.w, b.ow);
  t.oh0 = take(output.h, b.oh);
  t.od0 = take(output.d, b.od);
  t.oc0 = take(b.OCG, b.oc);
  t.g = take(groups, 1);
  t.n = number;
  t.OC = detail::rest(t.oc0, b.oc, b.OCG);
  t.OD = detail::rest(t.od0, b.od, output.d);
  t.OH = detail::rest(t.oh0, b.oh, output.h);
  t.OW = detail::rest(t.ow0, b.ow, output.w);
  return t;
}

/// Cuts the loops over an output of shape `output` for a team of `workers`.
///
/// Scratch stays near 512 KiB a worker (half of a core's second cache on the machines at hand), except where one row of
/// a very large kernel needs more. @pre no size of `output` but `n` is 0.
template <class T>
[[nodiscard]] constexpr blocking block_for(const loop_bounds& loops, const dims5& output, index_t workers) {
  using detail::ceil_div, detail::clamp_index;
  const index_t ICG = loops.in, OCG = loops.out;
  constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
  // 192 KiB of input rows: they are read once per tap, from the second cache into the first.
  constexpr index_t input_budget = index_t{192} * 1024 / static_cast<index_t>(sizeof(T));
  // 2048 positions: the rounding up to whole tiles is a few percent, and the sums of a channel block stay in cache.
  const index_t most_positions = clamp_index(2048 / loops.phases_w, 256, 2048);
  // With several passes the sums of every channel and phase of the task wait in scratch: 256 KiB.
  constexpr index_t sum_budget = index_t{256} * 1024 / static_cast<index_t>(sizeof(T));

  blocking b;
  b.tile = tile_for(OCG);
  b.ICG = ICG;
  b.OCG = OCG;
  b.taps = loops.taps;
  const index_t tile_positions = b.tile.vectors * lanes<T>;
  b.plane.h = loops.h;
  b.plane.w = loops.w;
  // 64 channels share one copy of the input; more would only leave fewer tasks.
  b.oc = OCG <= 64 ? OCG : ceil_div(64, b.tile.oc) * b.tile.oc;

  const auto channel_elements = [&](index_t planes, index_t oh, index_t ow) {
    return planes * b.plane.h.slot_count * b.plane.w.slot_count * b.plane.h.span(oh) * b.plane.w.span(ow);
  };
  b.planes = loops.planes;
  b.ow = clamp_index(output.w, 1, clamp_index(4096 / loops.phases, 64, 4096));
  while (b.ow > tile_positions && channel_elements(loops.planes, 1, b.ow) > input_budget) b.ow = ceil_div(b.ow, 2);

  const index_t four_rows = channel_elements(loops.planes, clamp_index(output.h, 1, 4), b.ow);
  b.ic = loops.taps > detail::tap_table ? 1 : clamp_index(input_budget / four_rows, 1, ICG);
  // Where several blocks of output channels read the same tile of the input, it shall stay in the first cache while
  // they pass by: half of it.
  constexpr index_t tile_budget = index_t{24} * 1024 / static_cast<index_t>(sizeof(T));
  const index_t tile_rows = loops.tap_rows * (tile_positions + line);
  if (OCG > b.tile.oc) b.ic = clamp_index(tile_budget / tile_rows, 1, b.ic);
  b.one_pass = b.ic == ICG && loops.taps <= detail::tap_table;

  while (!b.one_pass && b.oc > b.tile.oc && b.oc * loops.phases * 256 > sum_budget) {
    b.oc = ceil_div(ceil_div(b.oc, 2), b.tile.oc) * b.tile.oc;
  }
  const index_t positions =
      b.one_pass ? most_positions : clamp_index(sum_budget / (b.oc * loops.phases), 256, most_positions);
  b.oh = clamp_index(positions / b.plane.w.span(b.ow), 1, output.h);
  while (b.oh > 1 && b.ic * channel_elements(loops.planes, b.oh, b.ow) > input_budget) --b.oh;
  b.oh = ceil_div(output.h, ceil_div(output.h, b.oh));

  const index_t others = output.n * loops.groups * ceil_div(OCG, b.oc) * ceil_div(output.w, b.ow);
  // Several output planes share the copies of their input planes, as long as every worker has a few tasks.
  if (b.one_pass && b.oh == output.h && loops.sliding) {
    const index_t wanted = workers > 1 ? 4 * workers : 1;
    while (b.od < 8 && b.od < output.d && others * ceil_div(output.d, b.od + 1) >= wanted &&
           b.ic * channel_elements(loops.planes + b.od, b.oh, b.ow) <= input_budget) {
      ++b.od;
    }
    b.od = ceil_div(output.d, ceil_div(output.d, b.od));
    b.planes = loops.planes + b.od - 1;
  }
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = b.plane.w.span(b.ow);
  // The last tile reads past the last plane: as many elements more, zeroed.
  b.input_elements = ceil_div(b.ic * b.planes * b.plane.size() + tile_positions, line) * line;
  const index_t tiles = ceil_div((b.oh - 1) * b.plane.pitch + b.ow, tile_positions);
  b.sum_pitch = ceil_div(tiles * tile_positions, line) * line;
  const index_t sum_rows =
      b.one_pass ? b.tile.oc * loops.phases_w : ceil_div(b.oc, b.tile.oc) * b.tile.oc * loops.phases;
  b.sum_elements = b.sum_pitch * sum_rows;
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

}  // namespace esp::inline ESPALIER_ABI
