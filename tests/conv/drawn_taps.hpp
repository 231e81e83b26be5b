// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sets of taps, drawn while the program compiles and known ones, and weights that obey them.
#pragma once

#include <espalier/dims.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>

#include "support/internals.hpp"

namespace drawn {

/// Each tap with a chance of `percent`.
constexpr esp::kept_taps taps(const esp::extents& kernel, unsigned seed, unsigned percent) {
  esp::kept_taps result;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) {
    seed = seed * 1664525u + 1013904223u;
    if ((seed >> 16) % 100 >= percent) result.drop(t);
  }
  return result;
}

/// The first `count` taps in raster order: those of an autoregressive mask.
constexpr esp::kept_taps first_taps(const esp::extents& kernel, esp::index_t count) {
  esp::kept_taps result;
  for (esp::index_t t = count; t < kernel.volume(); ++t) result.drop(t);
  return result;
}

/// The centre and what lies on an axis with it.
constexpr esp::kept_taps star(const esp::extents& kernel) {
  esp::kept_taps result;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) {
    const esp::tap_index k = esp::tap_at(t, kernel);
    const int moved = (k.d != kernel.d / 2 ? 1 : 0) + (k.h != kernel.h / 2 ? 1 : 0) + (k.w != kernel.w / 2 ? 1 : 0);
    if (moved > 1) result.drop(t);
  }
  return result;
}

/// Zeros at the taps that are not kept, in every block.
template <class T>
void clear_dropped(const esp::kept_taps& kept, esp::index_t taps, esp::index_t size, T* weight) {
  for (esp::index_t i = 0; i < size; ++i) weight[i] = kept.has(i % taps) ? weight[i] : T(0);
}

}  // namespace drawn
