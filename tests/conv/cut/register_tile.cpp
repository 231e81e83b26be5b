// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/register_tile.hpp>

#include "support/catch.hpp"

TEST_CASE("the tile follows the number of channels and registers", "[conv]") {
  static_assert(esp::tile_for(8, 32) == esp::register_tile{8, 3});
  static_assert(esp::tile_for(6, 32) == esp::register_tile{6, 4});
  static_assert(esp::tile_for(4, 32) == esp::register_tile{4, 6});
  static_assert(esp::tile_for(3, 32) == esp::register_tile{3, 8});
  static_assert(esp::tile_for(4, 16) == esp::register_tile{4, 3});
  static_assert(esp::tile_for(6, 16) == esp::register_tile{6, 2});
  for (const esp::index_t registers : {15, 16, 32}) {
    for (esp::index_t oc = 1; oc < 300; ++oc) {
      const esp::register_tile t = esp::tile_for(oc, registers);
      REQUIRE((t.rows >= 1 && t.rows <= oc && t.vectors >= 1));
      REQUIRE(esp::detail::registers_used(t) <= registers);
    }
  }
}
