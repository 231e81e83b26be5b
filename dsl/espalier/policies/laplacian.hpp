// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block a discrete Laplace operator.
#pragma once

#include <espalier/config.hpp>
#include <espalier/line_stencil.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The numerators of second derivatives along all axes of more than one tap.
template <unsigned Order>
struct laplacian_numerators {
  static constexpr line_stencil line = line_stencil_of(2, Order);
  static constexpr double denominator = static_cast<double>(line.denominator);

  constexpr double operator()(tap_index t, extents k) const {
    const index_t d = t.d - k.d / 2, h = t.h - k.h / 2, w = t.w - k.w / 2;
    return (k.d > 1 && h == 0 && w == 0 ? line.at(d) : 0) + (k.h > 1 && d == 0 && w == 0 ? line.at(h) : 0) +
           (k.w > 1 && d == 0 && h == 0 ? line.at(w) : 0);
  }
  static constexpr bool fits(extents k) {
    return k.volume() > 1 && (k.d == 1 || line.fits(k.d)) && (k.h == 1 || line.fits(k.h)) &&
           (k.w == 1 || line.fits(k.w));
  }
};

}  // namespace detail

/// The sum of the second derivatives along all axes of more than one tap, for a distance of 1 between voxels, with an
/// error of order `Order`: `laplacian<2>` on 3 x 3 x 3 is the star of 6 neighbours and -6 in the middle.
///
/// Establishes laplacian_to<Order> and zero_sum. No weight is read, and none gets a gradient. One pass. Errors: ESP-216
/// where the kernel has no room for it.
template <unsigned Order = 2>
struct laplacian_t : policy<laplacian_t<Order>> {
  static constexpr text name() { return text("laplacian<") << static_cast<int>(Order) << ">"; }
  static constexpr auto map(auto) {
    using numerators = detail::laplacian_numerators<Order>;
    return at<numerators{}> / numerators::denominator;
  }
};
template <unsigned Order = 2>
inline constexpr laplacian_t<Order> laplacian{};

}  // namespace esp::inline ESPALIER_ABI
