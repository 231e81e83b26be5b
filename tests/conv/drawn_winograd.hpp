// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The Winograd kernels on the drawn problems of the direct ones: exact, since halves of small integers are; those of
/// `winograd_f43` within a tolerance.
#pragma once

#include <espalier/conv/folded_backward_data.hpp>
#include <espalier/conv/winograd/backward_data.hpp>
#include <espalier/conv/winograd/forward.hpp>
#include <espalier/conv/winograd/gradient_nest.hpp>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_backward_weights.hpp"
#include "conv/drawn_forward.hpp"

namespace drawn {

/// The same configuration with F(4, 3).
constexpr esp::conv3d f43(esp::conv3d config) {
  config.algorithm = esp::algorithm::winograd_f43;
  return config;
}

template <esp::conv3d Config, class T>
constexpr double winograd_tolerance = Config.algorithm == esp::algorithm::winograd_f43 ? rounded<T> : 0;

template <esp::conv3d Config, class T>
kernel<T> winograd_kernel_for() {
  using forward = esp::winograd_forward<Config, T>;
  return {Config,
          forward::packed_size(),
          &forward::pack,
          &forward::scratch_size,
          [](const T* x, esp::dims5 input, const T* packed, const T* bias, T* y, T* scratch, index_t team) {
            if (team == 0) return forward::run(x, input, packed, bias, y, scratch, esp::serial{});
            forward::run(x, input, packed, bias, y, scratch, esp::threads{team});
          },
          winograd_tolerance<Config, T>};
}

template <esp::conv3d Config, class T>
data_kernel<T> winograd_data_kernel_for() {
  using backward = esp::input_gradient<Config, T, esp::winograd_backward_data>;
  return {Config,
          backward::packed_size(),
          &backward::pack,
          &backward::scratch_size,
          [](const T* grad_y, esp::dims5 input, const T* packed, T* grad_x, T* scratch, index_t team) {
            if (team == 0) return backward::run(grad_y, input, packed, grad_x, scratch, esp::serial{});
            backward::run(grad_y, input, packed, grad_x, scratch, esp::threads{team});
          },
          winograd_tolerance<Config, T>};
}

template <esp::conv3d Config, class T>
weights_kernel<T> winograd_weights_kernel_for() {
  using backward = esp::winograd_backward_weights<Config, T>;
  return {Config, &backward::scratch_size,
          [](const T* x, esp::dims5 input, const T* grad_y, T* grad_w, bool accumulate, T* scratch, index_t team) {
            if (team == 0) return backward::run(x, input, grad_y, grad_w, accumulate, scratch, esp::serial{});
            backward::run(x, input, grad_y, grad_w, accumulate, scratch, esp::threads{team});
          }};
}

/// 90 problems of each direction in each configuration.
template <esp::conv3d... Configs>
index_t winograd_families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return problems(winograd_kernel_for<Config, T>(), own, count);
  });
}
template <esp::conv3d... Configs>
index_t winograd_data_families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return data_problems(winograd_data_kernel_for<Config, T>(), own, count);
  });
}
template <esp::conv3d... Configs>
index_t winograd_weights_families(unsigned seed) {
  return in_both_types<Configs...>(seed, 45, []<esp::conv3d Config, class T>(unsigned own, index_t count) {
    return weights_problems(winograd_weights_kernel_for<Config, T>(), own, count);
  });
}

}  // namespace drawn
