// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a Winograd convolution is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The cut of one call. A task is a block of tiles and of output channels of one (n, group): a run of tile rows,
/// counted over D and H, and a run of its tiles. Per task the products of one point along D at a time are in scratch:
/// those of all points are four times as many, and fit no second cache.
struct winograd_blocking {
  register_tile tile;
  extents tiles;               ///< Tiles of a volume on each axis.
  index_t points = 1;          ///< Points of a tile along H and W together.
  index_t steps = 1;           ///< Outputs of a tile along H and W together.
  index_t rows = 1;            ///< Tile rows of a task.
  index_t row_tiles = 1;       ///< Tiles of a row of a task.
  index_t ic = 1;              ///< Input channels whose transformed tiles are in scratch together: all, where they fit.
  index_t task_oc = 1;         ///< Output channels of a task: all, where they fit.
  index_t oc = 1;              ///< Output channels whose products wait together: all of the task where `ic` is not all.
  index_t pitch = 0;           ///< Elements between two channels of transformed data: one tile each.
  index_t input_plane = 0;     ///< Elements between two points of the transformed input, and of the products: no
  index_t product_plane = 0;   ///< multiple of a page, whose lines would all compete for the same places in a cache.
  index_t row_pitch = 0;       ///< Elements between two rows of input taken apart by parity.
  index_t row_elements = 0;    ///< Rows of one channel.
  index_t input_elements = 0;  ///< (points, ic, pitch)
  index_t product_elements = 0;  ///< (points, oc, pitch)
  index_t output_elements = 0;   ///< (task_oc, outputs of a tile along D, steps, pitch)
  index_t tasks = 0;

  [[nodiscard]] constexpr index_t oc_blocks(index_t OC) const { return ceil_div(OC, tile.rows); }
  [[nodiscard]] constexpr index_t worker_elements() const {
    return row_elements + input_elements + product_elements + output_elements;
  }
};

/// The tiles of one task: rows `[row0, row0 + rows)` with `row = td * tiles.h + th`, its tiles from `tile0`; and its
/// output channels of the group.
struct winograd_range {
  index_t n, g, oc0, OC, row0, rows, tile0, row_tiles;
};

/// The range of task `number`; tiles of a row run fastest, then rows, output channels, groups, n.
[[nodiscard]] constexpr winograd_range winograd_task(const winograd_blocking& b, const correlation& p, index_t number) {
  const index_t all_rows = b.tiles.d * b.tiles.h;
  digits left(number);
  const axis_block row_tiles = left.take(b.tiles.w, b.row_tiles), rows = left.take(all_rows, b.rows);
  const axis_block oc = left.take(p.out, b.task_oc);
  const index_t g = left.take(p.groups);
  return {left.last(), g, oc.first, oc.count, rows.first, rows.count, row_tiles.first, row_tiles.count};
}

/// The register tile of the products: lanes along tiles, weights broadcast, as in the direct convolution.
[[nodiscard]] constexpr register_tile winograd_tile() { return tile_for(8); }

/// Tiles of a task at most where it takes as many as fit.
inline constexpr index_t most_streamed = 192;

/// Elements of scratch for each tile of a task.
constexpr index_t tile_elements(const axis_tiles& axes, const winograd_blocking& b) {
  return b.points * (b.ic + b.oc) + axes.d.outputs * b.steps * b.task_oc;
}

/// Cache lines that each of the `elements` of a tile may have: an odd number of them, 1 where not even that fits.
constexpr index_t most_lines(index_t elements) {
  const index_t lines = winograd_budget::limit / (elements * static_cast<index_t>(alignment));
  return lines < 1 ? 1 : lines - (lines % 2 == 0 ? 1 : 0);
}

/// How many channels are worked on together, so that a task fits. From the shape alone, not from the team: the order of
/// every sum depends on `ic`.
///
/// All of them where three cache lines of tiles (48 in float) fit the limit, which for a 3 x 3 x 3 kernel holds up to
/// 880 channels a side, with `winograd_f43` up to 377. Above, a task has 256 output channels at most, and transforms
/// the input for each such block again: that costs what the products of 12 output channels do (64 > 64 channels in
/// blocks of 32: 1.15 times the time). Where that is not enough, 128, and input channels take turns: the products of
/// all output channels of the task wait, and each turn adds to them.
constexpr void cut_channels(const correlation& p, const axis_tiles& axes, winograd_blocking& b) {
  b.ic = p.in;
  b.task_oc = p.out;
  if (most_lines(tile_elements(axes, b)) >= 3) return;
  b.task_oc = even_block(p.out, 256, b.tile.rows);
  if (most_lines(tile_elements(axes, b)) >= 3) return;
  b.task_oc = even_block(p.out, 128, b.tile.rows);
  b.oc = b.task_oc;
  constexpr index_t most = winograd_budget::limit / (3 * static_cast<index_t>(alignment));
  b.ic = even_block(p.in, (most - axes.d.outputs * b.steps * b.task_oc) / b.points - b.oc);
}

/// Channels of a task where the transformed weight comes from memory each time it is read: once a block of tiles. Fewer
/// channels leave room for more tiles, and cost more: output channels 24 products for each tile and block of them (the
/// transform of the input), input channels 24 for each turn, tile and output channel; a weight costs 32 for each block
/// of tiles. Measured on 256 > 256 channels, 8 x 28 x 28, F(4, 3): 128 output channels and 70 tiles take 0.8 times the
/// time of 256 and 42.
template <class T>
constexpr void cut_streamed(const correlation& p, const axis_tiles& axes, winograd_blocking& b) {
  const double all = static_cast<double>(b.tiles.volume());
  double best = -1;
  winograd_blocking tried = b;
  const index_t waiting = clamp_index(16, b.tile.rows, ceil_div(p.out, b.tile.rows) * b.tile.rows);
  for (index_t turns = 1; turns <= 4; turns *= 2) {
    tried.ic = even_block(p.in, ceil_div(p.in, turns));
    tried.task_oc = p.out;
    for (index_t pieces = 1; pieces == 1 || tried.task_oc > 64; pieces *= 2) {
      tried.task_oc = even_block(p.out, ceil_div(p.out, pieces), b.tile.rows);
      tried.oc = turns > 1 ? tried.task_oc : waiting;
      const index_t elements = tile_elements(axes, tried);
      if (elements * static_cast<index_t>(alignment) > winograd_budget::limit) continue;
      const index_t tiles = clamp_index(most_lines(elements) * line_elements<T>, 1, most_streamed);
      const double cost = static_cast<double>(ceil_div(p.out, tried.task_oc) * 24) * all +
                          static_cast<double>((turns - 1) * 24 * p.out) / static_cast<double>(p.in) * all +
                          static_cast<double>(ceil_div(b.tiles.volume(), tiles)) * static_cast<double>(p.out * 32);
      if (best >= 0 && cost >= best) continue;
      best = cost;
      b.ic = tried.ic;
      b.oc = tried.oc;
      b.task_oc = tried.task_oc;
    }
  }
}

/// The layout of the scratch of a task of `b.rows` by `b.row_tiles` tiles.
template <class T>
constexpr void lay_out(const axis_tiles& axes, winograd_blocking& b) {
  constexpr index_t line = line_elements<T>;
  const extents step = axes.outputs();
  const index_t last = (b.rows - 1) * b.row_tiles + ceil_div(b.row_tiles, lanes<T>) * lanes<T>;
  b.pitch = (ceil_div(last, line) | 1) * line;
  b.row_pitch = (ceil_div(ceil_div(b.row_tiles, lanes<T>) * lanes<T> + lanes<T>, line) | 1) * line;
  b.row_elements = whole_lines<T>(step.w * b.row_pitch * (b.rows * step.h + axes.h.taps - 1));
  b.input_plane = b.ic * b.pitch + (b.ic % 2 == 0 ? line : 0);
  b.product_plane = b.oc * b.pitch + (b.oc % 2 == 0 ? line : 0);
  b.input_elements = b.points * b.input_plane;
  b.product_elements = b.points * b.product_plane;
  b.output_elements = ceil_div(b.task_oc, b.tile.rows) * b.tile.rows * step.d * b.steps * b.pitch;
}

/// Rows of tiles of a task, and tiles of a row.
template <class T>
constexpr void cut_tiles(const axis_tiles& axes, bool streams, winograd_blocking& b) {
  const index_t elements = tile_elements(axes, b), fitting = most_lines(elements) * line_elements<T>;
  // 96 tiles at least, since the transformed weights are read once a task, or as many as fit if they come from memory.
  const index_t least = streams ? clamp_index(fitting, 1, most_streamed)
                                : clamp_index(elements_in<T>(winograd_budget::large_task) / elements, 1, 96);
  const index_t wanted = clamp_index(elements_in<T>(winograd_budget::task) / elements, least, 1024);
  b.row_tiles = even_block(b.tiles.w, clamp_index(b.tiles.w, 1, wanted));
  const index_t all_rows = b.tiles.d * b.tiles.h;
  // Of the possible numbers of rows the one that wastes the fewest lanes, in the fewest and most even tasks.
  const index_t most = clamp_index(wanted / b.row_tiles, 1, all_rows);
  index_t best = -1;
  for (index_t rows = most; rows >= 1 && 2 * rows >= most; --rows) {
    const index_t whole = all_rows / rows, left = all_rows % rows;
    const index_t vectors = whole * ceil_div(rows * b.row_tiles, lanes<T>) + ceil_div(left * b.row_tiles, lanes<T>);
    const index_t cost = vectors * 64 + whole + (left > 0 ? 1 : 0);
    if (best < 0 || cost <= best) {
      best = cost;
      b.rows = rows;
    }
  }
}

/// Takes tiles away until the scratch fits: rows of few tiles and an odd number of cache lines take more than was
/// counted. The smallest block always fits.
template <class T>
constexpr void fit(const axis_tiles& axes, winograd_blocking& b) {
  lay_out<T>(axes, b);
  while (b.worker_elements() > elements_in<T>(winograd_budget::limit)) {
    if (b.rows > 1) {
      --b.rows;
    } else if (b.row_tiles > lanes<T>) {
      b.row_tiles = (b.row_tiles - 1) / lanes<T> * lanes<T>;
    } else {
      break;
    }
    lay_out<T>(axes, b);
  }
}

/// Cuts a correlation of stride 1, whose every extent is 3 or 1, into `axes` for a team of `workers`.
template <class T>
[[nodiscard]] constexpr winograd_blocking winograd_block_for(const correlation& p, const axis_tiles& axes,
                                                             index_t workers) {
  winograd_blocking b;
  b.tile = winograd_tile();
  const extents step = axes.outputs();
  b.tiles = {ceil_div(p.outputs.d, step.d), ceil_div(p.outputs.h, step.h), ceil_div(p.outputs.w, step.w)};
  b.points = axes.h.points() * axes.w.points();
  b.steps = step.h * step.w;
  // 16 channels wait for their transform back: with 64 the products push the transformed input out of the second cache
  // (measured on 32 channels: 281 GF/s against 387).
  b.oc = clamp_index(16, b.tile.rows, ceil_div(p.out, b.tile.rows) * b.tile.rows);
  cut_channels(p, axes, b);
  constexpr index_t streamed = elements_in<T>(winograd_budget::streamed_weight);
  const bool streams = axes.d.points() * b.points * p.in > streamed / p.out;
  if (streams) cut_streamed<T>(p, axes, b);
  cut_tiles<T>(axes, streams, b);
  fit<T>(axes, b);
  const index_t all_rows = b.tiles.d * b.tiles.h;
  const index_t volumes = p.X.n * p.groups * ceil_div(p.out, b.task_oc) * ceil_div(b.tiles.w, b.row_tiles);
  while (workers > 1 && b.rows > 1 && volumes * ceil_div(all_rows, b.rows) < 2 * workers) b.rows = ceil_div(b.rows, 2);
  lay_out<T>(axes, b);
  b.tasks = volumes * ceil_div(all_rows, b.rows);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
