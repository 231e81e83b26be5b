// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel/cut.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("tiles of two sizes cover a run", "[conv]") {
  for (const index_t registers : {15, 16, 32}) {
    for (const index_t vectors : {1, 2, 3}) {
      for (const index_t columns : {1, 5}) {
        if (vectors > 1 && columns > 1) continue;
        const esp::channel_sizes sizes(vectors, columns, registers);
        REQUIRE((sizes.count() <= 7 && sizes.size(sizes.count() - 1) >= 1));
        REQUIRE(sizes.most * vectors + vectors * columns + 1 <= registers);
        for (index_t width = 1; width <= 300; ++width) {
          const esp::channel_cut cut = sizes.cut(width);
          REQUIRE((cut.positions() >= width && cut.positions() < width + sizes.most));
        }
      }
    }
  }
  // 32 registers: what the usual widths become.
  constexpr esp::channel_sizes sizes(2, 1, 32);
  static_assert(sizes.most == 14 && sizes.step == 2);
  static_assert(sizes.cut(28).size[0] == 14 && sizes.cut(28).count[0] == 2 && sizes.cut(28).count[1] == 0);
  static_assert(sizes.cut(48).count[0] == 0 && sizes.cut(48).size[1] == 12 && sizes.cut(48).count[1] == 4);
  static_assert(sizes.cut(32).positions() == 32 && sizes.cut(64).positions() == 64);
}

TEST_CASE("tasks of channel tiles stay within bounded scratch", "[conv]") {
  const auto bytes = [](index_t IC, index_t OC, esp::extents taps, esp::extents Y, index_t workers) {
    esp::correlation p;
    p.in = IC;
    p.out = OC;
    p.taps = taps;
    p.X = {1, IC, Y.d + taps.d - 1, Y.h + taps.h - 1, Y.w + taps.w - 1};
    p.outputs = Y;
    p.step = {Y.h * Y.w, Y.w, 1};
    p.channel = Y.volume();
    const auto b = esp::channel_blocks_for<float>(p, 2, 1, 1, workers);
    REQUIRE((b.oc >= 1 && b.od >= 1 && b.oh >= 1 && b.ow >= 1 && b.ic >= 1 && b.ic <= IC && b.hot(100) >= 1 &&
             b.tasks >= 1));
    return b.elements * 4;
  };
  for (const index_t workers : {1, 4}) {
    REQUIRE(bytes(64, 64, 3, {32, 32, 32}, workers) <= 1024 * 1024);
    REQUIRE(bytes(320, 320, 3, 4, workers) <= 1024 * 1024);
    REQUIRE(bytes(512, 2048, {1, 1, 1}, {1, 1, 100000}, workers) <= 1024 * 1024);
    REQUIRE(bytes(3, 16, {7, 7, 7}, {50, 500, 5000}, workers) <= 1024 * 1024);
    REQUIRE(bytes(2048, 16, {5, 5, 5}, {64, 64, 64}, workers) <= 1024 * 1024);
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
