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

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The value of a normalised bell at position `i` of `extent`, whose middle is its centre. NaN for a deviation that is
/// not positive and finite.
[[nodiscard]] constexpr double bell(double deviation, index_t i, index_t extent) {
  if (!(deviation > 0 && ieee::is_finite(deviation))) return ieee::not_a_number;
  const auto at = [&](index_t position) {
    const double x = (static_cast<double>(position) - static_cast<double>(extent - 1) / 2) / deviation;
    return ieee::size(x) > 1e6 ? 0 : exponential(-0.5 * x * x);
  };
  double total = 0;
  for (index_t position = 0; position < extent; ++position) total += at(position);
  return total > 0 ? at(i) / total : ieee::not_a_number;
}

template <auto... Deviations>
struct gaussian_numbers {
  static constexpr std::size_t count = sizeof...(Deviations);
  static constexpr std::array<double, count> given{static_cast<double>(Deviations)...};

  constexpr double operator()(tap_index t, extents k) const {
    return bell(given[0], t.d, k.d) * bell(given[count / 2], t.h, k.h) * bell(given[count - 1], t.w, k.w);
  }
};

}  // namespace detail

/// exp(-x^2 / (2 sigma^2)) along each axis, from the middle of the kernel, normalised to the sum 1: `gaussian<1.5>`, or
/// a deviation each for d, h and w, `gaussian<1, 2, 2>`, in taps. A Gaussian blur; the weights of
/// `scipy.ndimage.gaussian_filter` cut to the kernel.
///
/// Establishes sum_is<1>, l1_is<1>, bounds<0, 1>; its odd moments are zero. No weight is read, and none gets a
/// gradient. One pass. Errors: ESP-214 for a deviation that is not positive.
template <auto... Deviations>
requires(sizeof...(Deviations) == 1 || sizeof...(Deviations) == 3)
struct gaussian_t : policy<gaussian_t<Deviations...>> {
  static constexpr text name() {
    text t("gaussian<");
    const char* separator = "";
    ((t << separator << argument_text(Deviations), separator = ", "), ...);
    return t << ">";
  }
  static constexpr auto map(auto) { return at<detail::gaussian_numbers<Deviations...>{}>; }
};
template <auto... Deviations>
inline constexpr gaussian_t<Deviations...> gaussian{};

}  // namespace esp::inline ESPALIER_ABI
