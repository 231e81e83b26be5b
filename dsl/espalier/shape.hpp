// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernel extents, the index of a tap, and the shape of a weight tensor, as structural values of 64-bit integers.
#pragma once

#include <concepts>
#include <cstdint>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI {

/// Signed, so that a negative extent is seen and refused instead of wrapping to a huge one.
using index_t = std::int64_t;

/// One number per spatial axis: kernel extents, strides, dilations.
///
/// `extents{3}` is `{3, 3, 3}`; the order is depth, height, width (width is contiguous in memory).
/// Example: examples/unit_l2.cpp
struct extents {
  index_t d = 0;
  index_t h = 0;
  index_t w = 0;

  constexpr extents() = default;
  constexpr extents(index_t all) : d(all), h(all), w(all) {}
  constexpr extents(index_t depth, index_t height, index_t width) : d(depth), h(height), w(width) {}

  ESPALIER_UNAVAILABLE(
      "ESP-073: kernel_size, stride and dilation take one whole number for all axes, or three: {depth, height, width}")
  constexpr extents(index_t, index_t) : extents(1) {}
  ESPALIER_UNAVAILABLE(
      "ESP-073: kernel_size, stride and dilation take one whole number for all axes, or three: {depth, height, width}")
  constexpr extents(index_t, index_t, index_t, index_t) : extents(1) {}
  template <std::floating_point F>
  ESPALIER_UNAVAILABLE(
      "ESP-073: kernel_size, stride and dilation take one whole number for all axes, or three: {depth, height, width}")
  constexpr extents(F)
      : extents(1) {}

  /// Number of taps of a kernel of these extents.
  [[nodiscard]] constexpr index_t volume() const { return d * h * w; }

  friend constexpr bool operator==(const extents&, const extents&) = default;
};

/// Position of a tap inside its kernel block, counted from 0 on each axis.
struct tap_index {
  index_t d = 0;
  index_t h = 0;
  index_t w = 0;

  friend constexpr bool operator==(const tap_index&, const tap_index&) = default;
};

namespace detail {

/// The tap with row-major number `tap` in a kernel of extents `k`.
[[nodiscard]] constexpr tap_index tap_at(index_t tap, extents k) {
  return {tap / (k.h * k.w), tap / k.w % k.h, tap % k.w};
}

}  // namespace detail

/// Shape of a weight tensor `(out, in, kernel.d, kernel.h, kernel.w)`; `in` is input channels per group.
struct weight_shape {
  index_t out = 1;
  index_t in = 1;
  extents kernel{};

  /// Kernel blocks in the tensor: one per output channel and input channel of its group.
  [[nodiscard]] constexpr index_t blocks() const { return out * in; }
  [[nodiscard]] constexpr index_t size() const { return blocks() * kernel.volume(); }

  friend constexpr bool operator==(const weight_shape&, const weight_shape&) = default;
};

}  // namespace esp::inline ESPALIER_ABI
