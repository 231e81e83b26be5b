// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The convolution by taps that lie far apart as a kernel of each direction, with a plan like the others.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/scattered/input_window.hpp>
#include <espalier/conv/scattered/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What one call of a scattered kernel knows before it runs: nothing is cut, and no team needs scratch.
struct scattered_plan {
  dims5 input;
  dims5 output;
  extents before;  ///< Padding before what is read.
  index_t scratch = 0;
  gradient_part part{};  ///< Of a gradient of the input on a window; else its sizes are 0.
};

/// What the directions share. The weight is read as it is stored: there is an order of packed weights only so that a
/// prior has somewhere to write what it makes of one.
template <conv3d Config, class T>
struct scattered_kernel {
  using plan_type = scattered_plan;
  static constexpr bool reads_stored_weight = true;

  /// Elements of the packed weight, which is one as it is stored.
  static constexpr index_t packed_size() { return weight_shape_of(Config).size(); }

  static constexpr auto block_sink(T* packed) {
    constexpr index_t blocks = Config.out_channels * (Config.in_channels / Config.groups);
    return plain_columns<T>{packed, blocks, packed_size() / blocks};
  }
  static constexpr auto filter_sink(T* packed) {
    return plain_columns<T>{packed, Config.out_channels, packed_size() / Config.out_channels};
  }

  static plan_type plan(const dims5& input, const dims5& output, index_t) {
    return {input, output, pads_of(Config).before, 0};
  }

  /// Plans a call for a window of the output, forward and for the gradient of the weight.
  static scattered_plan plan(const dims5& input, const volume_window& window, index_t) {
    const input_part read = part_read(Config, input, window);
    return {resized(input, read.window.size), resized({input.n, Config.out_channels, 0, 0, 0}, window.size),
            read.before, 0};
  }
};

/// The same function as `direct_forward`. @pre `Config` is valid; `scattered_taps` says which calls it is made for.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct scattered_forward : scattered_kernel<Config, T> {
  using scattered_kernel<Config, T>::plan;

  /// Windows of the output whose results are those of the whole, bit by bit: any.
  static constexpr extents window_grid{1};

  /// Operands as in `direct_forward`, but that `weight` is as it is stored and no scratch is used.
  template <class Added, Executor E>
  static void run(const scattered_plan& p, const T* x, const T* weight, const Added& added, T* y, T*,
                  const E& executor) {
    scattered_taps<Config, T, Kept>::forward(x, p.input, p.output, p.before, weight,
                                             epilogue_of<Config.activation, T>(added), y, executor);
  }
};

/// The same function as `direct_backward_data`.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct scattered_backward_data : scattered_kernel<Config, T> {
  using scattered_kernel<Config, T>::plan;

  /// Windows of the input whose gradients have the bits of the whole: any.
  static constexpr extents window_grid{1};

  /// Plans a call for a window of the input, as `direct_backward_data` does: of what was asked, from what is read.
  static scattered_plan plan(const dims5& input, const gradient_part& part, index_t) {
    return {input, part.read_of(input.n, Config.out_channels), part.before, 0, part};
  }

  template <Executor E>
  static void run(const scattered_plan& p, const T* grad_y, const T* weight, T* grad_x, T*, const E& executor) {
    if (p.part.read.size.d > 0) {
      return scattered_input_window<Config, T, Kept>::run(p.part, grad_y, p.input, weight, grad_x, executor);
    }
    scattered_taps<Config, T, Kept>::backward_data(grad_y, p.input, weight, grad_x, executor);
  }
};

/// The same function as `direct_backward_weights`.
template <conv3d Config, class T, kept_taps Kept = kept_taps{}>
struct scattered_backward_weights : scattered_kernel<Config, T> {
  template <Executor E>
  static void run(const scattered_plan& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T*,
                  const E& executor) {
    scattered_taps<Config, T, Kept>::backward_weights(x, p.input, p.output, p.before, grad_y, grad_w, accumulate,
                                                      executor);
  }
  template <Executor E>
  static void run_window(const scattered_plan& p, const T* x, const T* grad_y, T* grad_w, bool accumulate, T* scratch,
                         const E& executor) {
    run(p, x, grad_y, grad_w, accumulate, scratch, executor);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
