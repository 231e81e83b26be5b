// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight of tied taps is cut into tasks, and the layout of their scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/tied/layout.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The tile of scalar products: output channels by groups of taps of all input channels.
[[nodiscard]] constexpr register_tile tied_gradient_tile(const conv3d& config, index_t groups,
                                                         index_t registers = operand_registers) {
  const index_t columns = config.in_channels / config.groups * (groups < 1 ? 1 : groups);
  return scalar_products_tile_for(config.out_channels / config.groups, columns, registers);
}

/// The cut of one call. A job is a block of output channels by a block of input channels of one group; a share is a run
/// of units that every job sums by itself, and a unit one block of (n, od, oh, ow). A task is one job of one share.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct tied_gradient_blocking {
  sums_layout layout;
  index_t oc = 1;  ///< Output channels of a job.
  index_t ic = 1;  ///< Input channels of a job.
  index_t od = 1;  ///< Output planes of a unit: more than one only where input planes stay from one to the next.
  index_t oh = 1;
  index_t ow = 1;
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;
  index_t y_pitch = 0;     ///< From one channel of grad_y to the next.
  index_t x_elements = 0;  ///< Scratch of one worker: what the layout takes, rows of grad_y, vectors of sums.
  index_t y_elements = 0;
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return x_elements + y_elements + sum_elements; }
};

/// Output channels of a job, and columns: offsets in a table on the stack of a worker.
inline constexpr index_t tied_gradient_rows = 32, tied_gradient_columns = 1024;

/// Cuts the gradient of the weight. @pre stride 1; `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr tied_gradient_blocking tied_gradient_blocks_for(const conv3d& config, const sums_view& sums,
                                                                        const register_tile& tile,
                                                                        const dims5& output) {
  using budget = tied_gradient_budget;
  constexpr index_t room = elements_in<T>(budget::sums), rows = elements_in<T>(budget::rows);
  const extents &K = config.kernel_size, &L = config.dilation, before = pads_of(config).before;
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  const index_t groups = sums.groups < 1 ? 1 : sums.groups;
  plane_layout plane;
  plane.h = {K.h, 1, L.h, before.h};
  plane.w = {K.w, 1, L.w, before.w};
  plane.boundary = boundary_of(config);
  const auto layout = [&](index_t oh, index_t ow) { return sums_layout::of<T>(sums, plane, K.d, lanes<T>, oh, ow); };
  tied_gradient_blocking b;
  b.oc = even_block(OCG, tied_gradient_rows, tile.rows);
  b.oc = b.oc < OCG ? b.oc : OCG;
  b.ow = clamp_index(output.w, 1, 4096);
  while (b.ow > 4 * lanes<T> && layout(1, b.ow).channel > room) b.ow = ceil_div(b.ow, 2);
  // Four rows of a plane at least, as in the forward; and sums that fit.
  const index_t by_sums = clamp_index(budget::sum_vectors / b.oc, tile.vectors, tied_gradient_columns) / groups;
  const index_t by_room = room / layout(clamp_index(output.h, 1, 4), b.ow).channel;
  b.ic = even_block(ICG, clamp_index(by_room < by_sums ? by_room : by_sums, 1, ICG));
  b.jobs = config.groups * ceil_div(OCG, b.oc) * ceil_div(ICG, b.ic);
  // 2048 positions: what is between two rows and after the last one is a few percent.
  b.oh = clamp_index(2048 / plane.w.span(b.ow), 1, clamp_index(output.h, 1, output.h));
  while (b.oh > 1 && (b.ic * layout(b.oh, b.ow).channel > room || b.oc * layout(b.oh, b.ow).output > rows)) --b.oh;
  b.oh = even_block(output.h, b.oh);
  b.layout = layout(b.oh, b.ow);
  const index_t wanted = gradient_shares(config, output, b.jobs);
  const index_t others = output.n * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow);
  if (L.d == 1) {
    b.od = joined_block(output.d, tied_budget::planes, others, wanted, [](index_t) { return true; });
  }
  b.units = others * ceil_div(output.d, b.od);
  b.shares = clamp_index(wanted, 1, b.units < 1 ? 1 : b.units);
  b.y_pitch = b.layout.output;
  b.x_elements = b.ic * b.layout.channel + b.layout.passing;
  b.y_elements = whole_lines<T>(b.oc * b.y_pitch);
  const index_t tiles = ceil_div(b.oc, tile.rows) * ceil_div(b.ic * groups, tile.vectors);
  b.sum_elements = whole_lines<T>(tiles * tile.rows * tile.vectors * lanes<T>);
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
