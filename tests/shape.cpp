// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/shape.hpp>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("extents count taps, and one number means all three axes") {
  STATIC_REQUIRE(esp::extents{3} == esp::extents{3, 3, 3});
  STATIC_REQUIRE(esp::extents{}.volume() == 0);
  STATIC_REQUIRE(esp::extents{1, 3, 5}.volume() == 15);
  STATIC_REQUIRE(esp::extents{4, 3, 5}.smallest() == 3);
  STATIC_REQUIRE(esp::extents{1, 3, 5}.smallest() == 1);
  STATIC_REQUIRE(esp::extents{4, 3, 2}.smallest() == 2);
}

TEST_CASE("extents keep more than 32 bits and a sign") {
  STATIC_REQUIRE(esp::extents{1 << 12, 1 << 12, 1 << 12}.volume() == esp::index_t{1} << 36);
  STATIC_REQUIRE(esp::extents{-1, 3, 3}.smallest() == -1);
  STATIC_REQUIRE(std::is_signed_v<esp::index_t>);
}

TEST_CASE("taps are numbered in row-major order, width fastest") {
  constexpr esp::extents kernel{2, 3, 4};
  esp::index_t tap = 0;
  for (esp::index_t d = 0; d < 2; ++d) {
    for (esp::index_t h = 0; h < 3; ++h) {
      for (esp::index_t w = 0; w < 4; ++w) REQUIRE(esp::tap_at(tap++, kernel) == esp::tap_index{d, h, w});
    }
  }
}

TEST_CASE("a weight's shape counts blocks and elements") {
  constexpr esp::weight_shape shape{.out = 8, .in = 4, .kernel = {1, 3, 5}};
  STATIC_REQUIRE(shape.blocks() == 32);
  STATIC_REQUIRE(shape.size() == 480);
  STATIC_REQUIRE(shape != esp::weight_shape{.out = 4, .in = 8, .kernel = {1, 3, 5}});
}
