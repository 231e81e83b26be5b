// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/axis_tile.hpp>

#include "support/catch.hpp"

TEST_CASE("a tile takes one product for each position it reads", "[conv][winograd]") {
  STATIC_REQUIRE((esp::axis_f22.points() == 3 && esp::axis_f22.outputs == 2));
  STATIC_REQUIRE((esp::axis_plain.points() == 1 && esp::axis_f23.points() == 4 && esp::axis_f43.points() == 6));
}

TEST_CASE("axes of extent 3 are transformed: F(4, 3) along D and H where it is asked for", "[conv][winograd]") {
  using enum esp::algorithm;
  using esp::axis_f23, esp::axis_f43, esp::axis_plain;
  constexpr esp::extents flat{1, 3, 3}, row{1, 1, 3};
  STATIC_REQUIRE(esp::axis_tiles_for(3, winograd) == esp::axis_tiles{axis_f23, axis_f23, axis_f23});
  STATIC_REQUIRE(esp::axis_tiles_for(3, automatic) == esp::axis_tiles_for(3, winograd));
  STATIC_REQUIRE(esp::axis_tiles_for(3, winograd_f43) == esp::axis_tiles{axis_f43, axis_f43, axis_f23});
  STATIC_REQUIRE(esp::axis_tiles_for(flat, winograd_f43) == esp::axis_tiles{axis_plain, axis_f43, axis_f23});
  STATIC_REQUIRE(esp::axis_tiles_for(row, winograd) == esp::axis_tiles{axis_plain, axis_plain, axis_f23});
  constexpr esp::axis_tiles cube = esp::axis_tiles_for(3, winograd_f43);
  STATIC_REQUIRE(cube.outputs() == esp::extents{4, 4, 2});
  STATIC_REQUIRE(cube.taps() == esp::extents{3, 3, 3});
  STATIC_REQUIRE(cube.points() == esp::extents{6, 6, 4});
}

TEST_CASE("axes of extent 2 are transformed by three points", "[conv][winograd]") {
  using enum esp::algorithm;
  using esp::axis_f22, esp::axis_f23, esp::axis_plain;
  constexpr esp::extents causal{2, 3, 3}, line{1, 1, 2};
  STATIC_REQUIRE(esp::axis_tiles_for(causal, winograd) == esp::axis_tiles{axis_f22, axis_f23, axis_f23});
  STATIC_REQUIRE(esp::axis_tiles_for(line, automatic) == esp::axis_tiles{axis_plain, axis_plain, axis_f22});
}
