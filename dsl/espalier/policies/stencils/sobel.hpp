// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block Sobel's edge detector along an axis.
#pragma once

#include <espalier/config.hpp>
#include <espalier/line_stencil.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// -1, 0, 1 along an axis, 1, 2, 1 along the others that have more than one tap.
template <int Axis>
struct sobel_numbers {
  static constexpr line_stencil difference = line_stencil_of(1, 2);

  static constexpr double smooth(index_t point, index_t extent) {
    if (extent == 1) return 1;
    return point == 0 ? 2 : point == 1 || point == -1 ? 1 : 0;
  }
  static constexpr double along(int axis, index_t point, index_t extent) {
    return axis == Axis ? difference.at(point) : smooth(point, extent);
  }
  constexpr double operator()(tap_index t, extents k) const {
    return along(0, t.d - k.d / 2, k.d) * along(1, t.h - k.h / 2, k.h) * along(2, t.w - k.w / 2, k.w);
  }
  static constexpr bool fits(extents k) {
    const index_t extent[] = {k.d, k.h, k.w};
    for (int axis = 0; axis < 3; ++axis) {
      if (!(axis != Axis && extent[axis] == 1) && !difference.fits(extent[axis])) return false;
    }
    return true;
  }
};

}  // namespace detail

/// Sobel's first difference along axis 0, 1 or 2 (d, h, w), smoothed along the others by 1, 2, 1; the numbers of
/// `scipy.ndimage.sobel`, which are not normalised: on 3 x 3 x 3 it is 32 times the derivative.
///
/// For the cross-correlation that a layer computes. Establishes zero_sum; sobel<2>, moment_is<0, 0, 1, 32> on
/// 3 x 3 x 3, 8 on 1 x 3 x 3. No weight is read, and none gets a gradient. One pass. Errors: ESP-216 where the kernel
/// has no room for it.
template <int Axis>
requires(Axis >= 0 && Axis <= 2)
struct sobel_t : policy<sobel_t<Axis>> {
  static constexpr text name() { return text("sobel<") << Axis << ">"; }
  static constexpr auto map(auto) { return at<detail::sobel_numbers<Axis>{}>; }
};
template <int Axis>
inline constexpr sobel_t<Axis> sobel{};

}  // namespace esp::inline ESPALIER_ABI
