// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tile.hpp>

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
      REQUIRE((t.oc >= 1 && t.oc <= oc && t.vectors >= 1));
      REQUIRE(esp::detail::registers_used(t) <= registers);
    }
  }
}

TEST_CASE("one function names the direct kernel", "[conv]") {
  using enum esp::direct_kernel;
  static_assert(esp::direct_kernel_for(1, 1, 3, 1, 1) == row_tiles);
  static_assert(esp::direct_kernel_for(3, 3, {3, 5, 5}, {2, 1, 2}, {2, 1, 3}) == row_tiles);
  static_assert(esp::direct_kernel_for(4, 8, 3, 1, 1) == along_w && esp::direct_kernel_for(64, 3, 3, 1, 1) == along_w);
  static_assert(esp::direct_kernel_for(1, 1, {3, 1, 3}, 1, 1) == along_w);
  static_assert(esp::direct_kernel_for(1, 1, 3, {1, 2, 1}, 1) == along_w);
  static_assert(esp::direct_kernel_for(1, 1, 3, 1, {1, 2, 1}) == along_w);
  static_assert(esp::direct_kernel_for(1, 1, {3, 11, 3}, 1, 1) == along_w);
  static_assert(esp::direct_kernel_for(1, 1, 1, 1, 1) == flat &&
                esp::direct_kernel_for(32, 3, 1, 1, {4, 1, 2}) == flat);
  static_assert(esp::direct_kernel_for(32, 3, 1, {1, 1, 2}, 1) == along_w);
  static_assert(esp::direct_kernel_for(32, 3, 1, 1, 1, {0, {0, 1, 0}}) == along_w);
  static_assert(esp::direct_kernel_for(32, 8, {1, 1, 2}, 1, 1) == along_w);
  SUCCEED("decided by the compiler");
}
