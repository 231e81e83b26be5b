// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How many voxels surround the input of a convolution: numbers, `same` or `valid`. What they hold is `boundary`'s.
#pragma once

#include <concepts>
#include <cstddef>
#include <espalier/axis.hpp>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

/// Padded voxels on both sides of every axis, as numbers.
struct pads {
  extents before{};
  extents after{};

  friend constexpr bool operator==(const pads&, const pads&) = default;
};

/// The two sides of one axis: `{1, 2}` is one voxel before the first and two after the last, `1` one on each side.
struct axis_padding {
  index_t before = 0;
  index_t after = 0;

  constexpr axis_padding(index_t both) : before(both), after(both) {}
  constexpr axis_padding(index_t first, index_t last) : before(first), after(last) {}

  friend constexpr bool operator==(const axis_padding&, const axis_padding&) = default;
};

struct same_t {};
struct valid_t {};

/// Padding that keeps the size at stride 1: `dilation * (kernel - 1)` voxels in total per axis.
inline constexpr same_t same{};
/// No padding: only the positions where the whole kernel lies inside the input.
inline constexpr valid_t valid{};

/// Padding as a user says it: `1`, `{1, 2, 3}`, `{{0, 1}, 2, {4, 5}}`, `esp::same`, `esp::valid` or
/// `esp::padding::causal(esp::axis::depth)`.
///
/// `same` is resolved once kernel and dilation are known. An even total is split evenly; of an odd one the extra voxel
/// goes at the end, as in PyTorch. With a stride above 1 the amount is the same, so the output shrinks by the stride.
/// Example: examples/unit_l2.cpp
struct padding {
  pads explicit_pads{};
  bool is_same = false;
  /// Of `same`: whether all of it stands before the first voxel of an axis.
  bool leads_d = false, leads_h = false, leads_w = false;

  constexpr padding() = default;
  constexpr padding(index_t all) : explicit_pads{extents(all), extents(all)} {}
  constexpr padding(axis_padding d, axis_padding h, axis_padding w)
      : explicit_pads{{d.before, h.before, w.before}, {d.after, h.after, w.after}} {}
  constexpr padding(same_t) : is_same(true) {}
  constexpr padding(valid_t) {}

  /// As `same`, but along the axes that are named all of it stands before the first voxel, so that no output reads what
  /// comes after it: `.padding = esp::padding::causal(esp::axis::depth)`. Example: docs/edges.md
  template <std::same_as<axis>... Axes>
  [[nodiscard]] static constexpr padding causal(axis first, Axes... more) {
    padding result(same);
    for (const axis a : {first, more...}) {
      (a == axis::depth ? result.leads_d : a == axis::height ? result.leads_h : result.leads_w) = true;
    }
    return result;
  }

  ESPALIER_UNAVAILABLE(
      "ESP-074: padding takes a number, three numbers {depth, height, width}, three pairs {{0, 1}, {0, 0}, {1, 1}}, "
      "esp::same or esp::valid")
  constexpr padding(axis_padding, axis_padding) {}
  template <std::size_t N>
  ESPALIER_UNAVAILABLE(
      "ESP-074: padding takes a number, three numbers {depth, height, width}, three pairs {{0, 1}, {0, 0}, {1, 1}}, "
      "esp::same or esp::valid")
  constexpr padding(const char (&)[N]) {}

  /// Padded voxels before and after, per axis. @pre kernel and dilation are at least 1 and their product fits.
  [[nodiscard]] constexpr pads resolve(extents kernel, extents dilation) const {
    if (!is_same) return explicit_pads;
    const extents total{dilation.d * (kernel.d - 1), dilation.h * (kernel.h - 1), dilation.w * (kernel.w - 1)};
    const extents before{leads_d ? total.d : total.d / 2, leads_h ? total.h : total.h / 2,
                         leads_w ? total.w : total.w / 2};
    return {before, {total.d - before.d, total.h - before.h, total.w - before.w}};
  }

  friend constexpr bool operator==(const padding&, const padding&) = default;
};

}  // namespace esp::inline ESPALIER_ABI
