// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block a finite difference.
#pragma once

#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/line_stencil.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The numerators of a derivative: the product of those of its axes.
template <partial Axes, unsigned Order>
struct difference_numerators {
  static constexpr line_stencil d = line_stencil_of(Axes.d, Order), h = line_stencil_of(Axes.h, Order),
                                w = line_stencil_of(Axes.w, Order);
  static constexpr double denominator = static_cast<double>(d.denominator * h.denominator * w.denominator);

  constexpr double operator()(tap_index t, extents k) const {
    return d.at(t.d - k.d / 2) * h.at(t.h - k.h / 2) * w.at(t.w - k.w / 2);
  }
  static constexpr bool fits(extents k) { return d.fits(k.d) && h.fits(k.h) && w.fits(k.w); }
};

}  // namespace detail

/// The derivative that `Axes` names, for a distance of 1 between voxels, with an error of order `Order`:
/// `derivative<partial{.w = 1}, 2>` is -1/2, 0, 1/2 along W. The narrowest centred stencil; an odd order is rounded up.
///
/// For the cross-correlation that a layer computes. Establishes derivative_to<Axes, Order>, its moments and its sum
/// (Fornberg, Generation of finite difference formulas on arbitrarily spaced grids, 1988). No weight is read, and none
/// gets a gradient. One pass. Errors: ESP-216 where the kernel has no room for it.
template <partial Axes, unsigned Order = 2>
struct derivative_t : policy<derivative_t<Axes, Order>> {
  static constexpr text name() {
    return text("derivative<{") << static_cast<int>(Axes.d) << ", " << static_cast<int>(Axes.h) << ", "
                                << static_cast<int>(Axes.w) << "}, " << static_cast<int>(Order) << ">";
  }
  static constexpr auto map(auto) {
    using numerators = detail::difference_numerators<Axes, Order>;
    return at<numerators{}> / numerators::denominator;
  }
};
template <partial Axes, unsigned Order = 2>
inline constexpr derivative_t<Axes, Order> derivative{};

}  // namespace esp::inline ESPALIER_ABI
