// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The stages of an epilogue, one after the other from a sum to an output; and back, from the gradient of the output.
#pragma once

#include <espalier/config.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/product.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// 0 where `s <= 0`, else s: a NaN stays, -0 becomes 0. Of a gradient passes what meets no 0, a NaN of s hides nothing.
struct relu_stage {
  /// Whether the gradient of s follows from the output as it does from s.
  static constexpr bool from_output = true;

  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> value(const batch<T>& s) {
    return passed<T>(s, s);
  }
  /// The gradient with respect to s, where `g` is that with respect to the value.
  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> passed(const batch<T>& s, const batch<T>& g) {
    const batch<T> zero = simd::broadcast(T(0));
    return simd::select<T>(s <= zero, zero, g);
  }
};

/// `Slope s` where `s <= 0`, else s. The sign of the output is that of s unless the slope is negative.
template <double Slope>
struct leaky_relu_stage {
  static constexpr bool from_output = Slope >= 0;

  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> value(const batch<T>& s) {
    return passed<T>(s, s);
  }
  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> passed(const batch<T>& s, const batch<T>& g) {
    const batch<T> slope = simd::broadcast(static_cast<T>(Slope));
    return simd::select<T>(s <= simd::broadcast(T(0)), simd::product<T>(slope, g), g);
  }
};

/// s + r, where r is the residual's element at the output. Both gradients are that of the sum.
struct residual_stage {};

template <class Stage>
inline constexpr bool adds_residual = false;
template <>
inline constexpr bool adds_residual<residual_stage> = true;

/// Stages in their order, as a type.
template <class... Stages>
struct stage_list {
  static constexpr int count = sizeof...(Stages);
  static constexpr int residuals = (0 + ... + (adds_residual<Stages> ? 1 : 0));
  /// Whether each stage adds: then the gradient of the sum is that of the output.
  static constexpr bool only_adds = residuals == count;
};

/// The gradient on its way back through the stages: what the gradient of a sum is made of.
///
/// `run` with a sum s and its residual r returns the gradient of s and sets that of r; the values between are computed
/// again. `run_from_output` does the same with the output in place of s, where `from_output` says that it will do: the
/// last stage is the only one that does not add, and tells by its output what it passed.
template <class Stages>
struct stages_backward;
template <>
struct stages_backward<stage_list<>> {
  static constexpr bool from_output = true;

  template <class T>
  ESPALIER_ALWAYS_INLINE static batch<T> run(const batch<T>&, const batch<T>&, const batch<T>& g, batch<T>&) {
    return g;
  }
  template <class T>
  ESPALIER_ALWAYS_INLINE static batch<T> run_from_output(const batch<T>&, const batch<T>& g) {
    return g;
  }
};
template <class First, class... Rest>
struct stages_backward<stage_list<First, Rest...>> {
  using rest = stages_backward<stage_list<Rest...>>;
  static constexpr bool from_output = [] {
    if constexpr (adds_residual<First>) {
      return rest::from_output;
    } else {
      return sizeof...(Rest) == 0 && First::from_output;
    }
  }();

  template <class T>
  ESPALIER_ALWAYS_INLINE static batch<T> run(const batch<T>& s, const batch<T>& r, const batch<T>& g,
                                             batch<T>& grad_r) {
    if constexpr (adds_residual<First>) {
      grad_r = rest::template run<T>(s + r, r, g, grad_r);
      return grad_r;
    } else {
      return First::template passed<T>(s, rest::template run<T>(First::template value<T>(s), r, g, grad_r));
    }
  }
  template <class T>
  ESPALIER_ALWAYS_INLINE static batch<T> run_from_output(const batch<T>& y, const batch<T>& g) {
    if constexpr (adds_residual<First>) {
      return rest::template run_from_output<T>(y, g);
    } else {
      return First::template passed<T>(y, g);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
