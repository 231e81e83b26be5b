// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Convolution with a kernel that is known and separable as a kernel of each direction, with a plan like the others.
#pragma once

#include <algorithm>
#include <espalier/config.hpp>
#include <espalier/conv/call_plan.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/team.hpp>
#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/separable/lines.hpp>
#include <espalier/conv/separable/nest.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The lines of a configuration's kernel as types, which passes are compiled for.
template <conv3d Config, class Taps, class T>
struct separable_kernel {
  static constexpr kernel_lines lines = lines_of<Taps, Config.kernel_size, T>;
  static constexpr index_t before_w = pads_of(Config).before.w - lines.w.first;
  struct d {
    static constexpr tap_line value = lines.d;
  };
  struct h {
    static constexpr tap_line value = lines.h;
  };
  struct w {
    static constexpr tap_line value = lines.w;
  };
};

/// The same kernel read backwards: that of the gradient of the input.
template <conv3d Config, class Taps, class T>
struct reversed_kernel {
  static constexpr extents K = Config.kernel_size;
  static constexpr kernel_lines lines = lines_of<Taps, K, T>;
  static constexpr index_t before_w = K.w - 1 - pads_of(Config).before.w - lines.w.reversed(K.w).first;
  struct d {
    static constexpr tap_line value = lines.d.reversed(K.d);
  };
  struct h {
    static constexpr tap_line value = lines.h.reversed(K.h);
  };
  struct w {
    static constexpr tap_line value = lines.w.reversed(K.w);
  };
};

/// Whether calls of a configuration are computed along the lines of a kernel of `Taps`.
///
/// A dense kernel takes a multiply-add for each tap that is not zero and each pair of channels; lines take what their
/// taps take, at most three for a sum, and about four operations more for what is loaded and stored between passes;
/// beside them each channel is read and written once. Ratios of the time of the dense kernel of one channel to that of
/// the lines, AVX-512, float: 3^3 sums and Sobel's 2.0, 9^3 products 30, 9^3 sums 19; what has fewer than twice the
/// operations is left to the dense kernel. Where the padding repeats the input it must be less than the line, so that
/// whatever is read beside the input has an element of it beside it.
template <conv3d Config, class Taps, class T>
[[nodiscard]] constexpr bool separable_serves() {
  constexpr bool plain = Config.stride == extents{1} && Config.dilation == extents{1};
  if constexpr (Config.algorithm == algorithm::automatic && Config.enforce == enforcement::forward && plain &&
                Taps::is_constant) {
    constexpr const kernel_lines& lines = lines_of<Taps, Config.kernel_size, T>;
    if (!lines.exist) return false;
    const pads pad = pads_of(Config);
    const auto beside = [](index_t before, index_t after, index_t taps) { return before < taps && after < taps; };
    if (folds_gradient(Config) &&
        !(beside(pad.before.d, pad.after.d, lines.d.taps) && beside(pad.before.h, pad.after.h, lines.h.taps) &&
          beside(pad.before.w, pad.after.w, lines.w.taps))) {
      return false;
    }
    const auto cost = [](const tap_line& line) { return line.sums() && line.taps > 3 ? 3 : line.kept(); };
    const index_t in = Config.in_channels / Config.groups, out = Config.out_channels / Config.groups;
    const index_t along = cost(lines.d) + cost(lines.h) + cost(lines.w) + 4;
    return lines.d.kept() * lines.h.kept() * lines.w.kept() * in * out >= 2 * (along + in + out) - 8;
  }
  return false;
}

/// A correlation with the taps of a kernel's lines alone: zeros around them are neither read nor padded for.
template <class Kernel>
constexpr correlation along_lines(correlation p) {
  constexpr tap_line d = Kernel::d::value, h = Kernel::h::value, w = Kernel::w::value;
  p.taps = {d.taps, h.taps, w.taps};
  p.before = {p.before.d - d.first, p.before.h - h.first, p.before.w - w.first};
  return p;
}

/// What the directions share: no weight is read, so none is constrained or packed.
template <conv3d Config, class T>
struct separable_entry {
  static constexpr conv3d config = Config;
  static constexpr bool reads_no_weight = true;

  static constexpr index_t packed_size() { return 0; }
  static void pack(const T*, T*) {}
};

/// The same function as `direct_forward` with the kernel of `Taps` in every block.
///
/// With `u` the unit of rounding of T an output is within `(ICG + KD + KH + KW + 8) u` times the sum of its terms'
/// magnitudes of the sum of them, each an element of x by a tap of `Taps`; the kernel's lines make up 8 of that. A sum
/// of one order, whatever the team. Neither a tap that is zero nor an element outside of an output's window can reach
/// it. Sums of channels come first, and are finite where the terms of a dense kernel would be but for elements above
/// the largest number over ICG. @pre `separable_calls<Config, Taps, T>::serve`.
template <conv3d Config, class Taps, class T>
struct separable_forward : separable_entry<Config, T> {
  using kernel = separable_kernel<Config, Taps, T>;
  using nest = separable_nest<kernel, T>;
  using plan_type = call_plan<correlation, typename nest::cut_type>;

  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned<nest, T>(input, output, along_lines<kernel>(forward_of(Config, input, output)), output.size() == 0,
                            workers);
  }

  /// Windows of the output whose results are those of the whole, bit by bit, begin at multiples of this: tiles.
  static constexpr extents window_grid{nest::tile.d, nest::tile.h, 1};

  /// As `direct_forward`'s.
  static plan_type plan(const dims5& input, const volume_window& window, index_t workers) {
    const correlation windowed = along_lines<kernel>(forward_of(Config, input, window));
    const dims5 output = resized({input.n, Config.out_channels, 0, 0, 0}, window.size);
    return planned<nest, T>(windowed.X, output, windowed, output.size() == 0, workers);
  }
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(Config, input), workers).scratch;
  }

  /// Operands as in `direct_forward`; no weight is read.
  template <class Added, Executor E>
  static void run(const plan_type& p, const T* x, const T*, const Added& added, T* y, T* scratch, const E& executor) {
    nest::run(p.problem, p.cut, x, epilogue_of<Config.activation, T>(added), y, line_start(scratch), executor);
  }
};

/// The same function as `direct_backward_data`, on zeros around the input.
template <conv3d Config, class Taps, class T>
struct separable_backward_data : separable_entry<Config, T> {
  using kernel = reversed_kernel<Config, Taps, T>;
  using nest = separable_nest<kernel, T>;
  using plan_type = call_plan<correlation, typename nest::cut_type>;

  static plan_type plan(const dims5& input, const dims5& output, index_t workers) {
    return planned<nest, T>(input, output, along_lines<kernel>(input_gradient_of(Config, input, output)),
                            input.size() == 0, workers);
  }

  /// As `separable_forward`'s.
  static constexpr extents window_grid{nest::tile.d, nest::tile.h, 1};

  /// Plans a call for a window of the input, as `direct_backward_data` does.
  static plan_type plan(const dims5& input, const gradient_part& part, index_t workers) {
    const dims5 X = part.computed_of(input), Y = part.read_of(input.n, Config.out_channels);
    return planned<nest, T>(X, Y, along_lines<kernel>(input_gradient_of(Config, X, Y, part.before)), X.size() == 0,
                            workers);
  }
  static index_t scratch_size(dims5 input, index_t workers) {
    return plan(input, output_dims(Config, input), workers).scratch;
  }

  template <Executor E>
  static void run(const plan_type& p, const T* grad_y, const T*, T* grad_x, T* scratch, const E& executor) {
    nest::run(p.problem, p.cut, grad_y, no_epilogue<T>, grad_x, line_start(scratch), executor);
  }
};

/// The same where the padding may repeat the input.
template <conv3d Config, class Taps, class T>
using separable_gradient =
    std::conditional_t<folds_gradient(Config),
                       folded_backward_data<Config, separable_backward_data<unpadded(Config), Taps, T>, T>,
                       separable_backward_data<Config, Taps, T>>;

/// The gradient of a weight that does not depend on the stored one: zero, in no time.
template <conv3d Config, class T>
struct constant_backward_weights : separable_entry<Config, T> {
  struct plan_type {
    dims5 input;
    dims5 output;
    index_t scratch = 0;
  };
  static plan_type plan(const dims5& input, const dims5& output, index_t) { return {input, output, 0}; }
  static plan_type plan(const dims5& input, const volume_window& window, index_t) {
    const dims5 output = resized({input.n, Config.out_channels, 0, 0, 0}, window.size);
    return {resized(input, part_read(Config, input, window).window.size), output, 0};
  }

  template <Executor E>
  static void run(const plan_type&, const T*, const T*, T* grad_w, bool accumulate, T*, const E&) {
    if (!accumulate) std::fill_n(grad_w, weight_shape_of(Config).size(), T(0));
  }
  template <Executor E>
  static void run_window(const plan_type&, const T*, const T*, T* grad_w, bool accumulate, T*, const E&) {
    if (!accumulate) std::fill_n(grad_w, weight_shape_of(Config).size(), T(0));
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
