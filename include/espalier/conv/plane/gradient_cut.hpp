// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight with lanes along W is cut into tasks, and the layout of their scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The gradient of a group's weight as a table of scalar products: rows from grad_y, columns from x.
///
/// A row is an output channel, a column an (input channel, tap). With few output channels a row is an (output channel,
/// kh) instead: grad_y moved down by the tap's rows, so that one load of x serves every kh.
struct gradient_table {
  index_t OCG = 1;
  index_t ICG = 1;
  index_t row_taps = 1;     ///< Taps along H that rows tell apart: KH or 1.
  index_t column_taps = 1;  ///< The other taps.
  register_tile tile;       ///< Rows and columns of it.

  explicit constexpr gradient_table(const conv3d& config, index_t registers = operand_registers)
      : OCG(config.out_channels / config.groups), ICG(config.in_channels / config.groups) {
    // From 4 channels on, rows fill a tile by themselves. The moved rows need as many rows of zeros around: at most 8.
    const extents& K = config.kernel_size;
    const bool moved = OCG < 4 && config.stride.h == 1 && K.h <= 9 && (K.h - 1) * config.dilation.h <= 8;
    row_taps = moved ? K.h : 1;
    column_taps = K.volume() / row_taps;
    tile = scalar_products_tile_for(OCG * row_taps, ICG * column_taps, registers);
  }
};

/// The cut of one call. A job is one block of the table of one group; a share is a run of units that every job sums by
/// itself, and a unit one block of (n, od, oh, ow). A task is one job of one share.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct gradient_blocking {
  stride_axis h;
  stride_axis w;
  index_t oc = 1;       ///< Output channels of a job.
  index_t ic = 1;       ///< Input channels of a job.
  index_t columns = 1;  ///< Columns of a job: all of its channels', or some of a single channel's.
  index_t pieces = 1;   ///< Jobs that share one input channel.
  index_t od = 1;       ///< Output planes of a unit; more than one only where their input planes overlap.
  index_t oh = 1;
  index_t ow = 1;
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;
  index_t x_elements = 0;  ///< Scratch of one worker: rows of x, rows of grad_y, vectors of sums.
  index_t y_elements = 0;
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return x_elements + y_elements + sum_elements; }
};

/// Output channels of a job.
inline constexpr index_t row_table = 32;

/// What a unit takes: elements of x, and from one output channel of grad_y to the next, with the rows of zeros around
/// it and the last vector.
constexpr index_t x_size(const gradient_blocking& b, index_t planes, index_t oh, index_t ow) {
  return b.ic * planes * b.h.slot_count * b.w.slot_count * b.h.span(oh) * b.w.span(ow);
}
template <class T>
constexpr index_t y_pitch(const gradient_table& table, const gradient_blocking& b, index_t oh, index_t ow) {
  const index_t moved = (table.row_taps - 1) * b.h.dilation;
  return ceil_div((oh + 2 * moved) * b.w.span(ow) + lanes<T>, lanes<T>) * lanes<T>;
}
template <class T>
constexpr bool unit_fits(const gradient_table& table, const gradient_blocking& b, index_t planes, index_t oh,
                         index_t ow) {
  constexpr index_t rows = elements_in<T>(plane_gradient_budget::rows);
  return x_size(b, planes, oh, ow) <= rows && b.oc * y_pitch<T>(table, b, oh, ow) <= rows;
}

/// Channels and columns of a job, and columns of a unit.
template <class T>
constexpr void cut_job(const conv3d& config, const gradient_table& table, const dims5& output, gradient_blocking& b) {
  const index_t planes = config.kernel_size.d;
  // Rows of a job fill whole tiles; blocks of equal size.
  const index_t oc_blocks = ceil_div(table.OCG, row_table);
  const index_t even = ceil_div(ceil_div(table.OCG, oc_blocks), table.tile.rows) * table.tile.rows;
  b.oc = oc_blocks == 1 ? table.OCG : clamp_index(even, 1, row_table);
  const index_t most_columns =
      clamp_index(plane_gradient_budget::sum_vectors / (b.oc * table.row_taps), table.tile.vectors, offset_table);
  b.ic = clamp_index(most_columns / table.column_taps, 1, table.ICG);
  // All output columns, unless one row exceeds the budget: 4096 floats are 16 KiB of one channel.
  b.ow = clamp_index(output.w, 1, 4096);
  while (b.ow > 4 * lanes<T> && !unit_fits<T>(table, b, planes, 1, b.ow)) b.ow = ceil_div(b.ow, 2);
  while (b.ic > 1 && !unit_fits<T>(table, b, planes, 1, b.ow)) b.ic = ceil_div(b.ic, 2);
  b.ic = even_block(table.ICG, b.ic);
  b.pieces = b.ic > 1 ? 1 : ceil_div(table.column_taps, most_columns);
  b.columns = b.ic * ceil_div(table.column_taps, b.pieces);
  b.jobs = config.groups * ceil_div(table.OCG, b.oc) * ceil_div(table.ICG, b.ic) * b.pieces;
}

/// Rows and planes of a unit, and the shares of the sum.
template <class T>
constexpr void cut_unit(const conv3d& config, const gradient_table& table, const dims5& output, gradient_blocking& b) {
  const index_t planes = config.kernel_size.d;
  // 2048 positions: what is between two rows and after the last one is a few percent.
  b.oh = clamp_index(2048 / b.w.span(b.ow), 1, output.h);
  while (b.oh > 1 && !unit_fits<T>(table, b, planes, b.oh, b.ow)) --b.oh;
  b.oh = even_block(output.h, b.oh);
  const index_t wanted = gradient_shares(config, output, b.jobs);
  const index_t others = output.n * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow);
  if (b.oh == output.h && config.stride.d == 1 && config.dilation.d == 1) {
    // Planes that overlap are copied once for 8 of them, as in the forward convolution.
    b.od = joined_block(output.d, 8, others, wanted,
                        [&](index_t od) { return unit_fits<T>(table, b, planes + od - 1, b.oh, b.ow); });
  }
  b.units = others * ceil_div(output.d, b.od);
  b.shares = clamp_index(wanted, 1, b.units < 1 ? 1 : b.units);
}

/// Cuts the gradient of the weight. @pre `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr gradient_blocking gradient_blocks_for(const conv3d& config, const dims5& output) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const pads pad = pads_of(config);
  const gradient_table table(config);
  gradient_blocking b;
  b.h = {K.h, S.h, L.h, pad.before.h};
  b.w = {K.w, S.w, L.w, pad.before.w};
  cut_job<T>(config, table, output, b);
  cut_unit<T>(config, table, output, b);
  b.x_elements = whole_lines<T>(x_size(b, K.d + b.od - 1, b.oh, b.ow) + lanes<T>);
  b.y_elements = whole_lines<T>(b.oc * y_pitch<T>(table, b, b.oh, b.ow));
  const index_t row_tiles = ceil_div(b.oc * table.row_taps, table.tile.rows);
  const index_t column_tiles = ceil_div(b.columns, table.tile.vectors);
  b.sum_elements = whole_lines<T>(row_tiles * column_tiles * table.tile.rows * table.tile.vectors * lanes<T>);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
