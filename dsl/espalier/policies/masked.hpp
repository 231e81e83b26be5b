// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The masks of autoregressive networks: a kernel that looks at nothing after its centre in raster order.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// 'A' or 'B'.
template <auto Kind>
concept MaskKind = std::same_as<std::remove_const_t<decltype(Kind)>, char> && (Kind == 'A' || Kind == 'B');

}  // namespace detail

/// The taps before the centre in raster order (depth, then height, then width); with 'B' the centre too. Needs an odd
/// kernel on every axis (ESP-040).
template <auto Kind>
struct raster_taps_t {
  static_assert(detail::MaskKind<Kind>,
                "ESP-232: masked<...> takes 'A', which leaves the centre out, or 'B', which keeps it: masked<'A'>");
  static constexpr const char* name = Kind == 'A' ? "raster_taps<'A'>" : "raster_taps<'B'>";
  static constexpr bool needs_center = true;
  static constexpr bool contains(tap_index t, extents k) {
    const index_t tap = (t.d * k.h + t.h) * k.w + t.w, center = k.volume() / 2;
    return tap < center || (Kind == 'B' && tap == center);
  }
};
template <auto Kind>
inline constexpr raster_taps_t<Kind> raster_taps{};

/// w at the taps before the centre in raster order, and at the centre for 'B'; 0 at the others: `MaskedConv3d` of
/// PixelCNN and what came of it (van den Oord et al. 2016, arXiv 1601.06759, 2.2). Every channel sees every channel:
/// the masks among the channels of one voxel are not part of it.
///
/// Establishes support<raster_taps<'A'>>, support<raster_taps<'B'>>; Euclidean projection, idempotent. One pass. Masked
/// taps get no gradient, and optimisers leave what is stored there alone. Errors: ESP-232 for another kind; ESP-040 for
/// an even extent, ESP-041 for 'A' on a kernel of one tap, in a layer.
template <auto Kind>
struct masked_t : policy<masked_t<Kind>> {
  static_assert(detail::MaskKind<Kind>,
                "ESP-232: masked<...> takes 'A', which leaves the centre out, or 'B', which keeps it: masked<'A'>");

  static constexpr text name() { return {Kind == 'A' ? "masked<'A'>" : "masked<'B'>"}; }
  static constexpr auto map(auto w) { return select(inside(raster_taps<Kind>), w, 0); }
};
template <auto Kind>
inline constexpr auto masked = masked_t<Kind>{};

}  // namespace esp::inline ESPALIER_ABI
