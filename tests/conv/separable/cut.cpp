// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/cut.hpp>

#include "support/catch.hpp"

namespace {

using esp::index_t;

constexpr esp::detail::separable_tile tile{9, 9, true};

esp::detail::correlation box(esp::extents volume, index_t groups = 1, index_t in = 1) {
  esp::detail::correlation p;
  p.taps = 9;
  p.before = 4;
  p.groups = groups;
  p.in = in;
  p.X = {1, groups * in, volume.d, volume.h, volume.w};
  p.outputs = volume;
  return p;
}

}  // namespace

TEST_CASE("separable tasks stay within bounded scratch", "[separable]") {
  for (const esp::extents volume : {esp::extents{64}, {160, 192, 224}, {3, 2, 90000}, {3, 5000, 7}}) {
    for (const index_t workers : {1, 2, 8}) {
      REQUIRE(esp::detail::separable_blocks_for<float>(box(volume), tile, workers).elements * 4 <= 1024 * 1024);
      REQUIRE(esp::detail::separable_blocks_for<double>(box(volume, 2, 3), tile, workers).elements * 8 <= 3072 * 1024);
    }
  }
}

TEST_CASE("blocks begin at multiples of a tile, whatever the team", "[separable]") {
  for (const index_t workers : {1, 2, 3, 8, 64}) {
    const auto b = esp::detail::separable_blocks_for<float>(box({100, 70, 40}), tile, workers);
    REQUIRE((b.od % 9 == 0 && b.oh % 9 == 0 && b.tasks > 0));
    REQUIRE(b.planes == 17);
  }
}

TEST_CASE("a team has tasks, and one worker few", "[separable]") {
  REQUIRE(esp::detail::separable_blocks_for<float>(box(64), tile, 1).tasks == 1);
  REQUIRE(esp::detail::separable_blocks_for<float>(box(64), tile, 2).tasks == 8);
  // Neither strips nor channels: planes.
  const auto flat = esp::detail::separable_blocks_for<float>(box({900, 5, 40}), tile, 2);
  REQUIRE((flat.tasks >= 7 && flat.od >= 4 * 8));
}
