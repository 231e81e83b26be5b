// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/copy/look_ahead.hpp>

#include "support/catch.hpp"

TEST_CASE("looking ahead asks for every line once and then for none", "[conv]") {
  const float anything = 0;
  esp::look_ahead<float> a;
  a.some();
  REQUIRE(a.next == 0);
  a = {&anything, 1000, 100, 3, 5, 30, 4, 0};
  for (int call = 1; call <= 7; ++call) {
    a.some();
    REQUIRE(a.next == 4 * call);
  }
  a.some();
  REQUIRE(a.next == 30);
  a.some();
  REQUIRE(a.next == 30);
}
