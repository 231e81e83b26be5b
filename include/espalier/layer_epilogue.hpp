// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A layer with an epilogue behind it: a residual, an activation, a function of the user's, applied where its outputs
/// are stored.
#pragma once

#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/store/stages.hpp>
#include <espalier/dims.hpp>
#include <espalier/epilogue.hpp>
#include <espalier/executor.hpp>
#include <espalier/fused_convolution.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_tensors.hpp>
#include <espalier/operands.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <span>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// A tensor that an epilogue adds: a reference to one that has a name, else the tensor itself.
template <class X>
struct residual_operand {
  X tensor;
};
template <class X>
struct residual_operand<X&> {
  const X* named = nullptr;
};

}  // namespace detail::held

namespace detail {

template <class X>
[[nodiscard]] const X& tensor_of(const held::residual_operand<X>& operand) {
  return operand.tensor;
}
template <class X>
[[nodiscard]] const X& tensor_of(const held::residual_operand<X&>& operand) {
  return *operand.named;
}

}  // namespace detail

/// Adds `x`, any tensor expression of the output's shape, to the sums of a layer: `then(conv, add(x) >> relu)`.
///
/// A tensor that has a name is referred to and must live as long; another is kept. A contiguous one of the layer's
/// element type is read in place, anything else through one copy a call.
template <TensorExpression X>
[[nodiscard]] constexpr auto add(X&& x) {
  using operand = detail::held::residual_operand<
      std::conditional_t<std::is_lvalue_reference_v<X>, std::remove_cvref_t<X>&, std::remove_cvref_t<X>>>;
  using chain = detail::held::epilogue_chain<operand, detail::residual_stage>;
  if constexpr (std::is_lvalue_reference_v<X>) {
    return chain{{}, operand{&x}};
  } else {
    return chain{{}, operand{std::forward<X>(x)}};
  }
}

/// What `backward` of a layer with a residual returns: the gradients with respect to both of its inputs.
template <class T>
struct residual_gradients {
  tensor<T, 5> input;
  tensor<T, 5> residual;
};

namespace detail::held {

/// A layer and what follows it; refers to the layer. `then` makes it.
template <class Layer, class Chain>
class fused_layer;
template <class Layer, class Operand, class... Stages>
class fused_layer<Layer, epilogue_chain<Operand, Stages...>> {
  using plain = std::remove_const_t<Layer>;
  template <conv3d Config, auto Prior, class T>
  static fused_convolution<Config, Prior, T, epilogue_chain<no_operand, Stages...>{}> operations_of(
      const constrained_conv3d<Config, Prior, T>&);

 public:
  using convolution_type = decltype(operations_of(std::declval<const plain&>()));
  using element = typename convolution_type::element;
  static constexpr bool has_residual = convolution_type::has_residual;

  fused_layer(Layer& of, Operand added) : layer_(of), operand_(std::move(added)) {}

  /// The output as a new tensor. Throws as the layer's call, and ESP-243 where the residual has another shape.
  template <TensorExpression X, Executor E = serial>
  [[nodiscard]] tensor<element, 5> operator()(const X& x, const E& executor = {}) const {
    const input_view<element> input(x);
    const auto plan = convolution_type::plan_forward(input.dims(), executor.workers());
    tensor<element, 5> y = stored_tensors<element>::empty(plan.output);
    run(plan, input.data(), y.data(), executor);
    return y;
  }
  /// The same into a tensor of the caller, which must not overlap x or the residual. Throws ESP-107 and ESP-108 too.
  template <TensorExpression X, TensorExpression Y, Executor E = serial>
  void forward(const X& x, Y&& y, const E& executor = {}) const {
    const input_view<element> input(x);
    const auto plan = convolution_type::plan_forward(input.dims(), executor.workers());
    output_view<element, std::remove_reference_t<Y>> output(y, plan.output);
    run(plan, input.data(), output.data(), executor);
    output.commit();
  }

  /// The gradient with respect to the input, and to the residual where there is one (`residual_gradients`), from
  /// `grad_y`; those of weight and bias are added to what the layer holds. `x` is what forward was called with, `y`
  /// what it returned. Throws as the layer's `backward`, and ESP-243; the gradients are then unchanged.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  requires(!std::is_const_v<Layer>)
  auto backward(const X& x, const Y& y, const G& grad_y, const E& executor = {}) const {
    const input_view<element> input(x);
    residual_gradients<element> to{stored_tensors<element>::empty(input.dims()), {}};
    if constexpr (has_residual) to.residual = stored_tensors<element>::empty(dims_of(y));
    run_backward(input, input_view<element>(y), input_view<element>(grad_y), to.input.data(),
                 has_residual ? to.residual.data() : nullptr, executor);
    if constexpr (has_residual) {
      return to;
    } else {
      return std::move(to.input);
    }
  }
  /// The same without these: for the first layer of a sequence.
  template <TensorExpression X, TensorExpression Y, TensorExpression G, Executor E = serial>
  requires(!std::is_const_v<Layer>)
  void backward_weights(const X& x, const Y& y, const G& grad_y, const E& executor = {}) const {
    run_backward(input_view<element>(x), input_view<element>(y), input_view<element>(grad_y), nullptr, nullptr,
                 executor);
  }

 private:
  /// Calls `use` with the residual's elements, or null.
  template <class Use>
  void with_residual(const dims5& output, const Use& use) const {
    if constexpr (std::is_same_v<Operand, no_operand>) {
      static_assert(!has_residual, "ESP-249: a layer adds a tensor: write add(x) in place of add_residual");
      use(nullptr);
    } else {
      const input_view<element> residual(tensor_of(operand_));
      require_residual_shape(residual.dims(), output);
      use(residual.data());
    }
  }
  [[nodiscard]] const element* bias() const {
    if constexpr (plain::config.bias) {
      return layer_.bias().data();
    } else {
      return nullptr;
    }
  }

  template <Executor E>
  void run(const typename convolution_type::forward_plan& plan, const element* x, element* y, const E& executor) const {
    layer_.require_shapes();
    with_residual(plan.output, [&](const element* residual) {
      const aligned_buffer<element> scratch(plan.scratch);
      convolution_type::forward(plan, x, layer_.weight().data(), bias(), residual, y, scratch.span(), executor,
                                layer_.named_parameters());
    });
  }
  template <Executor E>
  void run_backward(const input_view<element>& x, const input_view<element>& y, const input_view<element>& grad_y,
                    element* grad_x, element* grad_residual, const E& executor) const {
    const auto plan = convolution_type::plan_backward(x.dims(), executor.workers());
    require_output_shape(y.dims(), plan.gradients.output);
    require_gradient_shape(grad_y.dims(), plan.gradients.output);
    layer_.require_shapes();
    layer_.require_gradients();
    element *grad_bias = nullptr, *grad_learned = nullptr;
    if constexpr (plain::config.bias) grad_bias = layer_.bias_gradient().data();
    layer_.each_learned([&](auto, auto, std::span<element> gradients) {
      if (grad_learned == nullptr) grad_learned = gradients.data();
    });
    with_residual(plan.gradients.output, [&](const element* residual) {
      const aligned_buffer<element> scratch(plan.scratch);
      convolution_type::backward(plan, {x.data(), layer_.weight().data(), bias(), residual, y.data(), grad_y.data()},
                                 {grad_x, grad_residual, layer_.weight_gradient().data(), grad_bias, grad_learned},
                                 scratch.span(), executor, layer_.named_parameters());
    });
  }

  Layer& layer_;
  Operand operand_;
};

}  // namespace detail::held

/// A layer with an epilogue: `then(conv, relu)`, `then(conv, add(x) >> leaky_relu<0.1>)`, `then(conv, silu{})`.
///
/// y = epilogue(conv(x)), with the stages in their order on the way to y, so that no pass over y follows the layer. A
/// stage is `relu`, `leaky_relu<a>`, `add(residual)` once, or a function of the user's: a type with `value` and
/// `derivative`, formulas of the sum, or a policy or lambda of the sum alone, whose gradient is derived. A layer with
/// an activation applies that first. Refers to the layer, which is trained, saved and explained as before: what follows
/// it belongs to the calls, and is written for both directions at once,
///
///     const auto block = then(conv, add(x) >> relu);
///     const auto y = block(x);
///     const auto [grad_x, grad_residual] = block.backward(x, y, grad_y);
///
/// What backward computes again, and its memory: `fused_convolution`. Rejected when: ESP-244, ESP-248, ESP-249. Cost: a
/// stage on registers that are stored; a residual is read once. Example: examples/epilogue.cpp
template <conv3d Config, auto Prior, class T, class Epilogue>
[[nodiscard]] auto then(constrained_conv3d<Config, Prior, T>& layer, const Epilogue& epilogue) {
  using chain = detail::chain_of<Epilogue>;
  return detail::held::fused_layer<constrained_conv3d<Config, Prior, T>, chain>(layer,
                                                                                detail::as_chain(epilogue).operand);
}
template <conv3d Config, auto Prior, class T, class Epilogue>
[[nodiscard]] auto then(const constrained_conv3d<Config, Prior, T>& layer, const Epilogue& epilogue) {
  using chain = detail::chain_of<Epilogue>;
  return detail::held::fused_layer<const constrained_conv3d<Config, Prior, T>, chain>(
      layer, detail::as_chain(epilogue).operand);
}
/// A layer that is gone before the call.
template <conv3d Config, auto Prior, class T, class Epilogue>
void then(const constrained_conv3d<Config, Prior, T>&&, const Epilogue&) = delete;

}  // namespace esp::inline ESPALIER_ABI
