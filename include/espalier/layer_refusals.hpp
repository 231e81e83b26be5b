// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Calls that a layer does not have, each with the sentence that says what to write instead.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/dims.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail::held {

/// What a layer of this configuration refuses, whatever its prior. It takes these functions beside its own, whose
/// parameters are narrower, so that one of these is what is left for a wrong call.
template <conv3d Config, class T>
class layer_refusals {
  static constexpr bool needs_output = Config.activation != activation::none;

 public:
  template <class... A>
  ESPALIER_UNAVAILABLE(
      "ESP-072: the name of a parameter stands in the type, so that a wrong one does not compile: "
      "conv.set<\"c\">(0.8), conv.get<\"c\">()")
  void set(const A&...) {}
  template <class... A>
  ESPALIER_UNAVAILABLE(
      "ESP-072: the name of a parameter stands in the type, so that a wrong one does not compile: "
      "conv.set<\"c\">(0.8), conv.get<\"c\">()")
  T get(const A&...) const {
    return {};
  }

  template <class... A>
  ESPALIER_UNAVAILABLE(
      "ESP-070: a layer is called with a tensor (N, C, D, H, W), and with a team after it where there "
      "is one: conv(x, esp::threads{4})")
  tensor<T, 5>
  operator()(const A&...) const {
    return {};
  }

  template <class X, class... A>
  requires(needs_output && !std::is_convertible_v<const X&, const T*>)
  ESPALIER_UNAVAILABLE(
      "ESP-201: the gradient of this layer's activation needs what forward returned; keep it and pass "
      "it before its gradient: conv.backward(x, y, grad_y), conv.backward(x, y, grad_y, esp::threads{4})")
  tensor<T, 5> backward(const X&, const A&...) {
    return {};
  }
  template <class X, class... A>
  requires(!needs_output && !std::is_convertible_v<const X&, const T*>)
  ESPALIER_UNAVAILABLE(
      "ESP-069: backward takes the tensor that forward was called with and the gradient of what it "
      "returned: conv.backward(x, grad_y), conv.backward(x, grad_y, esp::threads{4})")
  tensor<T, 5> backward(const X&, const A&...) {
    return {};
  }
  template <class... A>
  requires(needs_output && (!std::is_convertible_v<const A&, const T*> && ...))
  ESPALIER_UNAVAILABLE(
      "ESP-201: the gradient of this layer's activation needs what forward wrote; keep it and pass it "
      "before its gradient: conv.backward(x, dims, y, grad_y, grad_x)")
  void backward(const T*, dims5, const T*, T*, const A&...) {}

  template <class X, class... A>
  requires(needs_output)
  ESPALIER_UNAVAILABLE(
      "ESP-201: the gradient of this layer's activation needs what forward returned; keep it and pass "
      "it before its gradient: conv.backward_weights(x, y, grad_y)")
  void backward_weights(const X&, const A&...) {}
};

}  // namespace esp::inline ESPALIER_ABI::detail::held
