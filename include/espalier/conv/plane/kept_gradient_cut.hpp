// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight of which some taps are kept is cut into tasks, and the layout of their scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether the input of consecutive outputs lies in memory as a tap reads it: no stride along W, and zeros beside it.
constexpr bool reads_in_place(const conv3d& config) {
  return config.stride.w == 1 && boundary_of(config) == boundary::zeros;
}

/// The cut of one call. A job is a block of output channels by a block of input channels of one group; a share is a run
/// of units that every job sums by itself, and a unit one block of (n, od, oh, ow). A task is one job of one share.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct kept_gradient_blocking {
  plane_layout plane;  ///< Of a copied plane, where x is not read in place.
  index_t oc = 1;      ///< Output channels of a job: whole tiles.
  index_t ic = 1;      ///< Input channels of a job.
  index_t od = 1;      ///< Output planes, rows and columns of a unit.
  index_t oh = 1;
  index_t ow = 1;
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;
  index_t chunks = 0;      ///< Tiles of columns that all kept taps of one input channel take.
  index_t x_elements = 0;  ///< Scratch of one worker: planes of x where they are copied, registers of sums.
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return x_elements + sum_elements; }
};

/// Channels of a job: as many as the budget of sums has room for, in even blocks of whole tiles.
constexpr void cut_job(const conv3d& config, const register_tile& tile, kept_gradient_blocking& b) {
  const index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
  const index_t columns = b.chunks * tile.vectors;
  // 32 output channels, as in the table of all taps.
  b.oc = even_block(OCG, ceil_div(OCG < 32 ? OCG : 32, tile.rows) * tile.rows, tile.rows);
  while (b.oc > tile.rows && b.oc * columns > plane_gradient_budget::sum_vectors) {
    b.oc = even_block(OCG, b.oc / 2, tile.rows);
  }
  const index_t sums = ceil_div(b.oc, tile.rows) * tile.rows * columns;
  b.ic = even_block(ICG, clamp_index(plane_gradient_budget::sum_vectors / (sums < 1 ? 1 : sums), 1, ICG));
  b.jobs = config.groups * ceil_div(OCG, b.oc) * ceil_div(ICG, b.ic);
}

/// Rows and planes of a unit, and the shares of the sum.
template <class T>
constexpr void cut_unit(const conv3d& config, const dims5& output, index_t kept, kept_gradient_blocking& b) {
  const extents& K = config.kernel_size;
  constexpr index_t budget = elements_in<T>(plane_gradient_budget::rows);
  const stride_axis h = b.plane.h, w = b.plane.w;
  const bool copied = !reads_in_place(config);
  const auto fits = [&](index_t oh, index_t ow) {
    return !copied || K.d * h.slot_count * w.slot_count * h.span(oh) * w.span(ow) <= budget;
  };
  // 4096 columns have paid for their ends.
  b.ow = clamp_index(output.w, 1, 4096);
  while (b.ow > 4 * lanes<T> && !fits(1, b.ow)) b.ow = ceil_div(b.ow, 2);
  // What lies in the second cache while taps and input channels pass by: grad_y of all channels. 2^14 positions of one
  // are 2^10 sums of a lane with 16 lanes, which bounds the rounding error of a call's sum.
  constexpr index_t most = index_t{1} << 14;
  const index_t by_y = budget / (b.oc * b.ow), rows = clamp_index(by_y, 1, most / b.ow > 1 ? most / b.ow : 1);
  b.oh = clamp_index(output.h, 1, rows);
  while (b.oh > 1 && !fits(b.oh, b.ow)) --b.oh;
  b.oh = even_block(output.h, b.oh);
  const index_t wanted = gradient_shares(config, output, b.jobs, kept);
  const index_t others = output.n * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow);
  if (b.oh == output.h && !copied) {
    while (b.od < output.d && (b.od + 1) * b.oh <= rows && others * ceil_div(output.d, b.od + 1) >= wanted) ++b.od;
    b.od = even_block(output.d, b.od);
  }
  b.units = others * ceil_div(output.d, b.od);
  b.shares = clamp_index(wanted, 1, b.units < 1 ? 1 : b.units);
}

/// Cuts the gradient of `kept` taps by tiles of rows and columns. @pre `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr kept_gradient_blocking kept_gradient_blocks_for(const conv3d& config, const dims5& output,
                                                                        index_t kept, const register_tile& tile) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  const pads pad = pads_of(config);
  kept_gradient_blocking b;
  b.plane.h = {K.h, S.h, L.h, pad.before.h};
  b.plane.w = {K.w, S.w, L.w, pad.before.w};
  b.plane.boundary = boundary_of(config);
  b.chunks = ceil_div(kept, tile.vectors);
  cut_job(config, tile, b);
  cut_unit<T>(config, output, kept, b);
  b.plane.rows = b.plane.h.span(b.oh);
  b.plane.pitch = b.plane.w.span(b.ow);
  b.x_elements = reads_in_place(config) ? 0 : whole_lines<T>(K.d * b.plane.size());
  b.sum_elements = whole_lines<T>(ceil_div(b.oc, tile.rows) * tile.rows * b.ic * b.chunks * tile.vectors * lanes<T>);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
