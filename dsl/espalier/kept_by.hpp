// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The taps of a formula's result that a choice by regions does not make zero.
#pragma once

#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/node.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The taps that are not 0 for every weight, NaN and infinities too. Of a formula without regions nothing is asked.
template <class F>
inline constexpr kept_taps kept_by = [] {
  constexpr const graph& g = F::value;
  kept_taps result;
  if constexpr (g.region_count > 0 && !g.too_long && g.shape.kernel.volume() <= kept_taps::most) {
    const tap_classes classes(g);
    for (index_t t = 0; t < g.shape.kernel.volume() && !classes.too_many; ++t) {
      const node& made = g[classes.resolve(g, g.output, classes.class_of(g, t))];
      if (made.is_constant() && made.value == 0) result.drop(t);
    }
  }
  return result;
}();

}  // namespace esp::inline ESPALIER_ABI::detail
