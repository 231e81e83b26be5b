// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The same with the SIMD sweep in both types, which takes the compiler several times as long.
#pragma once

#include <espalier/aligned_buffer.hpp>
#include <espalier/prior/sweep.hpp>

#include "drawn/subject.hpp"

namespace drawn {

template <class F, class T>
void sweep(const T* in, T* out, const T* parameters) {
  static esp::detail::aligned_buffer<T> scratch(esp::detail::sweep<F, T>::scratch_size);
  esp::detail::sweep<F, T>::run(in, out, parameters, scratch.data());
}

template <auto Prior, esp::weight_shape Shape>
entry swept(std::uint64_t number) {
  using f = esp::detail::formula<esp::detail::to_policy_t<decltype(Prior)>, Shape>;
  entry e = subject<Prior, Shape>(number);
  e.sweep_double = &sweep<f, double>;
  e.sweep_float = &sweep<f, float>;
  return e;
}

}  // namespace drawn
