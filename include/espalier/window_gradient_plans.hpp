// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is known of the gradients of windows before their operands are: what each reads, its kernel and its scratch.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/fold.hpp>
#include <espalier/conv/either_plan.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/scattered/entries.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/convolution_plans.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The plans of `windowed_gradients`. Kernels are those of the whole, which the shape of the whole input chooses, so
/// that a window has its bits.
///
/// All rooms are elements, in whole lines; a call's scratch is aligned to one first. The gradient of the input: what
/// the activation let pass, the packed weight, its copy, what is computed where that is more than was asked for, the
/// rest. Of the weight: what the activation let pass, the weight's gradient, the rest.
template <conv3d Config, class F, class T>
struct window_gradient_plans : convolution_plans<Config, F, T> {
  using plans = convolution_plans<Config, F, T>;
  static constexpr conv3d config = Config;
  using data_call = either_plan<typename plans::backward_data, scattered_backward_data<Config, T, plans::kept>,
                                plans::far_apart::possible>;
  using weights_call = either_plan<typename plans::backward_weights, scattered_backward_weights<Config, T, plans::kept>,
                                   plans::far_apart::possible>;

  /// The configuration that the usual kernel of a direction computes: of a box of taps where others are zero.
  static constexpr const conv3d& data_config =
      plans::along_lines || plans::adds_ties(direction::backward_data) ? config : plans::data_crop.config;
  static constexpr const conv3d& weights_config =
      plans::is_constant || plans::adds_ties(direction::backward_weights) ? config : plans::weights_crop.config;

  /// What the gradient of a window of the input takes. Throws ESP-101 to ESP-104, ESP-204, ESP-246, ESP-250, ESP-251.
  [[nodiscard]] static gradient_part data_part(const dims5& input, const volume_window& window) {
    const dims5 output = output_dims(Config, input);
    require_window(window, input, "input");
    if (plans::far_apart::serves_gradients(input, output)) return gradient_part_of(Config, input, output, window);
    return gradient_part_of(data_config, input, output, window, plans::backward_data::window_grid);
  }
  /// The part of the input that the gradient of the weight over a window of the output reads. Throws as `data_part`.
  [[nodiscard]] static volume_window weights_part(const dims5& input, const volume_window& window) {
    const dims5 output = output_dims(Config, input);
    require_window(window, output);
    const bool rare = plans::far_apart::serves_gradients(input, output);
    return part_read(rare ? Config : weights_config, input, window).window;
  }

  struct data_plan {
    dims5 result;  ///< Shape of the window's gradient,
    dims5 read;    ///< and of what is read.
    data_call kernel;
    index_t widened = 0;  ///< Elements that are computed where they are more than those of the window.
    index_t scratch = 0;
  };
  /// @pre `part` is `data_part(input, window)`.
  [[nodiscard]] static data_plan plan_data(const dims5& input, const gradient_part& part, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const bool rare = plans::far_apart::serves_gradients(input, output);
    const auto make = [&]<class Kernel>(Kernel) { return plans::template plan_kernel<Kernel>(input, part, workers); };
    data_plan p{resized(input, part.asked.size), resized(output, part.read.size), data_call::of(rare, make)};
    // What is folded is computed around the window anyway.
    const bool whole = rare || folds_gradient(data_config) || part.computed == part.asked;
    if (!whole) p.widened = plans::whole_lines(resized(input, part.computed.size).size());
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      p.scratch = plans::line + plans::passed_room(p.read) + plans::template packed_room<Kernel> +
                  plans::template copy_room<Kernel> + p.widened +
                  plans::larger(plan.scratch, plans::template packing<Kernel>::scratch_size);
    });
    return p;
  }

  struct weights_plan {
    dims5 read;    ///< Shape of what is read of the input,
    dims5 window;  ///< and of the window of the output.
    weights_call kernel;
    index_t scratch = 0;
  };
  /// @pre `window` is inside of the output.
  [[nodiscard]] static weights_plan plan_weights(const dims5& input, const volume_window& window, index_t workers) {
    const dims5 output = output_dims(Config, input);
    const auto make = [&]<class Kernel>(Kernel) { return plans::template plan_kernel<Kernel>(input, window, workers); };
    weights_plan p{resized(input, weights_part(input, window).size), resized(output, window.size),
                   weights_call::of(plans::far_apart::serves_gradients(input, output), make)};
    p.kernel.visit([&](auto, const auto& plan) {
      p.scratch = plans::line + plans::passed_room(p.window) + plans::part_room +
                  plans::larger(plan.scratch, plans::gradient_room);
    });
    return p;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
