// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/row/cut.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("row tasks stay within bounded scratch", "[conv]") {
  const auto bytes = [](index_t IC, esp::extents taps, esp::dims5 Y) {
    esp::correlation p;
    p.in = IC;
    p.taps = taps;
    p.X = {Y.n, IC, Y.d, Y.h, Y.w};
    p.outputs = {Y.d, Y.h, Y.w};
    return esp::row_blocks_for<float>(p, 8, 32, 1).elements * 4;
  };
  REQUIRE(bytes(1, 3, {1, 1, 181, 217, 181}) <= 512 * 1024);
  REQUIRE(bytes(1, 9, {1, 1, 64, 64, 64}) <= 512 * 1024);
  REQUIRE(bytes(32, {9, 9, 9}, {1, 1, 100, 100, 9000}) <= 2 * 1024 * 1024);
}

TEST_CASE("in place a task has the rows that a team leaves it", "[conv]") {
  esp::correlation p;
  p.taps = 3;
  p.X = {1, 1, 20, 30, 100};
  p.outputs = {20, 30, 100};
  const esp::row_blocking alone = esp::row_slabs_for<float>(p, 8, 32, 1);
  REQUIRE((alone.tasks == 1 && alone.od == 20 && alone.oh == 32 && alone.ow == 100));
  const esp::row_blocking two = esp::row_slabs_for<float>(p, 8, 32, 2);
  REQUIRE((two.tasks == 7 && two.od == 3 && two.oh == 32));
  // One plane is cut into tiles of rows.
  p.X.d = p.outputs.d = 1;
  const esp::row_blocking flat = esp::row_slabs_for<float>(p, 8, 32, 2);
  REQUIRE((flat.tasks == 4 && flat.od == 1 && flat.oh == 8));
  // What the tiles of one row at a border read, and the flags of a row.
  p.X.w = p.outputs.w = 9000;
  const esp::row_blocking wide = esp::row_slabs_for<float>(p, 8, 32, 1);
  REQUIRE((wide.ow == 2048 && wide.tasks == 5 && wide.plane.pitch == 2050));
  REQUIRE((wide.elements >= (3 * 10 + 1) * 2050 && wide.elements <= (3 * 10 + 1) * 2050 + 16));
  // Narrow enough for the second cache, and no narrower than a tile.
  p.in = 32;
  p.taps = 9;
  REQUIRE(esp::row_slabs_for<float>(p, 8, 32, 1).ow <= 64);
  p.outputs.w = 3;
  REQUIRE(esp::row_slabs_for<float>(p, 8, 32, 1).plane.pitch == 32 + 8);
}

TEST_CASE("volumes of one output channel are read in place from a smaller size on", "[conv]") {
  const auto pays = [](index_t out, index_t taps, index_t kept, esp::extents Y, index_t dilation = 1) {
    esp::correlation p;
    p.out = out;
    p.taps = taps;
    p.dilation.d = dilation;
    p.outputs = Y;
    return esp::pays_in_place<float>(p, kept);
  };
  REQUIRE((pays(1, 3, 27, 32) && pays(1, 3, 7, {16, 32, 32}) && !pays(1, 3, 7, 31) && !pays(1, 3, 27, {15, 200, 200})));
  REQUIRE((pays(1, 5, 125, 60) && !pays(1, 5, 125, 59) && pays(1, 5, 13, 32) && !pays(1, 5, 13, {31, 40, 40})));
  REQUIRE((pays(1, 1, 9, {1, 32, 32}) && pays(1, 3, 27, 48, 2) && !pays(1, 3, 27, 47, 2)));
  // Several channels read one copy.
  REQUIRE((pays(3, 3, 27, {24, 96, 128}) && pays(3, 3, 27, 48) && !pays(3, 3, 27, 47) && !pays(4, 3, 27, 95)));
}
