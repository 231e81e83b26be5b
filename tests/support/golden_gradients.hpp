// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Compares the gradients of a layer with what tests/golden records.
#pragma once

#include <string_view>

#include "support/golden.hpp"

namespace golden {

/// The gradients of one case in element type `T`.
template <class Case, class T>
void check_gradients() {
  const folder recorded(Case::name.view());
  esp::constrained_conv3d<Case::config, Case::prior, T> conv;
  conv.weight() = recorded.tensor<T, 5>("weight");
  if constexpr (Case::config.bias) conv.bias() = recorded.tensor<T, 1>("bias");
  const auto x = recorded.tensor<T, 5>("x");
  const auto grad_y = recorded.tensor<T, 5>("grad_y");
  const double tolerance = sizeof(T) == sizeof(float) ? 1e-5 : 1e-12;
  INFO(Case::name.view() << (sizeof(T) == sizeof(float) ? " in float" : " in double"));

  const auto grad_x = conv.backward(x, grad_y);
  REQUIRE(difference(grad_x, recorded["grad_x"]) <= tolerance);
  if constexpr (Case::name.view() == "conv_1x1x1") {
    // A kernel of one tap that is scaled to length one has no gradient: what is recorded is what eps leaves of it.
    if constexpr (sizeof(T) == sizeof(double)) {
      REQUIRE(difference(conv.weight_gradient(), recorded["grad_weight"]) <= 1e-8);
    }
  } else {
    REQUIRE(difference(conv.weight_gradient(), recorded["grad_weight"]) <= tolerance);
  }
  if constexpr (Case::config.bias) REQUIRE(difference(conv.bias_gradient(), recorded["grad_bias"]) <= tolerance);
}

template <class... Cases>
void check_all_gradients(list<Cases...>) {
  if constexpr (both_types) (check_gradients<Cases, double>(), ...);
  (check_gradients<Cases, float>(), ...);
}

}  // namespace golden
