// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which algorithm computes a configuration: the one place that decides.
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

}  // namespace detail

/// Whether a Winograd convolution exists: stride 1; every kernel extent 3 with dilation 1, or 1; one of them 3.
[[nodiscard]] constexpr bool winograd_serves(const conv3d& config) {
  const extents &K = config.kernel_size, &S = config.stride, &L = config.dilation;
  return detail::winograd_axis(K.d, S.d, L.d) && detail::winograd_axis(K.h, S.h, L.h) &&
         detail::winograd_axis(K.w, S.w, L.w) && K.volume() > 1;
}

/// Whether `winograd_f43` exists: F(4, 3) has an axis to walk along, D or H.
[[nodiscard]] constexpr bool winograd_f43_serves(const conv3d& config) {
  return winograd_serves(config) && (config.kernel_size.d == 3 || config.kernel_size.h == 3);
}

/// Whether an algorithm works on transformed tiles.
[[nodiscard]] constexpr bool is_winograd(algorithm a) {
  return a == algorithm::winograd || a == algorithm::winograd_f43;
}

namespace detail {

/// Whether the products that `axes` axes of extent 3 save outweigh the transforms, for a correlation from `in` to `out`
/// channels: 27 products an output become 8, 9 become 4, 3 become 2. A transform costs an input channel about twice
/// what it costs an output channel, so few inputs need more outputs than the other way round. From the ratio of
/// direct's time to Winograd's (g++ 12, AVX-512, float, 16 to 32 planes of 28^2 to 56^2):
///   three axes  4 > 16 1.06, 16 > 4 1.1, 8 > 8 1.27, 64 > 3 1.5; but 3 > 64 0.95, 4 > 8 0.93, 8 > 4 0.8
///   two axes    8 > 16 1.04, 16 > 8 1.08, 16 > 16 1.26; but 12 > 12 0.96, 4 > 32 0.81, 64 > 3 0.78
///   one axis    32 > 32 1.11 to 1.24, 64 > 64 1.4; but 16 > 64 0.92, 16 > 16 0.9
constexpr bool winograd_pays(index_t axes, index_t in, index_t out) {
  if (axes == 3) return in >= 4 && out >= 3 && in * out >= 64;
  if (axes == 2) return in >= 8 && out >= 8 && in * out > 144;
  return in >= 32 && out >= 32;
}

/// The same for the gradient of the weight, where whole registers of channels are transformed on both sides, and one
/// axis saves too little: 16 > 16 1.65, 20 > 20 1.27, two axes 1.25; but 8 > 16 0.91, 4 > 32 0.8, one axis 0.9.
constexpr bool winograd_gradient_pays(index_t axes, index_t in, index_t out) {
  return axes >= 2 && in >= 16 && out >= 16;
}

}  // namespace detail

/// The algorithm for one direction of a configuration, never `automatic`. @pre the configuration is valid.
///
/// Winograd saves products and pays with additions, loads and stores per channel of input and of output. Transformed
/// weights of more than 65,536 pairs of channels (16 MiB in float, 64 numbers a kernel instead of 27) come from memory:
/// they belong to the small volumes at the bottom of a network, where reading them is all the work. The ratios hold in
/// double as well.
///
/// `winograd_f43` is never chosen, though it is faster still: its multiplications round, so small integers are no
/// longer exact and errors are about five times those of F(2, 3) (docs/winograd.md). Who asks for it gets it in the two
/// directions that its tiles serve; the gradient of the weight stays with F(2, 3).
[[nodiscard]] constexpr algorithm algorithm_for(const conv3d& config, direction what) {
  if (config.algorithm == algorithm::winograd_f43 && what == direction::backward_weights) return algorithm::winograd;
  if (config.algorithm != algorithm::automatic) return config.algorithm;
  const extents& K = config.kernel_size;
  const index_t axes = (K.d == 3 ? 1 : 0) + (K.h == 3 ? 1 : 0) + (K.w == 3 ? 1 : 0);
  const index_t IC = config.in_channels / config.groups, OC = config.out_channels / config.groups;
  constexpr index_t most_pairs = 65536;
  const bool pays = what == direction::forward         ? detail::winograd_pays(axes, IC, OC)
                    : what == direction::backward_data ? detail::winograd_pays(axes, OC, IC)
                                                       : detail::winograd_gradient_pays(axes, IC, OC);
  return winograd_serves(config) && pays && IC <= most_pairs / OC ? algorithm::winograd : algorithm::direct;
}

}  // namespace esp::inline ESPALIER_ABI
