// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/arithmetic.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("blocks cover a size, and the last takes what is left", "[conv]") {
  using esp::detail::ceil_div, esp::detail::rest;
  for (index_t size = 0; size <= 40; ++size) {
    for (index_t block = 1; block <= 45; ++block) {
      index_t blocks = 0, covered = 0;
      for (index_t first = 0; first < size; first += block, ++blocks) {
        REQUIRE((rest(first, block, size) >= 1 && rest(first, block, size) <= block));
        covered += rest(first, block, size);
      }
      REQUIRE(covered == size);
      REQUIRE(blocks == ceil_div(size, block));
    }
  }
}

TEST_CASE("even blocks are as many as the largest would be, of whole units", "[conv]") {
  using esp::detail::ceil_div, esp::detail::even_block;
  for (index_t size = 1; size <= 60; ++size) {
    for (const index_t unit : {1, 2, 5, 8}) {
      for (index_t most = unit; most <= 70; ++most) {
        const index_t block = even_block(size, most, unit), whole = most / unit * unit;
        REQUIRE((block % unit == 0 && block <= whole));
        REQUIRE(ceil_div(size, block) == ceil_div(size, whole));
      }
    }
  }
  static_assert(esp::detail::even_block(10, 0) == 1 && esp::detail::even_block(10, 3, 4) == 4, "one unit at least");
}

TEST_CASE("an index is moved into its range", "[conv]") {
  using esp::detail::clamp_index;
  static_assert(clamp_index(-3, 1, 8) == 1 && clamp_index(5, 1, 8) == 5 && clamp_index(9, 1, 8) == 8);
  static_assert(clamp_index(5, 1, 0) == 0, "the upper end counts where there is no range");
  SUCCEED("decided by the compiler");
}
