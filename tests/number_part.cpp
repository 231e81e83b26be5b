// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/number_part.hpp>

#include "support/catch.hpp"

TEST_CASE("a formula sees a number where it is constant for the engine") {
  STATIC_REQUIRE(esp::scope_of(esp::per::weight) == esp::scope::whole);
  STATIC_REQUIRE(esp::scope_of(esp::per::filter) == esp::scope::filter);
  STATIC_REQUIRE(esp::scope_of(esp::per::block) == esp::scope::block);
  STATIC_REQUIRE(esp::scope_of(esp::per::input) == esp::scope::block);
}

TEST_CASE("a part is written as in a program") {
  STATIC_REQUIRE(esp::name_of(esp::per::weight) == "per::weight");
  STATIC_REQUIRE(esp::name_of(esp::per::filter) == "per::filter");
  STATIC_REQUIRE(esp::name_of(esp::per::input) == "per::input");
  STATIC_REQUIRE(esp::name_of(esp::per::block) == "per::block");
}
