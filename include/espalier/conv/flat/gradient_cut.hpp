// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How the gradient of a weight of extent 1 is cut into tasks.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/core_cost.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The tile for a weight of extent 1: `rows` output by `vectors` input channels.
[[nodiscard]] constexpr register_tile flat_gradient_tile(const conv3d& config, index_t registers = operand_registers) {
  return scalar_products_tile_for(config.out_channels / config.groups, config.in_channels / config.groups, registers);
}

/// The cut of one call. A job is a block of output channels by a block of input channels of one group; a share is a run
/// of units that every job sums by itself, and a unit one block of positions of one image. A task is one job of one
/// share.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct flat_gradient_blocking {
  index_t oc = 1;      ///< Output channels of a job.
  index_t ic = 1;      ///< Input channels of a job.
  index_t block = 1;   ///< Positions of a unit: whole vectors.
  index_t blocks = 0;  ///< Of one image.
  index_t jobs = 1;
  index_t units = 0;
  index_t shares = 1;
  index_t y_elements = 0;  ///< Scratch of one worker: a vector of each channel of grad_y and of x, vectors of sums.
  index_t x_elements = 0;
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return y_elements + x_elements + sum_elements; }
};

/// Cuts the gradient of the weight. @pre neither stride nor padding, extent 1; `output` is `output_dims(config,
/// input)`.
template <class T>
[[nodiscard]] constexpr flat_gradient_blocking flat_gradient_blocks_for(const conv3d& config, const dims5& output) {
  using budget = flat_gradient_budget;
  // Channels of a job: at most 8 of them meet as many, 4096 vectors of sums.
  constexpr index_t most = plane_gradient_budget::sum_vectors / 8;
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  const register_tile tile = flat_gradient_tile(config);
  flat_gradient_blocking b;
  b.oc = clamp_index(OCG, 1, most / tile.rows * tile.rows);
  b.ic = clamp_index(ICG, 1, most / tile.vectors * tile.vectors);
  b.jobs = config.groups * ceil_div(OCG, b.oc) * ceil_div(ICG, b.ic);
  const index_t positions = output.d * output.h * output.w, wanted = gradient_shares(config, output, b.jobs);
  const index_t held = OCG <= tile.rows ? OCG : ICG;
  const index_t room = clamp_index(elements_in<T>(budget::held) / held, lanes<T>, elements_in<T>(budget::run));
  const index_t share = ceil_div(positions * output.n, wanted);
  b.block = ceil_div(clamp_index(share < room ? share : room, 1, positions < 1 ? 1 : positions), lanes<T>) * lanes<T>;
  b.blocks = ceil_div(positions, b.block);
  b.units = output.n * b.blocks;
  b.shares = clamp_index(wanted, 1, b.units < 1 ? 1 : b.units);
  b.y_elements = whole_lines<T>(b.oc * lanes<T>);
  b.x_elements = whole_lines<T>(b.ic * lanes<T>);
  b.sum_elements = ceil_div(b.oc, tile.rows) * tile.rows * ceil_div(b.ic, tile.vectors) * tile.vectors * lanes<T>;
  return b;
}

}  // namespace esp::inline ESPALIER_ABI::detail
