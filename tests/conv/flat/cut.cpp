// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/flat/cut.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("extent 1: tasks cover the positions and channels within bounded scratch", "[conv]") {
  constexpr index_t tile_oc = 8, tile_positions = 48;
  for (const index_t workers : {1, 2, 16})
    for (const index_t IC : {1, 32, 5000})
      for (const index_t OC : {1, 3, 8, 9, 700})
        for (const index_t positions : {1, 47, 48, 100000}) {
          esp::correlation p;
          p.groups = 3;
          p.in = IC;
          p.out = OC;
          p.X = {2, 3 * IC, 1, 1, positions};
          p.outputs = {1, 1, positions};
          const auto b = esp::flat_blocks_for<float>(p, tile_oc, tile_positions, workers);
          REQUIRE((b.block % tile_positions == 0 && b.range % b.block == 0));
          REQUIRE((b.ranges * b.range >= positions && (b.ranges - 1) * b.range < positions));
          REQUIRE((b.ic >= 1 && b.ic <= IC && b.oc % tile_oc == 0));
          REQUIRE(b.tasks == 2 * 3 * b.ranges * esp::detail::ceil_div(OC, b.oc));
          // What few channels are summed in place, many from a copy.
          REQUIRE(b.in_place == (OC <= tile_oc));
          REQUIRE(b.elements == (b.in_place ? 0 : b.ic * b.pitch<float>()));
          REQUIRE(b.elements * 4 <= 192 * 1024);
        }
}
