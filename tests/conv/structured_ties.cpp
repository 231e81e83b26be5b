// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_structures.hpp"
#include "support/catch.hpp"

// Taps that a symmetry ties, with and without a sign: orbits of two, four and eight taps, so that means of multiples of
// eight are whole numbers.

using drawn::layer_of, drawn::only, drawn::star, drawn::structured, drawn::with;
using esp::algorithm, esp::axis, esp::index_t, esp::mirror, esp::symmetric;

namespace {

constexpr auto starred = only<star(3)> >> symmetric<mirror<axis::depth, axis::width>>;

}  // namespace

TEST_CASE("tied taps of few channels are as in the loops in all directions", "[conv][structured]") {
  index_t count = 0;
  count += structured<layer_of(1, 8, 3, 1), symmetric<mirror<axis::depth, axis::height, axis::width>>, float>(51, 8);
  count += structured<layer_of(1, 1, 3, 1), symmetric<esp::point_reflection>, double>(52, 8);
  count += structured<layer_of(1, 4, 5, 2), symmetric<mirror<axis::height, axis::width>>, float>(53, 8);
  count += structured<layer_of(2, 3, {1, 4, 3}, {0, 2, 1}), symmetric<mirror<axis::height>>, float>(54, 8);
  count += structured<layer_of(3, 2, 3, 1), esp::antisymmetric<axis::width>, float>(55, 8);
  count += structured<layer_of(1, 3, 3, 1, 2), starred, float>(56, 8);
  REQUIRE(count == 300);
}

TEST_CASE("tied taps of many channels are as in the loops in all directions", "[conv][structured]") {
  constexpr auto mirrored = symmetric<mirror<axis::depth, axis::height, axis::width>>;
  index_t count = 0;
  count += structured<with(algorithm::direct, layer_of(16, 16, 3, 1)), mirrored, float>(61, 8);
  count += structured<with(algorithm::winograd, layer_of(16, 16, 3, 1)), mirrored, float>(62, 8);
  count += structured<layer_of(8, 24, 5, 2), symmetric<esp::point_reflection>, float>(63, 8);
  count +=
      structured<layer_of(12, 8, {3, 3, 2}, {1, 1, 0}, {1, 2, 1}, 1, 2), symmetric<mirror<axis::depth>>, double>(64, 8);
  count += structured<layer_of(6, 6, 3, 2, 1, 2, 6), mirrored, double>(65, 8);
  count += structured<layer_of(16, 4, 3, 1), esp::antisymmetric<axis::depth>, float>(66, 8);
  REQUIRE(count == 300);
}
