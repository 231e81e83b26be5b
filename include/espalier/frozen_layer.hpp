// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A layer whose weight was constrained and packed once, and is not trained any more.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/algorithm.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/frozen_convolution.hpp>
#include <espalier/operands.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// A type of `frozen_layer`.
template <class F>
concept FrozenLayer = requires { typename F::frozen_operations; };

}  // namespace detail

/// What `conv.freeze()` returns: one direction of a layer, its weight constrained, packed and transformed for the
/// kernel that computes it, and its bias.
///
/// Calls have the bits of the layer's and apply no prior and pack nothing, for inputs of any size. The layer may be
/// destroyed or trained on: a handle stays as it was made. Const, and a copy shares the memory: any number of threads
/// call one at once. `freeze()` gives forward, `freeze<direction::backward_data>()` the gradient of the input. The type
/// is of layer, direction and build, whose other handles are refused while the program compiles: ESP-270 to ESP-272.
/// Files: io/frozen_file.hpp. Raw pointers: frozen_convolution.
/// Example: `const auto frozen = conv.freeze(); const auto y = frozen(x);`
template <conv3d Config, auto Prior = identity, class T = float, direction What = direction::forward>
class frozen_layer {
 public:
  using frozen_operations = frozen_convolution<Config, Prior, T, What>;
  using convolution_type = typename frozen_operations::convolution_type;
  using element = typename frozen_operations::element;
  static constexpr conv3d config = frozen_operations::config;
  static constexpr bool is_forward = frozen_operations::is_forward;
  static constexpr bool needs_output = frozen_operations::needs_output;

  /// Packs the weight of a layer as it is now. Throws ESP-109, ESP-110 as the layer's calls. Cost: see
  /// `frozen_convolution::pack`; the memory is that of the packed weight, for Winograd on 3^3 taps 2.4 times the
  /// weight's.
  template <class Layer>
  requires(std::is_same_v<typename Layer::convolution_type, convolution_type> && !detail::FrozenLayer<Layer>)
  explicit frozen_layer(const Layer& conv) : frozen_layer(packed_from(conv)) {}

  /// The output for any tensor expression of shape (N, in_channels, D, H, W), as a new tensor: `constrained_conv3d`'s,
  /// and throws as that. Allocates the output and scratch.
  template <TensorExpression X, Executor E = serial>
  requires(is_forward)
  [[nodiscard]] tensor<element, 5> operator()(const X& x, const E& executor = {}) const {
    const detail::input_view<element> input(x);
    const auto plan = frozen_operations::plan(input.dims(), executor.workers());
    tensor<element, 5> y = empty(plan.output);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    frozen_operations::forward(plan, input.data(), weight_, y.data(), scratch.span(), executor);
    return y;
  }

  /// The same into a tensor of the caller, which has the output's shape. Throws ESP-107 and ESP-108 too; y is then
  /// unchanged.
  template <TensorExpression X, TensorExpression Y, Executor E = serial>
  requires(is_forward)
  void forward(const X& x, Y&& y, const E& executor = {}) const {
    const detail::input_view<element> input(x);
    const auto plan = frozen_operations::plan(input.dims(), executor.workers());
    detail::output_view<element, std::remove_reference_t<Y>> output(y, plan.output);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    frozen_operations::forward(plan, input.data(), weight_, output.data(), scratch.span(), executor);
    output.commit();
  }

  /// The same on raw pointers, and with the caller's scratch of `scratch_size(input, workers)` elements: allocates
  /// nothing.
  template <Executor E = serial>
  requires(is_forward)
  void forward(const element* x, dims5 input, element* y, std::span<element> scratch, const E& executor = {}) const {
    frozen_operations::forward(x, input, weight_, y, scratch, executor);
  }

  /// The gradient with respect to the input of shape `input`, as a new tensor, from that with respect to the output: as
  /// `constrained_conv3d::backward`, whose other gradients are not computed. `y` is what forward returned; a layer
  /// without an activation does not read it, and has the calls without it too. Throws as that.
  template <TensorExpression Y, TensorExpression G, Executor E = serial>
  requires(!is_forward)
  [[nodiscard]] tensor<element, 5> backward_data(dims5 input, const Y& y, const G& grad_y,
                                                 const E& executor = {}) const {
    const detail::input_view<element> output(y), gradient(grad_y);
    return run_backward(input, &output, gradient, executor);
  }
  template <TensorExpression G, Executor E = serial>
  requires(!is_forward && !needs_output)
  [[nodiscard]] tensor<element, 5> backward_data(dims5 input, const G& grad_y, const E& executor = {}) const {
    const detail::input_view<element> gradient(grad_y);
    return run_backward(input, nullptr, gradient, executor);
  }

  /// The same on raw pointers with the caller's scratch: allocates nothing. `y` may be null without an activation.
  template <Executor E = serial>
  requires(!is_forward)
  void backward_data(dims5 input, const element* y, const element* grad_y, element* grad_x, std::span<element> scratch,
                     const E& executor = {}) const {
    frozen_operations::backward_data(input, y, grad_y, weight_, grad_x, scratch, executor);
  }

  /// Elements of scratch of a call for an input of this shape with a team of `workers`.
  [[nodiscard]] static index_t scratch_size(dims5 input, index_t workers = 1) {
    return frozen_operations::scratch_size(input, workers);
  }

  /// The packed weight for `frozen_convolution`, for as long as a copy of this handle is there.
  [[nodiscard]] typename frozen_operations::packed packed_weight() const { return weight_; }

  template <direction = direction::forward>
  ESPALIER_UNAVAILABLE("ESP-270: this weight is frozen already; copy the handle, copies share one packed weight")
  frozen_layer freeze() const {
    return *this;
  }
  template <detail::FrozenLayer Other>
  requires(!std::is_same_v<Other, frozen_layer>)
  ESPALIER_UNAVAILABLE(
      "ESP-271: a packed weight serves the layer, direction and build that it was packed for; freeze the layer of this "
      "type")
  frozen_layer(const Other&)
      : frozen_layer(memory(), nullptr) {}
  template <class... A>
  requires(!is_forward)
  ESPALIER_UNAVAILABLE("ESP-272: this handle computes the gradient of the input; conv.freeze() gives one for forward")
  void operator()(const A&...) const {}
  template <class... A>
  requires(is_forward)
  ESPALIER_UNAVAILABLE(
      "ESP-272: this handle computes forward; conv.freeze<esp::direction::backward_data>() gives one for the gradient "
      "of the input")
  void backward_data(const A&...) const {}

 private:
  friend struct detail::frozen_memory;
  using memory = std::shared_ptr<const void>;

  frozen_layer(memory owner, const element* block)
      : owner_(std::move(owner)), weight_(detail::frozen_memory::handle<frozen_operations>(block)) {}

  template <class Layer>
  static frozen_layer packed_from(const Layer& conv) {
    conv.require_shapes();
    const auto block = std::make_shared<const detail::aligned_buffer<element>>(frozen_operations::packed_size());
    const detail::aligned_buffer<element> scratch(frozen_operations::pack_scratch_size());
    const element* bias = nullptr;
    if constexpr (config.bias) bias = conv.bias().data();
    const auto weight =
        frozen_operations::pack(conv.weight().data(), bias, block->span(), scratch.span(), conv.named_parameters());
    return frozen_layer(block, weight.data());
  }

  static tensor<element, 5> empty(const dims5& d) {
    const auto size = [](index_t n) { return static_cast<std::size_t>(n); };
    return tensor<element, 5>(std::array{size(d.n), size(d.c), size(d.d), size(d.h), size(d.w)});
  }

  template <Executor E>
  tensor<element, 5> run_backward(dims5 input, const detail::input_view<element>* y,  // null: not known
                                  const detail::input_view<element>& grad_y, const E& executor) const {
    const auto plan = frozen_operations::plan(input, executor.workers());
    if (y != nullptr) detail::require_output_shape(y->dims(), plan.output);
    detail::require_gradient_shape(grad_y.dims(), plan.output);
    tensor<element, 5> grad_x = empty(plan.input);
    const detail::aligned_buffer<element> scratch(plan.scratch);
    frozen_operations::backward_data(plan, y == nullptr ? nullptr : y->data(), grad_y.data(), weight_, grad_x.data(),
                                     scratch.span(), executor);
    return grad_x;
  }

  memory owner_;
  typename frozen_operations::packed weight_;
};

}  // namespace esp::inline ESPALIER_ABI
