// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Rejects numbers of a prior that the element type of a layer turns into infinity or zero.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/liveness.hpp>
#include <espalier/operation.hpp>
#include <espalier/shape.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether `x`, converted to `T`, keeps what it is: finite or infinite, zero or not. (NaN is every policy's own
/// matter.)
template <class T>
[[nodiscard]] constexpr bool fits_element(double x) {
  constexpr double largest = static_cast<double>(std::numeric_limits<T>::max());
  constexpr double smallest = static_cast<double>(std::numeric_limits<T>::denorm_min());
  const double size = ieee::size(x);
  return x != x || size == 0 || size == ieee::infinity || (size > smallest / 2 && size <= largest);
}

/// Whether every number that the formula `g` computes with fits `T`; epsilon is the layer's.
template <class T>
[[nodiscard]] constexpr bool numbers_fit(const graph& g) {
  const node_marks live = live_nodes(g);
  for (int id = 0; id < g.size; ++id) {
    if (!live[static_cast<std::size_t>(id)]) continue;
    if ((g[id].is_constant() || g[id].op == operation::known_sum) && !fits_element<T>(g[id].value)) return false;
    for (index_t t = 0; g[id].op == operation::table && t < g.shape.kernel.volume(); ++t) {
      if (!fits_element<T>(g.table_value(g[id].table(), t))) return false;
    }
  }
  return true;
}

template <class F, class T>
concept NumbersFitTheElement = numbers_fit<T>(F::value);

/// Checks the numbers of formula `F` for elements of type `T`; `value` says whether to go on.
template <class F, class T>
struct fitting_numbers {
  static_assert(NumbersFitTheElement<F, T>,
                "ESP-190: a number of the prior is infinite or zero in the layer's element type (float reaches from "
                "1e-45 to 3e38); write a number that it can hold, or take double");
  static constexpr bool value = NumbersFitTheElement<F, T>;
};

}  // namespace esp::inline ESPALIER_ABI::detail
