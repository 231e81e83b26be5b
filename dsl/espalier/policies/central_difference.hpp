// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The temporal central difference of networks that measure a pulse in video.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// What `central_difference` asks of a share that is set at run time.
struct share_of_central_difference : is_finite_t {
  static constexpr std::string_view id = "ESP-234";
  static constexpr std::string_view of = "theta of central_difference<theta>";
};

}  // namespace detail

namespace detail::held {

/// The planes before and after the one in the middle.
struct outer_planes_t {
  static constexpr const char* name = "mask";
  static constexpr bool needs_center = false;
  static constexpr bool contains(tap_index t, extents k) { return t.d != k.d / 2; }
};

}  // namespace detail::held

/// w - theta * (sum of the taps of all planes but the middle one) at the centre, w elsewhere.
///
/// With depth as time, conv(x, of this) = conv(x, w) - theta * conv(x, sum of the outer planes as a kernel of one tap):
/// `CDC_T` of PhysNet's and PhysFormer's code (Yu et al. 2022, arXiv 2111.12082, section 3.1), which runs both
/// convolutions; here there is one. Two passes. Errors: ESP-234 for a theta that is not finite, at run time for a
/// parameter; ESP-040 for an even extent, ESP-041 for a depth of one, in a layer.
template <auto Theta>
struct central_difference_t : policy<central_difference_t<Theta>> {
  static_assert(detail::FiniteArgument<Theta>,
                "ESP-234: central_difference<theta> takes a finite number or a named parameter; write for example "
                "central_difference<0.6>");

  static constexpr text name() { return text("central_difference<") << argument_text(Theta) << ">"; }
  static constexpr auto map(auto w) {
    constexpr auto theta = checked<detail::share_of_central_difference{}>(Theta);
    return select(inside(center_tap), w - theta * sum(w, detail::held::outer_planes_t{}), w);
  }
};
template <auto Theta>
inline constexpr auto central_difference = central_difference_t<Theta>{};

}  // namespace esp::inline ESPALIER_ABI
