// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the weight, and the family that computes it.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/channel/gradient_cut.hpp>
#include <espalier/conv/channel/gradient_nest.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/conv3d_rules.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/flat/gradient_nest.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/plane/gradient_cut.hpp>
#include <espalier/conv/plane/gradient_nest.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Whether lanes along channels take fewer cycles than lanes along W, and a panel's sums fit 1 MiB.
template <class T>
constexpr bool outer_wins(const conv3d& config) {
  const gradient_table table(config);
  const outer_tile outer = outer_tile_for(config, lanes<T>);
  const extents& K = config.kernel_size;
  if (K.d * K.h * outer.runs * outer.covered() * outer.vectors * lanes<T> * static_cast<index_t>(sizeof(T)) > 1 << 20) {
    return false;
  }
  const index_t tiles =
      ceil_div(table.OCG * table.row_taps, table.tile.oc) * ceil_div(table.ICG * table.column_taps, table.tile.vectors);
  // Lanes along W lose a third more to the ends of rows, to the sums of lanes and to loads that straddle cache lines.
  return 3 * outer.cost * lanes<T> <= 4 * tiles * (tap_cost(table.tile) + 2);
}

}  // namespace detail

/// `grad_w[oc,ic,k] (+)= sum over (n, o) of grad_y[n,oc,o] x[n,ic,o S - P + k L]` on raw pointers.
///
/// Lanes run along output channels where they fill registers, else along W over rows that follow each other, so a
/// narrow volume costs no more than a wide one; with few channels and extent 1, along D, H and W as one axis. Allocates
/// nothing: the caller owns the scratch. The order of every sum depends on the shape alone: results are bitwise equal
/// for every executor and number of workers. With lanes along W a value of x meets zeros between the rows: one that is
/// not finite may make every tap of its channel NaN. Rejected when `validated<Config>` or `validated_element<T>` is.
template <conv3d Config, class T>
struct direct_backward_weights {
  static_assert(sizeof(validated<Config>) > 0 && sizeof(validated_element<T>) > 0, "instantiates the rules");
  // A refused configuration is replaced, so that its sentence is the only error.
  static constexpr conv3d config =
      is_valid<Config> ? Config : conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1};

  static constexpr bool flat = flat_gradient_serves(config);
  static constexpr bool lanes_along_channels = !flat && detail::outer_wins<T>(config);

  /// The register tile: rows by columns of scalar products, or broadcasts by registers of channels.
  static constexpr register_tile tile =
      lanes_along_channels
          ? register_tile{outer_tile_for(config, lanes<T>).broadcasts, outer_tile_for(config, lanes<T>).vectors}
          : (flat ? flat_gradient_tile(config) : gradient_table(config).tile);

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    const auto b = blocks_for(output_dims(config, input));
    // Room to start at a cache line wherever the caller's buffer starts.
    return (workers > 1 ? workers : 1) * b.worker_elements() + static_cast<index_t>(alignment / sizeof(T)) +
           (b.parts > 1 ? b.parts * weight_shape_of(config).size() : 0);
  }

  /// x (N, IC, ID, IH, IW), grad_y (N, OC, OD, OH, OW), grad_w (OC, ICG, KD, KH, KW): overwritten, or added to where
  /// `accumulate`; scratch of `scratch_size(input, executor.workers())` elements. No two of them overlap. Throws before
  /// anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, const E& executor) {
    const dims5 output = output_dims(config, input);
    const auto b = blocks_for(output);
    const index_t workers = static_cast<index_t>(executor.workers());
    while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
    T* const partial = scratch + (workers > 1 ? workers : 1) * b.worker_elements();
    if constexpr (lanes_along_channels) {
      using nest = detail::outer_gradient<tile.oc, tile.vectors, T>;
      nest::run(typename nest::call{{config, input, output, x, grad_y, grad_w, accumulate, partial, scratch}, b},
                executor);
    } else if constexpr (flat) {
      using nest = detail::flat_gradient<tile.oc, tile.vectors, T>;
      nest::run(typename nest::call{{config, input, output, x, grad_y, grad_w, accumulate, partial, scratch}, b},
                executor);
    } else {
      using nest = detail::backward_weights_nest<tile.oc, tile.vectors, T>;
      nest::run(
          typename nest::call{
              {config, input, output, x, grad_y, grad_w, accumulate, partial, scratch}, gradient_table(config), b},
          executor);
    }
  }

 private:
  static auto blocks_for(const dims5& output) {
    if constexpr (lanes_along_channels) {
      return outer_blocks_for<T>(config, output);
    } else if constexpr (flat) {
      return flat_gradient_blocks_for<T>(config, output);
    } else {
      return gradient_blocks_for<T>(config, output);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
