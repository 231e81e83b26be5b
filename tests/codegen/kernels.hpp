// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The kernels whose object code is read: shapes that between them take every path of the three directions.
#pragma once

#include <espalier/conv/backward_data.hpp>
#include <espalier/conv/backward_weights.hpp>
#include <espalier/conv/forward.hpp>
#include <espalier/conv/winograd/nest.hpp>
#include <espalier/executor.hpp>

namespace codegen {

constexpr esp::conv3d layer(esp::index_t in, esp::index_t out, esp::extents kernel, esp::padding padding,
                            esp::extents stride = 1, esp::index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .padding = padding,
          .groups = groups};
}

template <esp::conv3d Config, class T>
void directions(esp::dims5 input, const T* x, const T* packed, const T* grad_y, T* result, T* scratch) {
  esp::detail::direct_forward<Config, T>::run(x, input, packed, nullptr, result, scratch, esp::serial{});
  esp::detail::direct_backward_data<Config, T>::run(grad_y, input, packed, result, scratch, esp::serial{});
  esp::detail::direct_backward_weights<Config, T>::run(x, input, grad_y, result, false, scratch, esp::serial{});
}

/// The forward through another epilogue: kernels that store their own sums hold it beside them.
template <esp::conv3d Config, class T>
void rectified(esp::dims5 input, const T* x, const T* packed, T* result, T* scratch) {
  constexpr esp::conv3d with_relu = [] {
    esp::conv3d config = Config;
    config.activation = esp::activation::relu;
    return config;
  }();
  esp::detail::direct_forward<with_relu, T>::run(x, input, packed, x, result, scratch, esp::serial{});
}

/// The gradient of the input is the same nest.
template <esp::detail::axis_tiles Axes, class T>
void winograd_nest(const esp::detail::correlation& p, const T* x, const T* packed, T* result, T* scratch) {
  using nest = esp::detail::winograd_nest<Axes, T>;
  nest::run(p, nest::cut(p, 1), x, packed, esp::detail::no_epilogue<T>, result, scratch, esp::serial{});
}

template <class T>
void winograd(const esp::detail::correlation& p, const T* x, const T* packed, T* result, T* scratch) {
  constexpr auto tall = esp::algorithm::winograd_f43;
  winograd_nest<esp::detail::axis_tiles_for(3, esp::algorithm::winograd), T>(p, x, packed, result, scratch);
  winograd_nest<esp::detail::axis_tiles_for(3, tall), T>(p, x, packed, result, scratch);
  winograd_nest<esp::detail::axis_tiles_for({1, 3, 3}, tall), T>(p, x, packed, result, scratch);
  winograd_nest<esp::detail::axis_tiles_for({3, 1, 1}, tall), T>(p, x, packed, result, scratch);
}

template <class T>
void few_channels(esp::dims5 input, const T* x, const T* packed, const T* grad_y, T* result, T* scratch) {
  directions<layer(4, 8, 3, 1), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(3, 6, 3, 1), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(3, 3, {3, 5, 5}, 0), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(1, 3, 3, 1), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(1, 4, 5, 2), T>(input, x, packed, grad_y, result, scratch);
  rectified<layer(4, 8, 3, 1), T>(input, x, packed, result, scratch);
  rectified<layer(1, 3, 3, 1), T>(input, x, packed, result, scratch);
}

template <class T>
void depthwise(esp::dims5 input, const T* x, const T* packed, const T* grad_y, T* result, T* scratch) {
  directions<layer(1, 1, 3, 1), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(32, 32, 5, 2, 1, 32), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(64, 64, 7, 3, 1, 64), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(64, 64, 3, 1, 1, 16), T>(input, x, packed, grad_y, result, scratch);
}

template <class T>
void many_channels(esp::dims5 input, const T* x, const T* packed, const T* grad_y, T* result, T* scratch) {
  directions<layer(64, 64, 3, 1), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(32, 64, 3, 1, 2), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(16, 16, 5, 2), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(32, 3, 1, 0), T>(input, x, packed, grad_y, result, scratch);
  directions<layer(16, 32, 1, 0), T>(input, x, packed, grad_y, result, scratch);
  rectified<layer(64, 64, 3, 1), T>(input, x, packed, result, scratch);
  rectified<layer(32, 3, 1, 0), T>(input, x, packed, result, scratch);
  rectified<layer(16, 32, 1, 0), T>(input, x, packed, result, scratch);
}

}  // namespace codegen
