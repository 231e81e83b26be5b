// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight by Winograd is cut into tasks, and the layout of one worker's scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/cut.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The tile of the products, `rows` broadcasts of input channels by `vectors` registers of output channels: the one
/// with the fewest estimated cycles. Broadcasts divide a register, since a panel of input channels is one. 8 x 3 and 8
/// x 2 on 32 registers, 4 x 3 and 4 x 2 on 16.
[[nodiscard]] constexpr register_tile winograd_gradient_tile(index_t output_channels, index_t lane_count,
                                                             index_t registers = operand_registers) {
  const index_t all = ceil_div(output_channels, lane_count);
  register_tile best{};
  index_t best_cost = -1;
  for (index_t broadcasts = 1; broadcasts <= lane_count; broadcasts *= 2) {
    for (index_t vectors = 1; vectors <= 4 && vectors <= all; ++vectors) {
      // Accumulators, the registers of output channels, one broadcast.
      if (broadcasts * vectors + vectors + 1 > registers) break;
      const index_t step = 1 + step_cost({broadcasts * vectors, broadcasts + vectors});
      const index_t cost = step * (lane_count / broadcasts) * ceil_div(all, vectors);
      if (best_cost < 0 || cost < best_cost) {
        best_cost = cost;
        best = {broadcasts, vectors};
      }
    }
  }
  return best;
}

/// The cut of one call. A job is a block of output channels by a block of input channels of one group, a unit a box of
/// tiles of one n, a share a run of units that every job sums by itself; a task is one job of one share. Nothing here
/// depends on the number of workers: the order of every sum is that of the shape.
struct winograd_gradient_blocking {
  register_tile tile;
  index_t ICG = 1, OCG = 1;
  index_t width = 1;  ///< Output channels of a panel; a panel of input channels is one register.
  index_t ic = 1;     ///< Input channels of a job: whole panels.
  index_t oc = 1;     ///< Output channels of a job: whole panels.
  extents tiles;      ///< Tiles of a volume on each axis.
  extents box;        ///< Tiles of a unit on each axis.
  extents x_box;      ///< Positions a unit reads of x, and of grad_y.
  extents y_box;
  index_t points = 1;   ///< Points of a tile along H and W together.
  index_t x_plane = 0;  ///< Elements between two points of the transformed tiles: no multiple of a page, whose lines
  index_t y_plane = 0;  ///< would all compete for the same places in a cache.
  index_t x_copy = 0;   ///< Elements of the copies with channels next to each other,
  index_t y_copy = 0;
  index_t x_elements = 0;  ///< of the transformed tiles of one point along D,
  index_t y_elements = 0;
  index_t sum_plane = 0;  ///< and of the sums of one point.
  index_t sum_elements = 0;
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;

  [[nodiscard]] constexpr index_t worker_elements() const {
    return x_copy + y_copy + x_elements + y_elements + sum_elements;
  }
};

/// Channels of a job: all, or even blocks of whole panels whose sums fit.
template <class T>
constexpr void cut_job(const conv3d& config, const dims5& output, index_t all_points, winograd_gradient_blocking& b) {
  constexpr index_t sums = elements_in<T>(winograd_gradient_budget::sums);
  b.ic = ceil_div(b.ICG, lanes<T>) * lanes<T>;
  b.oc = ceil_div(b.OCG, b.width) * b.width;
  while (all_points * b.ic * b.oc > sums && b.ic + b.oc > lanes<T> + b.width) {
    if (b.oc > b.width && (b.oc >= b.ic || b.ic == lanes<T>)) {
      b.oc = even_block(b.OCG, b.oc / 2, b.width);
    } else {
      b.ic = even_block(b.ICG, b.ic / 2, lanes<T>);
    }
  }
  b.jobs = config.groups * ceil_div(b.OCG, b.oc) * ceil_div(b.ICG, b.ic);
  b.shares = gradient_shares(config, output, b.jobs);
}

/// Tiles of a unit. Rows of at most 32 tiles; of the boxes within the budget the one that copies the fewest positions
/// for each tile, and that leaves a unit for every share.
template <class T>
constexpr void cut_box(const conv3d& config, const dims5& output, const extents& step, winograd_gradient_blocking& b) {
  constexpr index_t tiles = elements_in<T>(winograd_gradient_budget::tiles);
  const extents& K = config.kernel_size;
  const index_t most = clamp_index(tiles / (b.points * (b.ic + b.oc)), 16, 512);
  b.box = {1, 1, even_block(b.tiles.w < 1 ? 1 : b.tiles.w, most < 32 ? most : 32)};
  const index_t others = output.n * ceil_div(b.tiles.w, b.box.w);
  double best = -1;
  for (index_t d = 1; d <= 8 && d <= b.tiles.d; ++d) {
    for (index_t h = 1; h * d * b.box.w <= most && h <= b.tiles.h; ++h) {
      const index_t units = others * ceil_div(b.tiles.d, d) * ceil_div(b.tiles.h, h);
      if (d * h > 1 && units < b.shares) break;
      const double rows = static_cast<double>((d * step.d + K.d - 1) * (h * step.h + K.h - 1));
      // What a box that sticks out of the volume computes for nothing, and the sums it meets: 16 tiles' worth.
      const double work = static_cast<double>(ceil_div(b.tiles.d, d) * ceil_div(b.tiles.h, h)) *
                          (static_cast<double>(b.box.w) * (static_cast<double>(d * h) * 8 + rows / 2) + 128);
      if (best < 0 || work < best) {
        best = work;
        b.box.d = d;
        b.box.h = h;
      }
    }
  }
}

/// The layout of the scratch of a task whose units are `b.box`.
template <class T>
constexpr void lay_out(const conv3d& config, const extents& step, winograd_gradient_blocking& b) {
  const extents& K = config.kernel_size;
  b.y_box = {b.box.d * step.d, b.box.h * step.h, b.box.w * step.w};
  b.x_box = {b.y_box.d + K.d - 1, b.y_box.h + K.h - 1, b.y_box.w + K.w - 1};
  b.x_copy = whole_lines<T>(b.x_box.volume() * b.ic);
  b.y_copy = whole_lines<T>(b.y_box.volume() * b.oc);
  b.x_plane = whole_lines<T>(b.box.volume() * b.ic) + line_elements<T>;
  b.y_plane = whole_lines<T>(b.box.volume() * b.oc) + line_elements<T>;
  b.x_elements = b.points * b.x_plane;
  b.y_elements = b.points * b.y_plane;
}

/// Cuts the gradient of the weight. @pre `winograd_serves(config)`, `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr winograd_gradient_blocking winograd_gradient_blocks_for(const conv3d& config,
                                                                                const dims5& output) {
  const axis_tiles axes = axis_tiles_for(config.kernel_size, algorithm::winograd);
  const extents step = axes.outputs();
  winograd_gradient_blocking b;
  b.ICG = config.in_channels / config.groups;
  b.OCG = config.out_channels / config.groups;
  b.tile = winograd_gradient_tile(b.OCG, lanes<T>);
  b.width = b.tile.vectors * lanes<T>;
  b.points = axes.h.points() * axes.w.points();
  b.tiles = {ceil_div(output.d, step.d), ceil_div(output.h, step.h), ceil_div(output.w, step.w)};
  const index_t all_points = axes.d.points() * b.points;
  cut_job<T>(config, output, all_points, b);
  cut_box<T>(config, output, step, b);
  b.sum_plane = b.ic * b.oc;
  b.sum_elements = all_points * b.sum_plane;
  lay_out<T>(config, step, b);
  // Many channels on one side against few on the other: 16 tiles are too many.
  while (b.worker_elements() > elements_in<T>(winograd_budget::limit) && b.box.volume() > 1) {
    index_t& longest = b.box.d > 1 ? b.box.d : b.box.h > 1 ? b.box.h : b.box.w;
    longest = ceil_div(longest, 2);
    lay_out<T>(config, step, b);
  }
  b.units = output.n * ceil_div(b.tiles.d, b.box.d) * ceil_div(b.tiles.h, b.box.h) * ceil_div(b.tiles.w, b.box.w);
  b.shares = clamp_index(b.shares, 1, b.units < 1 ? 1 : b.units);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
