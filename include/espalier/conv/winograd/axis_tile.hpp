// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How a Winograd convolution walks along an axis: outputs and products of a tile.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// F(outputs, taps): `outputs` neighbouring outputs of a tile from `points()` products instead of `outputs * taps`.
/// A structural type: all that the Winograd kernels know of an axis when they are compiled.
struct axis_tile {
  index_t outputs = 1;
  index_t taps = 1;

  /// Products of a tile, and the positions of input it reads.
  [[nodiscard]] constexpr index_t points() const { return outputs + taps - 1; }

  friend constexpr bool operator==(const axis_tile&, const axis_tile&) = default;
};

/// F(1, 1): an axis of extent 1, which has no transform.
inline constexpr axis_tile axis_plain{1, 1};
/// F(2, 3): 4 products instead of 6, by additions alone.
inline constexpr axis_tile axis_f23{2, 3};
/// F(2, 2): 3 products instead of 4, by additions alone.
inline constexpr axis_tile axis_f22{2, 2};
/// F(4, 3): 6 products instead of 12, by multiplications that round.
inline constexpr axis_tile axis_f43{4, 3};

/// The tiles of the three axes.
struct axis_tiles {
  axis_tile d, h, w;

  /// Outputs, taps and products of a tile on each axis.
  [[nodiscard]] constexpr extents outputs() const { return {d.outputs, h.outputs, w.outputs}; }
  [[nodiscard]] constexpr extents taps() const { return {d.taps, h.taps, w.taps}; }
  [[nodiscard]] constexpr extents points() const { return {d.points(), h.points(), w.points()}; }

  friend constexpr bool operator==(const axis_tiles&, const axis_tiles&) = default;
};

/// The tiles by which an algorithm computes this kernel: F(2, 3) along every axis of extent 3, F(2, 2) along one of
/// extent 2; for `winograd_f43` F(4, 3) along D and H. Along W too it was 1.06 times as fast for 64 channels at 32^3
/// but 0.8 times for 128 at 16^3, with a larger error and 216 numbers a kernel.
/// @pre every extent is 1, 2 or 3; for `winograd_f43` those along D and H are 1 or 3.
[[nodiscard]] constexpr axis_tiles axis_tiles_for(const extents& kernel, algorithm a) {
  const auto of = [](index_t taps, axis_tile three) { return taps == 3 ? three : taps == 2 ? axis_f22 : axis_plain; };
  const axis_tile tall = a == algorithm::winograd_f43 ? axis_f43 : axis_f23;
  return {of(kernel.d, tall), of(kernel.h, tall), of(kernel.w, axis_f23)};
}

}  // namespace esp::inline ESPALIER_ABI::detail
