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
