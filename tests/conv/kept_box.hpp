// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Boxes of taps.
#pragma once

#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

#include "support/internals.hpp"

namespace drawn {

/// The taps from `first` to `last` of a kernel.
constexpr esp::kept_taps kept_box(const esp::extents& kernel, const esp::extents& first, const esp::extents& last) {
  esp::kept_taps kept;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) {
    const esp::tap_index at = esp::tap_at(t, kernel);
    const bool inside =
        at.d >= first.d && at.d <= last.d && at.h >= first.h && at.h <= last.h && at.w >= first.w && at.w <= last.w;
    if (!inside) kept.drop(t);
  }
  return kept;
}

}  // namespace drawn
