// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that lets a kernel look at nothing ahead along an axis, as along time.
#pragma once

#include <cstddef>
#include <espalier/axis.hpp>
#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// One axis or more, each once.
template <auto... Axes>
concept DistinctAxes = sizeof...(Axes) > 0 && (std::is_same_v<std::remove_const_t<decltype(Axes)>, axis> && ...) && [] {
  std::size_t equal = 0;
  for (axis a : {axis::depth, axis::height, axis::width}) {
    const std::size_t uses = (std::size_t{0} + ... + (Axes == a ? 1u : 0u));
    equal += uses > 1 ? 1 : 0;
  }
  return equal == 0;
}();

}  // namespace detail

/// The taps that are not ahead of the middle along any of the axes: index <= (extent - 1) / 2. With `padding = same`,
/// even extents too, these read the voxel that is made and those before it.
template <auto... Axes>
struct causal_taps_t {
  static_assert(detail::DistinctAxes<Axes...>,
                "ESP-231: causal<...> takes axes, each once; write for example causal<axis::depth>");
  static constexpr const char* name = "mask";
  static constexpr bool needs_center = false;
  static constexpr bool contains(tap_index t, extents k) {
    if constexpr (detail::DistinctAxes<Axes...>) {
      return (... && (detail::along(t, Axes) <= (detail::along(k, Axes) - 1) / 2));
    } else {
      return true;
    }
  }
};
template <auto... Axes>
inline constexpr causal_taps_t<Axes...> causal_taps{};

/// w at the taps that are not ahead of the middle along the axes, 0 at the others: a causal convolution
/// (`CausalConv3d`) in a layer whose padding is centred.
///
/// Establishes support<causal_taps<axis...>>; Euclidean projection, idempotent. One pass. Taps that are ahead get no
/// gradient, and optimisers leave what is stored there alone. Where a layer may pad one side only, a kernel without
/// these taps costs less: `.padding = {{2, 0}, 1, 1}` is causal in depth under any prior. A policy that fills taps
/// after it, as subtract<mean>, goes into `on<causal_taps<axis...>>(...)`. Errors: ESP-231 for no axis or one twice.
/// Example: examples/public_priors.cpp
template <auto... Axes>
struct causal_t : policy<causal_t<Axes...>> {
  static_assert(detail::DistinctAxes<Axes...>,
                "ESP-231: causal<...> takes axes, each once; write for example causal<axis::depth>");

  static constexpr text name() {
    text t("causal<");
    const char* separator = "";
    ((t << separator
        << (Axes == axis::depth    ? "axis::depth"
            : Axes == axis::height ? "axis::height"
                                   : "axis::width"),
      separator = ", "),
     ...);
    return t << ">";
  }
  static constexpr auto map(auto w) { return select(inside(causal_taps<Axes...>), w, 0); }
};
template <auto... Axes>
inline constexpr auto causal = causal_t<Axes...>{};

}  // namespace esp::inline ESPALIER_ABI
