// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A constrained convolution with an epilogue, on raw pointers: what follows the sums happens where they are stored.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/backward_epilogue.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/store/chained_epilogue.hpp>
#include <espalier/conv/store/stages.hpp>
#include <espalier/convolution.hpp>
#include <espalier/dims.hpp>
#include <espalier/enforcement.hpp>
#include <espalier/epilogue.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/operands.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// Throws ESP-243 where the residual has another shape than the output.
inline void require_residual_shape(const dims5& found, const dims5& output) {
  if (!(found == output)) {
    throw error("ESP-243", {"the residual has shape ", detail::words_of(found), " but the output has ",
                            detail::words_of(output), "; add a tensor of the output's shape"});
  }
}

/// The stages of a layer with an activation of its own and an epilogue: the activation comes first.
template <activation Own, class Stages>
struct stages_behind {
  using type = Stages;
};
template <class... Stages>
struct stages_behind<activation::relu, stage_list<Stages...>> {
  using type = stage_list<relu_stage, Stages...>;
};

/// The configuration with another activation.
[[nodiscard]] constexpr conv3d activated_by(conv3d config, activation a) {
  config.activation = a;
  return config;
}

}  // namespace detail

/// The operations of `convolution<Config, Prior, T>` with `Epilogue` behind its sums and its activation: `relu`,
/// `leaky_relu<a>`, `add_residual`, functions of the user's, and chains of them, `(add_residual >> relu)`.
///
/// y = epilogue(conv(x) + bias), applied to registers of sums on their way to y, so that y is not read and written once
/// more. A residual has y's shape and is read once, where y is stored. The same bits for any team.
///
/// What backward needs is never kept by forward. A ReLU, or a leaky one whose slope is not negative, behind at most a
/// residual tells its gradient by y. For every other chain the sums are computed once more, which costs a forward: no
/// memory between the calls, and in both cases scratch for one tensor of y's shape. A chain that only adds needs
/// neither. Rejected when `convolution` is, and ESP-244, ESP-248, ESP-249. Example: examples/epilogue.cpp shows it for
/// a layer.
template <conv3d Config, auto Prior, class T, auto Epilogue>
struct fused_convolution {
  using chain = detail::chain_of<decltype(Epilogue)>;
  using stages = typename detail::stages_behind<Config.activation, typename chain::stages>::type;
  /// A ReLU alone is that of the configuration.
  static constexpr bool is_relu = std::is_same_v<stages, detail::stage_list<detail::relu_stage>>;
  using whole = convolution<detail::activated_by(Config, is_relu ? activation::relu : activation::none), Prior, T>;
  using element = typename whole::element;
  using parameters_type = typename whole::parameters_type;

  static constexpr bool has_residual = stages::residuals > 0;
  /// Whether backward computes the sums again.
  static constexpr bool recomputes = !is_relu && !stages::only_adds && !detail::stages_backward<stages>::from_output;

  /// As in `convolution`.
  using forward_plan = typename whole::forward_plan;
  [[nodiscard]] static forward_plan plan_forward(dims5 input, index_t workers = 1) {
    return whole::plan_forward(input, workers);
  }
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    return whole::scratch_size(input, workers);
  }

  /// What a call of `backward` knows before it runs.
  struct backward_plan {
    std::conditional_t<recomputes, forward_plan, detail::no_operand> sums;
    typename whole::backward_plan gradients;
    index_t scratch = 0;
  };
  [[nodiscard]] static backward_plan plan_backward(dims5 input, index_t workers = 1) {
    backward_plan p{plan_sums(input, workers), whole::plan_backward(input, workers), 0};
    p.scratch = p.gradients.scratch;
    if constexpr (recomputes) p.scratch = p.sums.scratch > p.scratch ? p.sums.scratch : p.scratch;
    p.scratch += sum_room(p.gradients.output);
    return p;
  }
  [[nodiscard]] static index_t backward_scratch_size(dims5 input, index_t workers = 1) {
    return plan_backward(input, workers).scratch;
  }

  /// Operands as in `convolution::forward`; `residual` has y's elements, and is not looked at in a chain without one.
  /// Throws as that does, ESP-106 for a null residual, and ESP-108 where y overlaps it.
  template <Executor E = serial>
  static void forward(const element* x, dims5 input, const element* weight, const element* bias,
                      const element* residual, element* y, std::span<element> scratch, const E& executor = {},
                      const parameters_type& named = {}) {
    forward(plan_forward(input, static_cast<index_t>(executor.workers())), x, weight, bias, residual, y, scratch,
            executor, named);
  }
  /// The same for who has planned the call. @pre `p` was made for a team of `executor.workers()`.
  template <Executor E = serial>
  static void forward(const forward_plan& p, const element* x, const element* weight, const element* bias,
                      const element* residual, element* y, std::span<element> scratch, const E& executor = {},
                      const parameters_type& named = {}) {
    if constexpr (is_relu || stages::count == 0) {
      whole::forward(p, x, weight, bias, y, scratch, executor, named);
    } else {
      if constexpr (has_residual) {
        require_residual(residual, p.output);
        detail::require_output_apart(detail::elements(y, p.output.size()), detail::elements(residual, p.output.size()));
      }
      const auto finish = [=](const element* added) {
        return detail::chained_epilogue<stages, element>{added, {y, has_residual ? residual : nullptr}};
      };
      whole::forward_finished(p, x, weight, bias, finish, y, scratch, executor, named);
    }
  }

  /// The gradients of a loss from `grad_y`, as `convolution::backward`; that of the residual, which is that of the sum
  /// it is part of, overwrites `grad_residual`: null where it is not wanted.
  ///
  /// `y` is what forward wrote for these operands; it is read where it tells the gradient. Throws as
  /// `convolution::backward`, and ESP-106 for a null residual where the sums are computed again; all gradients are then
  /// unchanged. Cost: that of `convolution::backward`, one pass over y and grad_y, and a forward where `recomputes`.
  template <Executor E = serial>
  static void backward(const element* x, dims5 input, const element* weight, const element* bias,
                       const element* residual, const element* y, const element* grad_y, element* grad_x,
                       element* grad_residual, element* grad_weight, element* grad_bias, std::span<element> scratch,
                       const E& executor = {}, const parameters_type& named = {}, element* grad_learned = nullptr) {
    const backward_plan p = plan_backward(input, static_cast<index_t>(executor.workers()));
    backward(p, {x, weight, bias, residual, y, grad_y}, {grad_x, grad_residual, grad_weight, grad_bias, grad_learned},
             scratch, executor, named);
  }

  /// What a backward reads, and what it writes or adds to.
  struct read_operands {
    const element *x, *weight, *bias, *residual, *y, *grad_y;
  };
  struct gradients {
    element *x, *residual, *weight, *bias, *learned;
  };
  /// The same for who has planned the call. @pre `p` was made for a team of `executor.workers()`.
  template <Executor E = serial>
  static void backward(const backward_plan& p, const read_operands& o, const gradients& to, std::span<element> scratch,
                       const E& executor = {}, const parameters_type& named = {}) {
    const dims5& output = p.gradients.output;
    detail::require_scratch(scratch.size(), p.scratch, "backward_scratch_size(input, workers)");
    if constexpr (has_residual || copies_gradient) require_operands(p, o, to, scratch.data(), named);
    if constexpr (copies_gradient) {
      element* const sums = detail::aligned(scratch.data());
      const auto rest = scratch.subspan(static_cast<std::size_t>(sum_room(output)));
      if constexpr (recomputes) whole::forward(p.sums, o.x, o.weight, o.bias, sums, rest, executor, named);
      const detail::epilogue_gradient<element> back{
          output.size(), recomputes ? sums : o.y, o.residual, o.grad_y, sums, has_residual ? to.residual : nullptr};
      detail::backward_epilogue<stages>(back, executor);
      whole::backward(p.gradients, o.x, o.weight, nullptr, sums, to.x, to.weight, to.bias, rest, executor, named,
                      to.learned);
    } else {
      whole::backward(p.gradients, o.x, o.weight, o.y, o.grad_y, to.x, to.weight, to.bias, scratch, executor, named,
                      to.learned);
      if (has_residual && to.residual != nullptr) std::copy_n(o.grad_y, output.size(), to.residual);
    }
  }

 private:
  /// Whether the gradient of the sums is made here; else it is that of y, or the configuration's ReLU makes it.
  static constexpr bool copies_gradient = !is_relu && !stages::only_adds;

  static auto plan_sums([[maybe_unused]] const dims5& input, [[maybe_unused]] index_t workers) {
    if constexpr (recomputes) {
      return whole::plan_forward(input, workers);
    } else {
      return detail::no_operand{};
    }
  }
  /// The gradient of the sums, from a line on: one more for where the scratch begins.
  static index_t sum_room(const dims5& output) {
    return copies_gradient ? detail::whole_lines<element>(output.size()) + detail::line_elements<element> : 0;
  }

  static void require_residual(const element* residual, const dims5& output) {
    if (residual == nullptr && output.size() > 0) throw detail::null_pointer("the residual");
    detail::require_elements<element>({residual});
  }
  /// Of a backward that writes before `whole::backward` looks at its operands.
  static void require_operands(const backward_plan& p, const read_operands& o, const gradients& to,
                               const element* scratch, const parameters_type& named) {
    const index_t x = p.gradients.input.size(), y = p.gradients.output.size();
    const index_t biases = whole::config.bias ? whole::config.out_channels : 0;
    const index_t learned = to.learned == nullptr ? 0 : whole::learned_count;
    detail::require_backward_operands<element>({.grad_weight = {to.weight, whole::weight_size},
                                                .grad_bias = {biases > 0 ? to.bias : nullptr, biases},
                                                .grad_x = {to.x, to.x == nullptr ? 0 : x},
                                                .grad_learned = {to.learned, learned},
                                                .x = {o.x, x},
                                                .weight = {o.weight, whole::weight_size},
                                                .grad_y = {o.grad_y, y},
                                                .y = {recomputes ? nullptr : o.y, recomputes ? 0 : y}},
                                               scratch);
    if constexpr (has_residual) {
      if constexpr (recomputes) require_residual(o.residual, p.gradients.output);
      const auto of = [](const element* begin, index_t count) {
        return detail::elements(begin, begin == nullptr ? 0 : count);
      };
      detail::require_elements<element>({to.residual});
      detail::require_apart(
          std::array{of(to.residual, y), of(to.x, x), of(to.weight, whole::weight_size), of(to.bias, biases),
                     of(to.learned, learned), of(o.residual, recomputes ? y : 0), of(o.x, x),
                     of(o.weight, whole::weight_size), of(o.y, recomputes ? 0 : y), of(o.grad_y, y)},
          5);
    }
    if constexpr (whole::config.enforce == enforcement::forward) named.require_all();
  }
};

}  // namespace esp::inline ESPALIER_ABI
