// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the algorithms can serve; which one is taken is `choose`'s.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// What is computed of a convolution.
enum class direction { forward, backward_data, backward_weights };

namespace detail {

/// An axis that a Winograd convolution can walk along.
constexpr bool winograd_axis(index_t kernel, index_t stride, index_t dilation) {
  return stride == 1 && (kernel == 1 || (kernel == 3 && dilation == 1));
}

/// Whether a Winograd convolution exists: stride 1; every kernel extent 3 with dilation 1, or 1; one of them 3.
[[nodiscard]] constexpr bool winograd_serves(const conv3d& config) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  return winograd_axis(K.d, S.d, L.d) && winograd_axis(K.h, S.h, L.h) && winograd_axis(K.w, S.w, L.w) && K.volume() > 1;
}

/// The same of what a prior leaves of a kernel, which may have extents of 2.
[[nodiscard]] constexpr bool winograd_serves_part(const conv3d& config) {
  const auto axis = [](index_t kernel, index_t stride, index_t dilation) {
    return stride == 1 && (kernel == 1 || (kernel <= 3 && dilation == 1));
  };
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  return axis(K.d, S.d, L.d) && axis(K.h, S.h, L.h) && axis(K.w, S.w, L.w) && K.volume() > 1;
}

/// Whether `winograd_f43` exists: F(4, 3) has an axis to walk along, D or H.
[[nodiscard]] constexpr bool winograd_f43_serves(const conv3d& config) {
  return winograd_serves(config) && (config.kernel_size.d == 3 || config.kernel_size.h == 3);
}

/// Whether an algorithm works on transformed tiles.
[[nodiscard]] constexpr bool is_winograd(algorithm a) {
  return a == algorithm::winograd || a == algorithm::winograd_f43;
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
