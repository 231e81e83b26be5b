// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a Winograd convolution is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/blocking.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

/// A correlation of stride 1 whose every extent is 3 or 1: the forward convolution, or the gradient of its input.
struct winograd_problem {
  index_t groups = 1;
  index_t IC = 1;  ///< Channels of a group of the input.
  index_t OC = 1;  ///< Channels of a group of the output.
  extents taps;    ///< 3 or 1 on each axis.
  extents before;  ///< Zeros before the input; a negative number crops it.
  dims5 X;         ///< Shape of the input.
  dims5 Y;         ///< Shape of the output.
};

namespace detail {

/// Outputs of a tile along an axis, and products of a tile along it.
constexpr index_t tile_step(index_t taps) { return taps == 3 ? 2 : 1; }
constexpr index_t tile_points(index_t taps) { return taps == 3 ? 4 : 1; }

}  // namespace detail

/// The cut of one call. A task is a block of tiles of one (n, group): a run of tile rows, counted over D and H, and a
/// run of columns. Per task the products of one point along D at a time are in scratch: those of all points are four
/// times as many, and fit no second cache.
struct winograd_blocking {
  register_tile tile;
  extents tiles;                 ///< Tiles of a volume on each axis.
  index_t points = 1;            ///< Points of a tile along H and W together.
  index_t steps = 1;             ///< Outputs of a tile along H and W together.
  index_t rows = 1;              ///< Tile rows of a task.
  index_t columns = 1;           ///< Tiles of a row of a task.
  index_t oc = 1;                ///< Output channels whose products wait together.
  index_t pitch = 0;             ///< Elements between two channels of transformed data: one tile each.
  index_t input_plane = 0;       ///< Elements between two points of the transformed input, and of the products: no
  index_t product_plane = 0;     ///< multiple of a page, whose lines would all compete for the same places in a cache.
  index_t row_pitch = 0;         ///< Elements between two rows of input taken apart by parity.
  index_t row_elements = 0;      ///< Rows of one channel.
  index_t input_elements = 0;    ///< (points, IC, pitch)
  index_t product_elements = 0;  ///< (points, oc, pitch)
  index_t output_elements = 0;   ///< (OC, outputs of a tile along D, steps, pitch)
  index_t tasks = 0;

  [[nodiscard]] constexpr index_t oc_blocks(index_t OC) const { return detail::ceil_div(OC, tile.oc); }
  [[nodiscard]] constexpr index_t worker_elements() const {
    return row_elements + input_elements + product_elements + output_elements;
  }
};

/// The tiles of one task: rows `[row0, row0 + rows)` with `row = td * tiles.h + th`, columns from `column0`.
struct winograd_range {
  index_t n, g, row0, rows, column0, columns;
};

/// The range of task `number`; columns run fastest, then rows, groups, n.
[[nodiscard]] constexpr winograd_range winograd_task(const winograd_blocking& b, index_t groups, index_t number) {
  const index_t all_rows = b.tiles.d * b.tiles.h;
  const index_t column_blocks = detail::ceil_div(b.tiles.w, b.columns), row_blocks = detail::ceil_div(all_rows, b.rows);
  winograd_range r{};
  r.column0 = number % column_blocks * b.columns;
  number /= column_blocks;
  r.row0 = number % row_blocks * b.rows;
  number /= row_blocks;
  r.g = number % groups;
  r.n = number / groups;
  r.columns = detail::rest(r.column0, b.columns, b.tiles.w);
  r.rows = detail::rest(r.row0, b.rows, all_rows);
  return r;
}

/// The register tile of the products: lanes along tiles, weights broadcast, as in the direct convolution.
[[nodiscard]] constexpr register_tile winograd_tile() { return tile_for(8); }

/// Cuts a problem for a team of `workers`.
template <class T>
[[nodiscard]] constexpr winograd_blocking winograd_block_for(const winograd_problem& p, index_t workers) {
  using detail::ceil_div, detail::clamp_index;
  constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
  winograd_blocking b;
  b.tile = winograd_tile();
  const extents step{detail::tile_step(p.taps.d), detail::tile_step(p.taps.h), detail::tile_step(p.taps.w)};
  b.tiles = {ceil_div(p.Y.d, step.d), ceil_div(p.Y.h, step.h), ceil_div(p.Y.w, step.w)};
  b.points = detail::tile_points(p.taps.h) * detail::tile_points(p.taps.w);
  b.steps = step.h * step.w;
  // 16 channels wait for their transform back: with 64 the products push the transformed input out of the second cache
  // (measured on 32 channels: 281 GF/s against 387).
  b.oc = clamp_index(16, b.tile.oc, ceil_div(p.OC, b.tile.oc) * b.tile.oc);

  const index_t tile_elements = b.points * (p.IC + b.oc) + step.d * b.steps * p.OC;
  // 640 KiB of a second cache of 1 MiB; but 96 tiles at least, since the transformed weights are read once a task, and
  // never more than 3 MiB.
  constexpr index_t budget = index_t{640} * 1024 / static_cast<index_t>(sizeof(T));
  constexpr index_t limit = index_t{3} * 1024 * 1024 / static_cast<index_t>(sizeof(T));
  const index_t least = clamp_index(limit / tile_elements, 1, 96);
  const index_t wanted = clamp_index(budget / tile_elements, least, 1024);
  b.columns = clamp_index(b.tiles.w, 1, wanted);
  b.columns = ceil_div(b.tiles.w, ceil_div(b.tiles.w, b.columns));
  const index_t all_rows = b.tiles.d * b.tiles.h;
  // Of the possible numbers of rows the one that wastes the fewest lanes.
  const index_t most = clamp_index(wanted / b.columns, 1, all_rows);
  index_t best = -1;
  for (index_t rows = most; rows >= 1 && 2 * rows >= most; --rows) {
    const index_t whole = all_rows / rows, left = all_rows % rows;
    const index_t vectors = whole * ceil_div(rows * b.columns, lanes<T>) + ceil_div(left * b.columns, lanes<T>);
    const index_t cost = vectors * 64 + (whole + 1);
    if (best < 0 || cost < best) {
      best = cost;
      b.rows = rows;
    }
  }
  const index_t volumes = p.Y.n * p.groups * ceil_div(b.tiles.w, b.columns);
  while (workers > 1 && b.rows > 1 && volumes * ceil_div(all_rows, b.rows) < 2 * workers) b.rows = ceil_div(b.rows, 2);

  const index_t last = (b.rows - 1) * b.columns + ceil_div(b.columns, lanes<T>) * lanes<T>;
  const index_t lines = ceil_div(last, line);
  b.pitch = (lines % 2 == 0 ? lines + 1 : lines) * line;
  b.row_pitch = (ceil_div(ceil_div(b.columns, lanes<T>) * lanes<T> + lanes<T>, line) | 1) * line;
  b.row_elements = ceil_div(step.w * b.row_pitch * (b.rows * step.h + p.taps.h - 1), line) * line;
  b.input_plane = p.IC * b.pitch + (p.IC % 2 == 0 ? line : 0);
  b.product_plane = b.oc * b.pitch + (b.oc % 2 == 0 ? line : 0);
  b.input_elements = b.points * b.input_plane;
  b.product_elements = b.points * b.product_plane;
  b.output_elements = ceil_div(p.OC, b.tile.oc) * b.tile.oc * step.d * b.steps * b.pitch;
  b.tasks = volumes * ceil_div(all_rows, b.rows);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI
