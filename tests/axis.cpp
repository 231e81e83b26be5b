// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/axis.hpp>

#include "support/catch.hpp"

TEST_CASE("axes name the indices of a tap and the extents of a kernel", "[axis]") {
  constexpr esp::tap_index t{1, 2, 3};
  constexpr esp::extents k{4, 5, 6};
  STATIC_REQUIRE(esp::along(t, esp::axis::depth) == 1);
  STATIC_REQUIRE(esp::along(t, esp::axis::height) == 2);
  STATIC_REQUIRE(esp::along(t, esp::axis::width) == 3);
  STATIC_REQUIRE(esp::along(k, esp::axis::depth) == 4);
  STATIC_REQUIRE(esp::along(k, esp::axis::height) == 5);
  STATIC_REQUIRE(esp::along(k, esp::axis::width) == 6);
}
