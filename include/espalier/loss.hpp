// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Losses: a number to make small, and its gradient with respect to what a layer returned.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/error.hpp>
#include <espalier/shape.hpp>
#include <espalier/tensor/view.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A loss of `y` (N, C, D, H, W) and its gradient with respect to `y`, of the same shape: the argument of a layer's
/// `backward`. A program's own loss needs no type of the library; any tensor expression is a gradient.
template <class T>
struct loss {
  double value = 0;
  tensor<T, 5> gradient{};
};

namespace detail {

/// The element type in which a layer returned `E`: double stays, all else is float.
template <TensorExpression E>
using loss_element = std::conditional_t<std::is_same_v<typename E::value_type, double>, double, float>;

/// An uninitialised gradient for `y`. Throws ESP-112 where there is nothing to take a mean of.
template <class T>
[[nodiscard]] loss<T> loss_of_shape(dims5 y) {
  if (y.size() == 0) {
    throw error("ESP-112", {"the tensor has shape ", detail::words_of(y),
                            " and no elements, so their mean does not exist; pass a tensor that has some"});
  }
  const auto size = [](index_t n) { return static_cast<std::size_t>(n); };
  return {.gradient = tensor<T, 5>(std::array<std::size_t, 5>{size(y.n), size(y.c), size(y.d), size(y.h), size(y.w)})};
}

}  // namespace detail

/// `value = mean of (y - target)^2`, `gradient = 2 (y - target) / count`; the sum is taken in double, in order.
///
/// Throws ESP-112 for an empty y, ESP-113 for a target of another shape, ESP-100 to ESP-104 for a wrong rank.
/// Cost: one pass.
template <TensorExpression Y, TensorExpression Target>
[[nodiscard]] loss<detail::loss_element<Y>> mean_squared_error(const Y& y, const Target& target) {
  using T = detail::loss_element<Y>;
  const detail::input_view<T> found(y), wanted(target);
  if (!(found.dims() == wanted.dims())) {
    throw error("ESP-113", {"y has shape ", detail::words_of(found.dims()), " but the target has ",
                            detail::words_of(wanted.dims()), "; pass a target of y's shape"});
  }
  loss<T> result = detail::loss_of_shape<T>(found.dims());
  const index_t count = found.dims().size();
  const T scale = static_cast<T>(2.0 / static_cast<double>(count));
  double total = 0;
  T* const gradient = result.gradient.data();
  for (index_t i = 0; i < count; ++i) {
    const T off = found.data()[i] - wanted.data()[i];
    total += static_cast<double>(off) * static_cast<double>(off);
    gradient[i] = scale * off;
  }
  result.value = total / static_cast<double>(count);
  return result;
}

/// `value = mean of y`, `gradient = 1 / count`; the sum is taken in double, in order. Throws ESP-112 for an empty y,
/// ESP-100 to ESP-104 for a wrong rank.
template <TensorExpression Y>
[[nodiscard]] loss<detail::loss_element<Y>> mean_of(const Y& y) {
  using T = detail::loss_element<Y>;
  const detail::input_view<T> found(y);
  loss<T> result = detail::loss_of_shape<T>(found.dims());
  const index_t count = found.dims().size();
  double total = 0;
  for (index_t i = 0; i < count; ++i) total += static_cast<double>(found.data()[i]);
  result.value = total / static_cast<double>(count);
  result.gradient.fill(static_cast<T>(1.0 / static_cast<double>(count)));
  return result;
}

}  // namespace esp::inline ESPALIER_ABI
