// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Gradients of a constrained convolution in parts on raw pointers: of the input on a window of it, of weight and bias
/// over a window of the output.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/backward_activation.hpp>
#include <espalier/conv/backward_bias.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/gradient_window.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/convolution.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <espalier/window_gradient_plans.hpp>
#include <espalier/windowed_convolution.hpp>
#include <span>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Throws ESP-253 where grad_y is said to be another part of the output's gradient than the one that is read.
constexpr void require_gradient_part(const volume_window& found, const volume_window& read) {
  const auto axis = [](const char* name, index_t first, index_t count, index_t read_first, index_t read_count) {
    if (first == read_first && count == read_count) return;
    throw error("ESP-253",
                {"the part of the output's gradient has ", count, count == 1 ? " position from " : " positions from ",
                 first, " on along ", name, " but the window reads ", read_count, " from ", read_first,
                 " on; ask windowed_gradients::reads, or read_gradient_window for a layer"});
  };
  axis("D", found.begin.d, found.size.d, read.begin.d, read.size.d);
  axis("H", found.begin.h, found.size.h, read.begin.h, read.size.h);
  axis("W", found.begin.w, found.size.w, read.begin.w, read.size.w);
}

}  // namespace detail

/// Gradients of `convolution<Config, Prior, T>` in parts, as static functions: the twin of `windowed_convolution`.
///
/// The gradient of the input on a window has the bits of the same voxels of the whole gradient, whatever the parts and
/// the team; but a zero to which products underflowed may have the other sign. It reads a part of the output's gradient
/// alone. The gradients of weight and bias are sums over the output: those of the windows of any division of it add up
/// to those of the whole, exactly where no sum rounds, else but for rounding. What one window adds depends on the whole
/// input's shape, the window and the operands alone, not on team or scratch: whoever adds up the same windows, each
/// from zero, in the same order has the same bits, wherever each was computed. Example: docs/edges.md
template <conv3d Config, auto Prior = identity, class T = float>
struct windowed_gradients {
  using whole = convolution<Config, Prior, T>;
  using element = typename whole::element;
  using parameters_type = typename whole::parameters_type;

  /// The part of the output's gradient that the gradient of this window of an input of shape `input` reads.
  ///
  /// It is that of `output_window`, but for two things: kernels that compute tiles compute the smallest window of whole
  /// tiles around the one that is asked for, and planes of taps that the prior makes zero at the ends of the kernel are
  /// not read for. Constant time. Throws ESP-101 to ESP-104, ESP-204, ESP-246, ESP-250 for a window that is empty and
  /// ESP-251 for one that is not inside of the input.
  [[nodiscard]] static volume_window reads(dims5 input, const volume_window& window) {
    return plans::data_part(input, window).read;
  }

  /// Elements of scratch for `backward_data` of this window with a team of `workers`. Throws as `reads`.
  [[nodiscard]] static index_t data_scratch_size(dims5 input, const volume_window& window, index_t workers = 1) {
    return plans::plan_data(input, plans::data_part(input, window), workers).scratch;
  }

  /// Writes the gradient of a window of the input to grad_x, (N, IC, the window's sizes). `input` is the shape of the
  /// whole input, `part` what y and grad_y hold of the output and its gradient: (N, OC, its sizes), contiguous.
  ///
  /// y is what forward wrote there; without an activation it is not read and may be null. Allocates nothing: `scratch`
  /// has `data_scratch_size(input, window, executor.workers())` elements. Throws as `reads`, ESP-253 where `part` is
  /// not `reads(input, window)`, ESP-105, ESP-106, ESP-108, ESP-110 and ESP-180 as `convolution::backward`; grad_x is
  /// then unchanged. Cost: the sweep of the prior over the weight in each call, then `convolution::backward`'s for the
  /// voxels that are computed; where a boundary repeats the input, those between a window and the padding that repeats
  /// it too.
  template <Executor E = serial>
  static void backward_data(const element* y, const element* grad_y, const volume_window& part, dims5 input,
                            const volume_window& window, const element* weight, element* grad_x,
                            std::span<element> scratch, const E& executor = {}, const parameters_type& named = {}) {
    const detail::gradient_part taken = plans::data_part(input, window);
    detail::require_gradient_part(part, taken.read);
    const index_t workers = static_cast<index_t>(executor.workers());
    const auto p = plans::plan_data(input, taken, workers);
    detail::require_scratch(scratch.size(), p.scratch, "data_scratch_size(input, window, workers)");
    require_operands({.grad_weight = {},
                      .grad_bias = {},
                      .grad_x = {grad_x, p.result.size()},
                      .grad_learned = {},
                      .x = {},
                      .weight = {weight, whole::weight_size},
                      .grad_y = {grad_y, p.read.size()},
                      .y = {needs_output ? y : nullptr, needs_output ? p.read.size() : 0}},
                     scratch.data(), named);
    element* const passed = detail::aligned(scratch.data());
    element* const packed = passed + plans::passed_room(p.read);
    grad_y = passed_by(y, grad_y, p.read.size(), passed, executor);
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      using packing = typename plans::template packing<Kernel>;
      element* const copy = packed + plans::template packed_room<Kernel>;
      element* const widened = copy + plans::template copy_room<Kernel>;
      element* const rest = widened + p.widened;
      element* const to = p.widened > 0 ? widened : grad_x;
      const bool in_parts =
          packing::run_in_parts(plan, weight, named.data(), workers, packed, [&](auto kernel_type, const auto& parts) {
            decltype(kernel_type)::run_parts(plan, grad_y, parts, to, rest, executor);
          });
      if (!in_parts) {
        const element* const read = packing::run(weight, named.data(), packed, copy, rest);
        Kernel::run(plan, grad_y, read, to, rest, executor);
      }
      if (p.widened > 0) {
        detail::copy_window(taken.computed, window, input.n * input.c, widened, grad_x, executor);
      }
    });
  }

  /// The part of the input that the gradient of the weight over this window of the output reads: that of
  /// `input_window`, but less where the prior makes ends of the kernel zero. Throws as `windowed_convolution::reads`.
  [[nodiscard]] static volume_window input_reads(dims5 input, const volume_window& window) {
    return plans::weights_part(input, window);
  }

  /// Elements of scratch for `backward_weights` over this window with a team of `workers`. Throws as `input_reads`.
  [[nodiscard]] static index_t weights_scratch_size(dims5 input, const volume_window& window, index_t workers = 1) {
    require_window(window, input);
    return plans::plan_weights(input, window, workers).scratch;
  }

  /// Adds what a window of the output contributes to the gradients of the stored weight, the bias and the learned
  /// numbers. x is `part` of the input, (N, IC, its sizes); y and grad_y are the window, (N, OC, its sizes).
  ///
  /// The other operands are as in `convolution::backward`; without an activation y may be null. Allocates nothing:
  /// `scratch` has `weights_scratch_size(input, window, executor.workers())` elements. Throws as `input_reads`, ESP-252
  /// where `part` is not `input_reads(input, window)`, and as `backward_data`; the gradients are then unchanged. Cost:
  /// `convolution::backward`'s for the window, and the sweep of the prior's gradient over the weight in each call.
  template <Executor E = serial>
  static void backward_weights(const element* x, const volume_window& part, dims5 input, const volume_window& window,
                               const element* weight, const element* y, const element* grad_y, element* grad_weight,
                               element* grad_bias, std::span<element> scratch, const E& executor = {},
                               const parameters_type& named = {}, element* grad_learned = nullptr) {
    detail::require_part(part, plans::weights_part(input, window),
                         "windowed_gradients::input_reads, or read_weights_window for a layer");
    const auto p = plans::plan_weights(input, window, static_cast<index_t>(executor.workers()));
    detail::require_scratch(scratch.size(), p.scratch, "weights_scratch_size(input, window, workers)");
    const index_t learned = whole::learned_count, biases = whole::config.bias ? whole::config.out_channels : 0;
    require_operands({.grad_weight = {grad_weight, whole::weight_size},
                      .grad_bias = {biases > 0 ? grad_bias : nullptr, biases},
                      .grad_x = {},
                      .grad_learned = {learned > 0 ? grad_learned : nullptr, learned},
                      .x = {x, p.read.size()},
                      .weight = {weight, whole::weight_size},
                      .grad_y = {grad_y, p.window.size()},
                      .y = {needs_output ? y : nullptr, needs_output ? p.window.size() : 0}},
                     scratch.data(), named);
    element* const passed = detail::aligned(scratch.data());
    element* const own = passed + plans::passed_room(p.window);
    element* const rest = own + plans::part_room;
    grad_y = passed_by(y, grad_y, p.window.size(), passed, executor);
    p.kernel.visit([&]<class Kernel>(Kernel, const auto& plan) {
      if constexpr (plans::through_prior && !plans::is_constant) {
        Kernel::run_window(plan, x, grad_y, own, false, rest, executor);
        if constexpr (whole::learned_count > 0) {
          whole::learned_type::add_gradients(weight, named.data(), grad_learned, rest, own);
        }
        plans::gradient_sweep::run(weight, own, named.data(), rest, own);
        for (index_t i = 0; i < whole::weights.size(); ++i) grad_weight[i] += own[i];
      } else {
        Kernel::run_window(plan, x, grad_y, grad_weight, true, rest, executor);
      }
    });
    if constexpr (whole::config.bias) detail::direct_backward_bias(grad_y, p.window, grad_bias, true, executor);
  }

 private:
  using plans = detail::window_gradient_plans<whole::config, typename whole::formula_type, element>;
  static constexpr bool needs_output = whole::needs_output;

  static void require_window(const volume_window& window, const dims5& input) {
    detail::require_window(window, whole::output_shape(input));
  }
  static void require_operands(const detail::backward_operands<element>& o, const element* scratch,
                               const parameters_type& named) {
    detail::require_backward_operands<element>(o, scratch);
    if constexpr (plans::through_prior) named.require_all();
  }
  // The gradient that the activation lets pass: grad_y itself where there is none.
  template <Executor E>
  static const element* passed_by([[maybe_unused]] const element* y, const element* grad_y,
                                  [[maybe_unused]] index_t count, [[maybe_unused]] element* passed,
                                  [[maybe_unused]] const E& executor) {
    if constexpr (needs_output) {
      detail::backward_relu(y, grad_y, count, passed, executor);
      return passed;
    } else {
      return grad_y;
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
