// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/scope.hpp>
#include <string_view>

#include "support/catch.hpp"

TEST_CASE("scopes go from the finest to the coarsest") {
  using esp::scope;
  STATIC_REQUIRE(scope::tap < scope::block);
  STATIC_REQUIRE(scope::block < scope::filter);
  STATIC_REQUIRE(scope::filter < scope::whole);
  STATIC_REQUIRE(esp::coarser(scope::block, scope::whole) == scope::whole);
  STATIC_REQUIRE(esp::coarser(scope::filter, scope::tap) == scope::filter);
  STATIC_REQUIRE(esp::next_coarser(scope::tap) == scope::block);
  STATIC_REQUIRE(esp::next_coarser(scope::filter) == scope::whole);
  STATIC_REQUIRE(esp::next_coarser(scope::whole) > scope::whole);
}

TEST_CASE("the parts of each scope multiply to the weight's size") {
  constexpr esp::weight_shape shape{.out = 8, .in = 4, .kernel = {1, 3, 5}};
  STATIC_REQUIRE(esp::parts_per(esp::scope::block, shape) == 15);
  STATIC_REQUIRE(esp::parts_per(esp::scope::filter, shape) == 4);
  STATIC_REQUIRE(esp::parts_per(esp::scope::whole, shape) == 8);
}

TEST_CASE("a scope has the name that explanations print") {
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::tap)) == "tap");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::block)) == "block");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::filter)) == "filter");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::whole)) == "whole weight");
}
