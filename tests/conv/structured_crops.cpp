// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_structures.hpp"
#include "support/catch.hpp"

// Masks that leave a part of the kernel's box, by Winograd and directly, with replicated borders, a rectified output
// and taps that lie far apart.

using drawn::layer_of, drawn::only, drawn::star, drawn::structured, drawn::taps, drawn::with;
using esp::algorithm, esp::axis, esp::conv3d, esp::index_t;

namespace {

constexpr conv3d replicated(conv3d config) {
  config.boundary = esp::boundary::replicate;
  return config;
}

/// The taps of a box, from `first` on.
constexpr esp::kept_taps box(const esp::extents& kernel, const esp::extents& first, const esp::extents& size) {
  esp::kept_taps result;
  for (index_t t = 0; t < kernel.volume(); ++t) {
    const esp::tap_index k = esp::tap_at(t, kernel);
    const bool inside = k.d >= first.d && k.d < first.d + size.d && k.h >= first.h && k.h < first.h + size.h &&
                        k.w >= first.w && k.w < first.w + size.w;
    if (!inside) result.drop(t);
  }
  return result;
}

}  // namespace

TEST_CASE("masks that leave a box are as in the loops, by Winograd and directly", "[conv][structured]") {
  constexpr conv3d wide = layer_of(16, 16, 3, 1);
  index_t count = 0;
  count += structured<wide, esp::causal<axis::depth>, float>(31);
  count += structured<with(algorithm::direct, wide), esp::causal<axis::depth>, float>(32);
  count += structured<with(algorithm::winograd, wide), esp::causal<axis::depth>, double>(33);
  count += structured<with(algorithm::winograd, wide), only<star(3)>, float>(34);
  count += structured<with(algorithm::direct, wide), only<star(3)>, float>(35);
  count += structured<layer_of(8, 8, 3, {{2, 0}, 1, 1}), esp::causal<axis::depth, axis::height>, float>(36);
  count +=
      structured<with(algorithm::winograd, layer_of(4, 8, {3, 1, 3}, {1, 0, 1})), only<taps({3, 1, 3}, 13, 50)>, float>(
          37);
  count += structured<layer_of(20, 16, {3, 5, 3}, {1, 2, 1}), only<box({3, 5, 3}, {0, 1, 0}, 3)>, double>(38);
  REQUIRE(count == 400);
}

TEST_CASE("what a mask leaves of odd boxes, strides and borders is as in the loops", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(3, 5, 3, 1, 2), esp::causal<axis::width>, float>(41);
  count += structured<layer_of(4, 4, {5, 3, 4}, {2, 1, 1}), only<box({5, 3, 4}, {3, 0, 1}, {2, 1, 3})>, double>(42);
  count += structured<layer_of(2, 3, 3, 0), only<box(3, {2, 2, 2}, 1)>, float>(43);
  count += structured<layer_of(6, 4, 5, {{0, 4}, {3, 1}, 2}), only<box(5, {1, 0, 2}, {2, 4, 3})>, float>(44);
  count += structured<replicated(layer_of(4, 6, 3, 1)), esp::masked<'B'>, float>(45);
  count += structured<replicated(layer_of(1, 2, 5, 2)), only<star(5)>, double>(46);
  count += structured<layer_of(2, 4, 3, {1, 30, 30}, 1, {1, 30, 30}), only<star(3)>, float>(47);
  count += structured<layer_of(5, 5, 3, 1, {1, 2, 1}, {2, 1, 1}, 5), only<taps(3, 14, 25)>, double>(48);
  REQUIRE(count == 400);
}
