// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/register_tile.hpp>

#include "support/catch.hpp"

using esp::index_t;

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

TEST_CASE("channels that fill registers, and the taps beside them", "[conv]") {
  using form = esp::channel_form;
  static_assert(esp::channel_form_for(64, 3, 1, 1, 16, 32) == form{2, 1, 1});
  static_assert(esp::channel_form_for(144, 3, 1, 1, 16, 32) == form{3, 1, 1});
  static_assert(esp::channel_form_for(16, 5, 1, 1, 16, 32) == form{1, 5, 1});
  static_assert(esp::channel_form_for(16, 5, 1, 2, 16, 32) == form{1, 1, 1});
  static_assert(esp::channel_form_for(16, 9, 1, 1, 16, 16) == form{1, 1, 1});
  static_assert(esp::channel_form_for(16, 3, 2, 1, 16, 32) == form{1, 3, 2});
  static_assert(esp::channel_form_for(16, 3, 3, 1, 16, 32) == form{1, 1, 1});
  static_assert(esp::channel_form_for(24, 3, 1, 1, 8, 16) == form{3, 1, 1});
  SUCCEED("decided by the compiler");
}

TEST_CASE("one function names the direct kernel", "[conv]") {
  using enum esp::direct_kernel;
  const auto wide = [](index_t in, index_t out, esp::extents taps, esp::extents stride, esp::extents dilation,
                       const esp::pads& pad = {{1, 1, 1}, {1, 1, 1}}) {
    return esp::direct_kernel_for(in, out, taps, stride, dilation, pad, 16, 32);
  };
  REQUIRE(wide(1, 1, 3, 1, 1) == row_tiles);
  REQUIRE(wide(3, 3, {3, 5, 5}, {2, 1, 2}, {2, 1, 3}) == row_tiles);
  REQUIRE((wide(4, 8, 3, 1, 1) == along_w && wide(64, 3, 3, 1, 1) == along_w));
  REQUIRE(wide(1, 1, {3, 1, 3}, 1, 1) == along_w);
  REQUIRE(wide(1, 1, 3, {1, 2, 1}, 1) == along_w);
  REQUIRE(wide(1, 1, 3, 1, {1, 2, 1}) == along_w);
  REQUIRE(wide(1, 1, {3, 11, 3}, 1, 1) == along_w);
  REQUIRE((wide(4, 16, 3, 1, 1) == channel_tiles && wide(4, 12, 3, 1, 1) == along_w));
  REQUIRE((wide(4, 47, 3, 2, 1) == channel_tiles && wide(4, 16, 9, 1, 1) == along_w));
  REQUIRE(esp::direct_kernel_for(4, 8, 3, 1, 1, {}, 8, 16) == along_w);
  REQUIRE(esp::direct_kernel_for(4, 16, 3, 1, 1, {}, 8, 16) == channel_tiles);
  REQUIRE(esp::direct_kernel_for(4, 16, 3, 1, 1, {}, 1, 16) == along_w);
  REQUIRE((wide(1, 1, 1, 1, 1, {}) == flat && wide(32, 3, 1, 1, {4, 1, 2}, {}) == flat));
  REQUIRE((wide(64, 64, 1, 1, 1, {}) == flat && wide(32, 3, 1, {1, 1, 2}, 1, {}) == along_w));
  REQUIRE(wide(32, 3, 1, 1, 1, {0, {0, 1, 0}}) == along_w);
  REQUIRE(wide(32, 8, {1, 1, 2}, 1, 1, {}) == along_w);
}
