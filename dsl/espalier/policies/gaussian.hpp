// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policy that makes every block a Gaussian.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/ieee.hpp>
#include <espalier/policy.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>
#include <initializer_list>  // IWYU pragma: keep

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// exp(-x^2 / (2 deviation^2)) at halves of a tap from the middle on, so that a compiler computes each once.
template <double Deviation>
struct bell {
  static constexpr index_t halves = 64;
  static constexpr bool is_valid = Deviation > 0 && ieee::is_finite(Deviation);

  static constexpr double at(index_t half) {
    if constexpr (!is_valid) return 0;
    const double x = ieee::quotient(static_cast<double>(half) / 2, Deviation);
    return x > 8 ? 0 : exponential(-0.5 * x * x);
  }
  static constexpr std::array<double, static_cast<std::size_t>(halves)> values = [] {
    std::array<double, static_cast<std::size_t>(halves)> result{};
    for (index_t half = 0; half < halves; ++half) result[static_cast<std::size_t>(half)] = at(half);
    return result;
  }();
  static constexpr double value(index_t position, index_t extent) {
    const index_t apart = 2 * position - (extent - 1), half = apart < 0 ? -apart : apart;
    return half < halves ? values[static_cast<std::size_t>(half)] : at(half);
  }
  /// The share of a position in the sum over the axis; NaN where no position has one.
  static constexpr double share(index_t position, index_t extent) {
    double total = 0;
    for (index_t i = 0; i < extent; ++i) total += value(i, extent);
    return total > 0 ? value(position, extent) / total : ieee::not_a_number;
  }
};

template <auto Depth, auto Height, auto Width>
struct gaussian_numbers {
  using d = bell<static_cast<double>(Depth)>;
  using h = bell<static_cast<double>(Height)>;
  using w = bell<static_cast<double>(Width)>;

  constexpr double operator()(tap_index t, extents k) const {
    double product = 1;
    for (const double share : {d::share(t.d, k.d), h::share(t.h, k.h), w::share(t.w, k.w)}) {
      if (share != share) return share;
      product *= share;
    }
    return product;
  }
};
template <auto Deviation>
constexpr auto numbers_of_gaussian() {
  return gaussian_numbers<Deviation, Deviation, Deviation>{};
}
template <auto Depth, auto Height, auto Width>
constexpr auto numbers_of_gaussian() {
  return gaussian_numbers<Depth, Height, Width>{};
}

}  // namespace detail

/// exp(-x^2 / (2 sigma^2)) along each axis, from the middle of the kernel, normalised to the sum 1: `gaussian<1.5>`, or
/// a deviation each for d, h and w, `gaussian<1, 2, 2>`, in taps. A Gaussian blur; the weights of
/// `scipy.ndimage.gaussian_filter` cut to the kernel, and zero beyond 8 deviations.
///
/// Establishes sum_is<1>, l1_is<1>, bounds<0, 1>; its odd moments are zero. No weight is read, and none gets a
/// gradient. One pass. Errors: ESP-214 for a deviation that is not positive,
/// ESP-241 for two of them.
template <auto... Deviations>
struct gaussian_t : policy<gaussian_t<Deviations...>> {
  static constexpr bool takes_these = sizeof...(Deviations) == 1 || sizeof...(Deviations) == 3;
  static_assert(takes_these,
                "ESP-241: gaussian<...> takes one deviation for all axes, or three for depth, height and width; write "
                "for example gaussian<1.5>, gaussian<1, 2, 2>");

  static constexpr text name() {
    text t("gaussian<");
    const char* separator = "";
    ((t << separator << argument_text(Deviations), separator = ", "), ...);
    return t << ">";
  }
  static constexpr auto map(auto) {
    if constexpr (takes_these) {
      return at<detail::numbers_of_gaussian<Deviations...>()>;
    } else {
      return 0;
    }
  }
};
template <auto... Deviations>
inline constexpr auto gaussian = gaussian_t<Deviations...>{};

}  // namespace esp::inline ESPALIER_ABI
