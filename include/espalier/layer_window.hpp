// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A part of the output of a layer, from the part of the input that it needs.
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
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <espalier/windowed_convolution.hpp>

namespace esp::inline ESPALIER_ABI {

/// The part of an input of shape `input` that `forward_window` of this window of the output reads: see
/// `windowed_convolution::reads`. The shape of x is (N, in_channels, its sizes). Example: examples/slabs.cpp
template <conv3d Config, auto Prior, class T>
[[nodiscard]] volume_window read_window(const constrained_conv3d<Config, Prior, T>&, dims5 input,
                                        const volume_window& window) {
  return windowed_convolution<Config, Prior, T>::reads(input, window);
}

/// A window of the output of a layer for an input of shape `input`, as a new tensor of the window's sizes, from `x`,
/// the part of the input that `read_window` says: the bits of the same voxels of `layer(whole input)`.
///
/// x is any tensor expression; a contiguous tensor of the layer's type is read in place. Throws ESP-100 to ESP-104,
/// ESP-109, ESP-110, ESP-204, ESP-246, ESP-250 for a window that is empty, ESP-251 for one that is not inside of the
/// output, and ESP-252 where x has another shape than the part. Cost: see windowed_convolution::forward, plus one
/// allocation of scratch.
template <conv3d Config, auto Prior, class T, TensorExpression X, Executor E = serial>
[[nodiscard]] auto forward_window(const constrained_conv3d<Config, Prior, T>& layer, const X& x, dims5 input,
                                  const volume_window& window, const E& executor = {}) {
  using windowed = windowed_convolution<Config, Prior, T>;
  using element = typename windowed::element;
  layer.require_shapes();
  const detail::input_view<element> part(x);
  const volume_window read = windowed::reads(input, window);
  if (const dims5 shape = detail::resized(input, read.size); !(part.dims() == shape)) {
    throw error("ESP-252", {"the part of the input has shape ", detail::words_of(part.dims()),
                            " but the window reads one of shape ", detail::words_of(shape),
                            "; ask read_window(layer, input, window) where it lies"});
  }
  const dims5 y_shape = detail::resized({input.n, layer.config.out_channels, 0, 0, 0}, window.size);
  tensor<element, 5> y = detail::held::stored_tensors<element>::empty(y_shape);
  const detail::aligned_buffer<element> scratch(windowed::scratch_size(input, window, executor.workers()));
  const element* bias = nullptr;
  if constexpr (windowed::whole::config.bias) bias = layer.bias().data();
  windowed::forward(part.data(), read, input, window, layer.weight().data(), bias, y.data(), scratch.span(), executor,
                    layer.named_parameters());
  return y;
}

}  // namespace esp::inline ESPALIER_ABI
