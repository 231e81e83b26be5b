// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which algorithm computes a configuration: the one place that decides.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

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

/// The algorithm for a configuration, never `automatic`. @pre the configuration is valid.
///
/// Winograd saves products and pays with additions, loads and stores per channel of input and of output. What decides:
/// - products saved: 27 to 8 per output with three axes, 9 to 4 with two; 3 to 2 with one never paid;
/// - channels of a group on both sides: from 16 on the products outweigh the transforms;
/// - transformed weights (64 numbers a kernel instead of 27) of more than 16 MiB come from memory: they belong to the
///   small volumes at the bottom of a network, where reading them is all the work;
/// - double: the direct convolution is the more exact one, and who asks for double asks for digits.
template <class T>
[[nodiscard]] constexpr algorithm algorithm_for(const conv3d& config, direction) {
  if (config.algorithm != algorithm::automatic) return config.algorithm;
  const extents& K = config.kernel_size;
  const index_t axes = (K.d == 3 ? 1 : 0) + (K.h == 3 ? 1 : 0) + (K.w == 3 ? 1 : 0);
  const index_t IC = config.in_channels / config.groups, OC = config.out_channels / config.groups;
  constexpr index_t fewest = 16, most_kernels = 256 * 256;
  const bool pays = axes >= 2 && IC >= fewest && OC >= fewest && IC <= most_kernels / OC;
  return std::is_same_v<T, float> && winograd_serves(config) && pays ? algorithm::winograd : algorithm::direct;
}

}  // namespace esp::inline ESPALIER_ABI
