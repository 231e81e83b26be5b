// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/layout.hpp>
#include <vector>

#include "conv/tied/drawn_tied.hpp"

TEST_CASE("arrays of a channel lie beside each other, and have room for what they reach", "[conv][tied]") {
  using esp::index_t;
  static constexpr auto plan = esp::plan_sums(drawn::cube_orbits<5>::value, 5, esp::tap_numbering::forwards);
  constexpr esp::sums_view sums = esp::sums_view::of(plan);
  esp::plane_layout plane;
  plane.h = {5, 1, 2, 4};
  plane.w = {5, 1, 1, 2};
  for (const index_t OH : {1, 6}) {
    constexpr index_t OW = 21, tile = 64;
    const auto l = esp::sums_layout::of<float>(sums, plane, 5, tile, OH, OW);
    REQUIRE((l.plane.rows == OH + 8 && l.plane.pitch == OW + 4));
    const index_t size = l.plane.rows * l.plane.pitch, positions = (OH - 1) * l.plane.pitch + OW;
    REQUIRE((l.output >= positions && l.output % esp::lanes<float> == 0));
    index_t kept = 0, passing = 0;
    for (index_t a = 0; a < sums.planes; ++a) {
      const esp::sum_array& own = sums.array[a];
      index_t& end = own.kept ? kept : passing;
      REQUIRE(l.place(own) == end);
      end += l.full - own.reach_h * l.row;
      // Its elements, the last tile that reads them, and a register that was written whole.
      const index_t count = size - l.moved({0, own.reach_h, own.reach_w});
      REQUIRE(end - l.place(own) >= count + tile + esp::lanes<float>);
      REQUIRE(l.moved({0, own.reach_h, own.reach_w}) == l.plane.tap_offset(own.reach_h, own.reach_w));
    }
    REQUIRE((kept == l.per_plane && passing == l.passing));
    REQUIRE(l.channel == 5 * l.per_plane + sums.along_d.count * l.output);
  }
}
