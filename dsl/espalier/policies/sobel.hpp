// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block Sobel's edge detector along an axis.
#pragma once

#include <espalier/axis.hpp>
#include <espalier/config.hpp>
#include <espalier/line_stencil.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// -1, 0, 1 along an axis, 1, 2, 1 along the others that have more than one tap.
template <axis Along>
struct sobel_numbers {
  static constexpr line_stencil difference = line_stencil_of(1, 2);

  static constexpr double smooth(index_t point, index_t extent) {
    if (extent == 1) return 1;
    return point == 0 ? 2 : point == 1 || point == -1 ? 1 : 0;
  }
  static constexpr double factor(axis a, index_t point, index_t extent) {
    return a == Along ? difference.at(point) : smooth(point, extent);
  }
  constexpr double operator()(tap_index t, extents k) const {
    return factor(axis::depth, t.d - k.d / 2, k.d) * factor(axis::height, t.h - k.h / 2, k.h) *
           factor(axis::width, t.w - k.w / 2, k.w);
  }
  static constexpr bool fits(extents k) {
    const auto fits_axis = [](axis a, index_t extent) {
      return (a != Along && extent == 1) || difference.fits(extent);
    };
    return fits_axis(axis::depth, k.d) && fits_axis(axis::height, k.h) && fits_axis(axis::width, k.w);
  }
};

}  // namespace detail

/// Sobel's first difference along an axis, `sobel<axis::width>`, smoothed along the others by 1, 2, 1; the numbers of
/// `scipy.ndimage.sobel`, which are not normalised: on 3 x 3 x 3 it is 32 times the derivative.
///
/// For the cross-correlation that a layer computes. Establishes zero_sum; along the width, moment_is<0, 0, 1, 32> on
/// 3 x 3 x 3, 8 on 1 x 3 x 3. No weight is read, and none gets a gradient. One pass. Errors: ESP-216 where the kernel
/// has no room for it.
template <axis Along>
struct sobel_t : policy<sobel_t<Along>> {
  static constexpr text name() {
    return text("sobel<") << (Along == axis::depth ? "depth" : Along == axis::height ? "height" : "width") << ">";
  }
  static constexpr auto map(auto) { return at<detail::sobel_numbers<Along>{}>; }
};
template <axis Along>
inline constexpr sobel_t<Along> sobel{};

}  // namespace esp::inline ESPALIER_ABI
