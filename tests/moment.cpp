// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/moment.hpp>

#include "support/catch.hpp"

using esp::moment, esp::scope;

TEST_CASE("a pass has four moments, the passes follow each other", "[moment]") {
  constexpr moment in_order[] = {{},  {0, scope::block}, {0, scope::filter}, {0, scope::whole},
                                 {1}, {1, scope::block}, {1, scope::filter}, {1, scope::whole}};
  for (const moment& a : in_order) {
    for (const moment& b : in_order) {
      REQUIRE((a < b) == (&a < &b));
      REQUIRE((a == b) == (&a == &b));
    }
  }
}

TEST_CASE("a per-tap value waits for the next pass", "[moment]") {
  STATIC_REQUIRE(esp::next_pass({}) == moment{});
  STATIC_REQUIRE(esp::next_pass({0, scope::block}) == moment{1});
  STATIC_REQUIRE(esp::next_pass({0, scope::whole}) == moment{1});
  STATIC_REQUIRE(esp::next_pass({1}) == moment{1});
}
