// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The Winograd forward convolution for a static configuration.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/cut.hpp>
#include <espalier/conv/winograd/nest.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The same function as `direct_forward`, by the tiles of `axis_tiles_for`: 8 products per output instead of 27, or 4.5
/// where the configuration asks for `winograd_f43`.
///
/// Allocates nothing: the caller owns the packed weight and the scratch. Each output is a sum over the input channels
/// in order for each of its points, whatever the executor, the number of workers and the cut into tasks: results are
/// bitwise equal. They differ from `direct_forward`'s by rounding (docs/winograd.md has the bound), and a NaN or
/// infinity reaches every output of its tile. @pre `Config` is valid and `winograd_serves` holds.
template <conv3d Config, class T>
struct winograd_forward {
  static constexpr conv3d config = Config;

  /// Elements of the packed weight: 64 for 27 of a 3 x 3 x 3 kernel, 144 with `winograd_f43`.
  static constexpr index_t packed_size() { return nest::weight::packed_size(config.groups, ICG, OCG); }

  /// Transforms weight (OC, ICG, KD, KH, KW), already constrained, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    nest::weight::template pack<false>(weight, config.groups, ICG, OCG, packed);
  }

  /// What packs a weight as `pack` does while it is still in tiles: the blocks of a weight in the order it wants, or
  /// whole filters.
  static constexpr auto block_sink(T* packed) {
    return nest::weight::template columns_of<false>(config.groups, ICG, OCG, packed);
  }
  static constexpr auto filter_sink(T* packed) { return nest::weight::filters_of(config.groups, ICG, OCG, packed); }

  /// What one call knows before it runs.
  using plan_type = call_plan<correlation, winograd_blocking>;

  /// Plans a call, as `direct_forward` does.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned<nest, T>(input, output, forward_of(config, input, output), output.size() == 0, workers);
  }

  /// Windows of the output whose results are those of the whole, bit by bit, begin at multiples of this and end at one
  /// or with the output (`on_grid`): all outputs of a tile share its products, so where an output lies in its tile and
  /// what else the tile reads decides how it is rounded. A window off the grid is computed as right, and rounds
  /// differently; who needs its bits takes `on_grid` of it and drops what is too much.
  static constexpr extents window_grid = axis_tiles_for(Config.kernel_size, Config.algorithm).outputs();

  /// Plans a call for a window of the output, as `direct_forward` does.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    const correlation windowed = forward_of(config, input, window);
    const dims5 output = resized({input.n, config.out_channels, 0, 0, 0}, window.size);
    return planned<nest, T>(windowed.X, output, windowed, output.size() == 0, workers);
  }

  /// Elements of scratch `run` needs for an input of this shape and a team of `workers`; throws as `output_dims` does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Operands as in `direct_forward`.
  template <class Added, Executor E>
  static void run(const plan_type& p, const T* x, const T* packed, const Added& added, T* y, T* scratch,
                  const E& executor) {
    nest::run(p.problem, p.cut, x, packed, epilogue_of<config.activation, T>(added), y, line_start(scratch), executor);
  }
  /// The same with a plan of its own. Throws before anything is written.
  template <Executor E>
  static void run(const T* x, dims5 input, const T* packed, const T* bias, T* y, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), x, packed, bias, y, scratch,
        executor);
  }

 private:
  static constexpr axis_tiles axes = axis_tiles_for(config.kernel_size, config.algorithm);
  using nest = winograd_nest<axes, T>;
  static constexpr index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
};

}  // namespace esp::inline ESPALIER_ABI::detail
