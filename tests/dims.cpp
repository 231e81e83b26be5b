// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/dims.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

TEST_CASE("elements are counted without overflow", "[conv]") {
  REQUIRE(esp::count_of({2, 3, 4, 5, 6}) == 720);
  REQUIRE(esp::count_of({2, 0, 4, 5, 6}) == 0);
  REQUIRE(esp::to_string(esp::dims5{2, 3, 4, 5, 6}) == "(2, 3, 4, 5, 6)");
}

TEST_CASE("a shape is made of integers of any types", "[conv]") {
  const std::size_t n = 2;
  const int c = 3;
  const unsigned short w = 6;
  STATIC_REQUIRE(esp::make_dims(2, 3U, 4LL, std::size_t{5}, short{6}) == esp::dims5{2, 3, 4, 5, 6});
  REQUIRE(esp::make_dims(n, c, 4, 5, w) == esp::dims5{2, 3, 4, 5, 6});
  REQUIRE(esp::make_dims(n, -c, 4, 5, w).c == -3);
  try {
    static_cast<void>(esp::make_dims(n, c, 4, 5, std::numeric_limits<std::size_t>::max()));
    FAIL("accepted");
  } catch (const esp::error& e) {
    REQUIRE(e.id() == std::string("ESP-103"));
    REQUIRE(std::string(e.what()).find("18446744073709551615") != std::string::npos);
  }
}
