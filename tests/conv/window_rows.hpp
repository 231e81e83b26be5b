// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Windows of tensors, for the tests that compare a part with the whole.
#pragma once

#include <cstddef>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <random>
#include <vector>

namespace drawn {

/// `count` numbers of [-1, 1).
template <class T>
std::vector<T> drawn_reals(esp::index_t count, std::mt19937& engine) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> result(static_cast<std::size_t>(count));
  for (T& value : result) value = uniform(engine);
  return result;
}

/// Calls `visit` with every row of a window: where it begins in the whole and in a tensor of the window alone.
template <class Visit>
void rows_of(const esp::dims5& whole, const esp::volume_window& window, const Visit& visit) {
  const auto& [at, size] = window;
  esp::index_t own = 0;
  for (esp::index_t c = 0; c < whole.n * whole.c; ++c)
    for (esp::index_t d = 0; d < size.d; ++d)
      for (esp::index_t h = 0; h < size.h; ++h, own += size.w) {
        visit(((c * whole.d + at.d + d) * whole.h + at.h + h) * whole.w + at.w, own);
      }
}

}  // namespace drawn
