// SPDX-License-Identifier: BSD-3-Clause
// Gradients of weights of which some taps are kept, and lists of few taps that become many channels, or one.
#include "kernels.hpp"

namespace codegen {

/// The centre of a kernel of `size`^3 and what lies on an axis with it.
constexpr esp::detail::kept_taps star(esp::index_t size) {
  esp::detail::kept_taps kept;
  for (esp::index_t t = 0; t < size * size * size; ++t) {
    const esp::tap_index k = esp::detail::tap_at(t, size);
    if ((k.d != size / 2 ? 1 : 0) + (k.h != size / 2 ? 1 : 0) + (k.w != size / 2 ? 1 : 0) > 1) kept.drop(t);
  }
  return kept;
}

template <esp::conv3d Config, class T>
void list_gradient(esp::dims5 input, const T* x, const T* grad_y, T* result, T* scratch) {
  esp::detail::direct_backward_weights<Config, T, star(Config.kernel_size.w)>::run(x, input, grad_y, result, false,
                                                                                   scratch, esp::serial{});
}

/// Six taps: sums that are stored from registers, and channels that are merged.
template <class T>
void few_taps(esp::dims5 input, const T* x, const T* packed, const T* grad_y, T* result, T* scratch) {
  constexpr esp::detail::kept_taps faces = [] {
    esp::detail::kept_taps kept = star(3);
    kept.drop(13);
    return kept;
  }();
  constexpr esp::conv3d differences{
      .in_channels = 1, .out_channels = 12, .kernel_size = 3, .dilation = 2, .padding = 2};
  esp::detail::direct_forward<differences, T, faces>::run(x, input, packed, x, result, scratch, esp::serial{});
  esp::detail::direct_backward_data<differences, T, faces>::run(grad_y, input, packed, result, scratch, esp::serial{});
}

template <class T>
void list_gradients(esp::dims5 input, const T* x, const T* grad_y, T* result, T* scratch) {
  list_gradient<layer(1, 1, 3, 1), T>(input, x, grad_y, result, scratch);
  list_gradient<layer(1, 1, 5, 2), T>(input, x, grad_y, result, scratch);
  list_gradient<layer(3, 3, 3, 1), T>(input, x, grad_y, result, scratch);
  list_gradient<layer(4, 8, 3, 1), T>(input, x, grad_y, result, scratch);
  list_gradient<layer(16, 16, 3, 1), T>(input, x, grad_y, result, scratch);
}

template void few_taps<float>(esp::dims5, const float*, const float*, const float*, float*, float*);
template void few_taps<double>(esp::dims5, const double*, const double*, const double*, double*, double*);
template void list_gradients<float>(esp::dims5, const float*, const float*, float*, float*);
template void list_gradients<double>(esp::dims5, const double*, const double*, double*, double*);

}  // namespace codegen
