// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/digits.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("the digits of a number are blocks of the axes, the first axis fastest", "[conv]") {
  // Blocks of 4 along 10, of 2 along 4, and a base of 3: 3 * 2 * 3 numbers.
  index_t number = 0;
  for (index_t n = 0; n < 2; ++n)
    for (index_t g = 0; g < 3; ++g)
      for (index_t row = 0; row < 4; row += 2)
        for (index_t column = 0; column < 10; column += 4, ++number) {
          esp::detail::digits left(number);
          const esp::detail::axis_block w = left.take(10, 4), h = left.take(4, 2);
          REQUIRE((w.first == column && w.count == (column == 8 ? 2 : 4)));
          REQUIRE((h.first == row && h.count == 2));
          REQUIRE(left.take(3) == g);
          REQUIRE(left.last() == n);
        }
}

TEST_CASE("an axis that is one block takes no digit", "[conv]") {
  constexpr auto read = [](index_t number) {
    esp::detail::digits left(number);
    const esp::detail::axis_block all = left.take(5, 8);
    return all.first == 0 && all.count == 5 && left.take(1) == 0 && left.last() == number;
  };
  static_assert(read(0) && read(7));
  SUCCEED("decided by the compiler");
}
