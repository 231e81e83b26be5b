// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the input of a Winograd convolution: the same algorithm on the transposed weight.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/cut.hpp>
#include <espalier/conv/winograd/nest.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The same function as `direct_backward_data`: a Winograd correlation of grad_y, channels changed places, taps read
/// backwards, `KD - 1 - PD` zeros before it (fewer than none where the forward pads more than its kernel reaches).
/// Everything else is as in `winograd_forward`.
template <conv3d Config, class T>
struct winograd_backward_data {
  static constexpr conv3d config = Config;
  static_assert(!folds_gradient(config), "folded_backward_data serves a boundary that repeats the input");

  /// Elements of the packed weight.
  static constexpr index_t packed_size() { return nest::weight::packed_size(config.groups, OCG, ICG); }

  /// Transforms weight (OC, ICG, KD, KH, KW), the one the forward used, into `packed_size()` elements for `run`.
  static void pack(const T* weight, T* packed) {
    nest::weight::template pack<true>(weight, config.groups, OCG, ICG, packed);
  }

  /// What packs the blocks of a weight as `pack` does while they are still in tiles, in the order it wants.
  static constexpr auto block_sink(T* packed) {
    return nest::weight::template columns_of<true>(config.groups, OCG, ICG, packed);
  }

  /// What one call knows before it runs.
  using plan_type = call_plan<correlation, winograd_blocking>;

  /// Plans a call, as `direct_backward_data` does.
  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned<nest, T>(input, output, input_gradient_of(config, input, output), input.size() == 0, workers);
  }

  /// As `winograd_forward`'s: whole tiles.
  static constexpr extents window_grid = axis_tiles_for(Config.kernel_size, Config.algorithm).outputs();

  /// Plans a call for a window of the input, as `direct_backward_data` does.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    const dims5 X = part.computed_of(input), Y = part.read_of(input.n, config.out_channels);
    return planned<nest, T>(X, Y, input_gradient_of(config, X, Y, part.before), X.size() == 0, workers);
  }

  /// Elements of scratch `run` needs for a forward input of this shape and a team of `workers`; throws as `output_dims`
  /// does.
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(config, input), workers).scratch;
  }

  /// Operands as in `direct_backward_data`.
  template <Executor E>
  static void run(const plan_type& p, const T* grad_y, const T* packed, T* grad_x, T* scratch, const E& executor) {
    nest::run(p.problem, p.cut, grad_y, packed, no_epilogue<T>, grad_x, line_start(scratch), executor);
  }
  /// The same with a plan of its own. Throws before anything is written.
  template <Executor E>
  static void run(const T* grad_y, dims5 input, const T* packed, T* grad_x, T* scratch, const E& executor) {
    run(plan(input, output_dims(config, input), static_cast<index_t>(executor.workers())), grad_y, packed, grad_x,
        scratch, executor);
  }

 private:
  static constexpr axis_tiles axes = axis_tiles_for(config.kernel_size, config.algorithm);
  using nest = winograd_nest<axes, T>;
  static constexpr index_t ICG = config.in_channels / config.groups, OCG = config.out_channels / config.groups;
};

}  // namespace esp::inline ESPALIER_ABI::detail
