// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Gradients of a layer in parts: of the input on a window of it, of the parameters over a window of the output.
#pragma once

#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/executor.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_tensors.hpp>
#include <espalier/operands.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/windowed_gradients.hpp>

namespace esp::inline ESPALIER_ABI {

/// The part of the output's gradient that `backward_window` of this window of an input of shape `input` reads: see
/// `windowed_gradients::reads`. Example: docs/edges.md
template <conv3d Config, auto Prior, class T>
[[nodiscard]] volume_window read_gradient_window(const constrained_conv3d<Config, Prior, T>&, dims5 input,
                                                 const volume_window& window) {
  return windowed_gradients<Config, Prior, T>::reads(input, window);
}

/// The part of an input of shape `input` that `backward_weights_window` over this window of the output reads: see
/// `windowed_gradients::input_reads`. Example: docs/edges.md
template <conv3d Config, auto Prior, class T>
[[nodiscard]] volume_window read_weights_window(const constrained_conv3d<Config, Prior, T>&, dims5 input,
                                                const volume_window& window) {
  return windowed_gradients<Config, Prior, T>::input_reads(input, window);
}

namespace detail {

/// The gradient of the input on a window; y null: not known.
template <class Layer, class Gradients, class T, Executor E>
tensor<T, 5> window_of_gradient(const Layer& layer, const input_view<T>* y, const input_view<T>& grad_y, dims5 input,
                                const volume_window& window, const E& executor) {
  layer.require_shapes();
  const volume_window read = Gradients::reads(input, window);
  const dims5 shape = resized({input.n, Layer::config.out_channels, 0, 0, 0}, read.size);
  if (!(grad_y.dims() == shape)) {
    throw error("ESP-253", {"the part of the output's gradient has shape ", words_of(grad_y.dims()),
                            " but the window reads one of shape ", words_of(shape),
                            "; ask read_gradient_window(layer, input, window) where it lies"});
  }
  if (y != nullptr) require_output_shape(y->dims(), shape);
  tensor<T, 5> grad_x = held::stored_tensors<T>::empty(resized(input, window.size));
  const aligned_buffer<T> scratch(Gradients::data_scratch_size(input, window, executor.workers()));
  Gradients::backward_data(y == nullptr ? nullptr : y->data(), grad_y.data(), read, input, window,
                           layer.weight().data(), grad_x.data(), scratch.span(), executor, layer.named_parameters());
  return grad_x;
}

/// Adds the gradients of the parameters over a window; y null: not known.
template <class Layer, class Gradients, class T, Executor E>
void add_window_of_weights(Layer& layer, const input_view<T>& x, const input_view<T>* y, const input_view<T>& grad_y,
                           dims5 input, const volume_window& window, const E& executor) {
  layer.require_shapes();
  const volume_window read = Gradients::input_reads(input, window);
  if (const dims5 shape = resized(input, read.size); !(x.dims() == shape)) {
    throw error("ESP-252",
                {"the part of the input has shape ", words_of(x.dims()), " but the window reads one of shape ",
                 words_of(shape), "; ask read_weights_window(layer, input, window) where it lies"});
  }
  const dims5 shape = resized({input.n, Layer::config.out_channels, 0, 0, 0}, window.size);
  if (y != nullptr) require_output_shape(y->dims(), shape);
  require_gradient_shape(grad_y.dims(), shape);
  layer.require_gradients();
  T* bias = nullptr;
  if constexpr (Layer::config.bias) bias = layer.bias_gradient().data();
  T* learned = nullptr;
  // Those of all names lie behind each other.
  layer.each_learned([&](const auto&, const auto&, const auto& gradients) {
    if (learned == nullptr) learned = gradients.data();
  });
  const aligned_buffer<T> scratch(Gradients::weights_scratch_size(input, window, executor.workers()));
  Gradients::backward_weights(x.data(), read, input, window, layer.weight().data(), y == nullptr ? nullptr : y->data(),
                              grad_y.data(), layer.weight_gradient().data(), bias, scratch.span(), executor,
                              layer.named_parameters(), learned);
}

}  // namespace detail

/// A window of the gradient with respect to an input of shape `input`, as a new tensor of the window's sizes, from the
/// part of the output and of its gradient that `read_gradient_window` says: the bits of the same voxels of
/// `layer.backward`'s. The gradients of the layer stay what they are.
///
/// y is what the layer returned there; a layer without an activation does not read it, and has the call without it
/// too. Operands are any tensor expressions. Throws ESP-100 to ESP-104, ESP-109, ESP-110, ESP-202, ESP-204, ESP-246,
/// ESP-250 for a window that is empty, ESP-251 for one that is not inside of the input, and ESP-253 where grad_y has
/// another shape than the part. Cost: see windowed_gradients::backward_data, plus one allocation of scratch.
template <conv3d Config, auto Prior, class T, TensorExpression Y, TensorExpression G, Executor E = serial>
[[nodiscard]] auto backward_window(const constrained_conv3d<Config, Prior, T>& layer, const Y& y, const G& grad_y,
                                   dims5 input, const volume_window& window, const E& executor = {}) {
  using gradients = windowed_gradients<Config, Prior, T>;
  const detail::input_view<typename gradients::element> output(y), gradient(grad_y);
  using layer_type = constrained_conv3d<Config, Prior, T>;
  return detail::window_of_gradient<layer_type, gradients>(layer, &output, gradient, input, window, executor);
}
template <conv3d Config, auto Prior, class T, TensorExpression G, Executor E = serial>
requires(Config.activation == activation::none)
[[nodiscard]] auto backward_window(const constrained_conv3d<Config, Prior, T>& layer, const G& grad_y, dims5 input,
                                   const volume_window& window, const E& executor = {}) {
  using gradients = windowed_gradients<Config, Prior, T>;
  using element = typename gradients::element;
  const detail::input_view<element> gradient(grad_y);
  using layer_type = constrained_conv3d<Config, Prior, T>;
  return detail::window_of_gradient<layer_type, gradients, element>(layer, nullptr, gradient, input, window, executor);
}

/// Adds to the gradients of a layer what a window of the output contributes, from the part of the input that
/// `read_weights_window` says and the window of the output and of its gradient: over the windows of any division of the
/// output these are the gradients of `layer.backward_weights`, but for rounding; see `windowed_gradients`.
///
/// y and operands are as in `backward_window`. Throws as it does, ESP-114 where grad_y has another shape than the
/// window, ESP-251 for a window that is not inside of the output, ESP-252 where x has another shape than the part; the
/// gradients are then unchanged. Cost: see windowed_gradients::backward_weights, plus one allocation of scratch.
template <conv3d Config, auto Prior, class T, TensorExpression X, TensorExpression Y, TensorExpression G,
          Executor E = serial>
void backward_weights_window(constrained_conv3d<Config, Prior, T>& layer, const X& x, const Y& y, const G& grad_y,
                             dims5 input, const volume_window& window, const E& executor = {}) {
  using gradients = windowed_gradients<Config, Prior, T>;
  const detail::input_view<typename gradients::element> part(x), output(y), gradient(grad_y);
  using layer_type = constrained_conv3d<Config, Prior, T>;
  detail::add_window_of_weights<layer_type, gradients>(layer, part, &output, gradient, input, window, executor);
}
template <conv3d Config, auto Prior, class T, TensorExpression X, TensorExpression G, Executor E = serial>
requires(Config.activation == activation::none)
void backward_weights_window(constrained_conv3d<Config, Prior, T>& layer, const X& x, const G& grad_y, dims5 input,
                             const volume_window& window, const E& executor = {}) {
  using gradients = windowed_gradients<Config, Prior, T>;
  using element = typename gradients::element;
  const detail::input_view<element> part(x), gradient(grad_y);
  using layer_type = constrained_conv3d<Config, Prior, T>;
  detail::add_window_of_weights<layer_type, gradients, element>(layer, part, nullptr, gradient, input, window,
                                                                executor);
}

}  // namespace esp::inline ESPALIER_ABI
