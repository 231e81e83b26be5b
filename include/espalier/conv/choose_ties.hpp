// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Whether tied taps are added before they are multiplied, or a direction is computed as without ties.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/choose_algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/tied/cost.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Multiply-adds of a position, for all channels, that take as long as what `algorithm_for` takes: as
/// `winograd_part_pays` counts them. In the gradient of the weight a direct one takes a quarter longer than in sums,
/// and Winograd's takes an eighth less than its products.
constexpr index_t cost_without_ties(const conv3d& config, direction what, index_t taps) {
  const bool forward = what == direction::forward, gradient = what == direction::backward_weights;
  const index_t inputs = config.in_channels / config.groups, outputs = config.out_channels / config.groups;
  const algorithm a = algorithm_for(config, what);
  if (!is_winograd(a)) return taps * inputs * outputs * (gradient ? 5 : 4) / 4;
  const axis_tiles tiles = axis_tiles_for(config.kernel_size, a);
  const index_t points = tiles.points().volume(), made = tiles.outputs().volume();
  if (gradient) return points * inputs * outputs * 7 / 8 / made;
  return points * (inputs * outputs + 8 * (forward ? inputs : outputs) + 4 * (forward ? outputs : inputs)) / made;
}

/// Whether a direction of `config` is faster where tied taps are added first. A configuration that asks for an
/// algorithm gets its sums in its order. @pre the configuration is valid.
[[nodiscard]] constexpr bool ties_pay(const conv3d& config, direction what, const tied_work& work) {
  if (work.groups == 0 || !tied_serves(config) || config.algorithm != algorithm::automatic) return false;
  const bool transposed = what == direction::backward_data;
  const index_t inputs = config.in_channels / config.groups, outputs = config.out_channels / config.groups;
  const index_t sums = tied_cost(work, transposed ? outputs : inputs, transposed ? inputs : outputs);
  // In twentieths: a tenth less than direct, and a quarter less than Winograd, whose many channels leave the first
  // cache no room for sums.
  const index_t margin = is_winograd(algorithm_for(config, what)) ? 25 : 22;
  return margin * sums < 20 * cost_without_ties(config, what, work.taps);
}

/// What computes a direction whose ties pay.
[[nodiscard]] constexpr choice choose_tied(const conv3d& config, direction what, const machine& m,
                                           const tied_work& work) {
  const index_t inputs = config.in_channels / config.groups, outputs = config.out_channels / config.groups;
  choice c;
  c.family = kernel_family::tied;
  c.tile = what == direction::backward_weights
               ? scalar_products_tile_for(outputs, inputs * (work.groups < 1 ? 1 : work.groups), m.operands())
               : tile_for(what == direction::forward ? outputs : inputs, m.operands());
  c.dropped = config.kernel_size.volume() - work.groups;
  c.added = work.additions;
  return c;
}

}  // namespace esp::inline ESPALIER_ABI::detail
