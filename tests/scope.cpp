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
}

TEST_CASE("filters and inputs cross in blocks, and the whole weight is made of either") {
  using esp::scope;
  STATIC_REQUIRE((!esp::covers(scope::filter, scope::input) && !esp::covers(scope::input, scope::filter)));
  STATIC_REQUIRE((esp::covers(scope::input, scope::block) && esp::covers(scope::whole, scope::input)));
  STATIC_REQUIRE(esp::coarser(scope::filter, scope::input) == scope::whole);
  STATIC_REQUIRE(esp::coarser(scope::input, scope::block) == scope::input);
  STATIC_REQUIRE(esp::finer(scope::input, scope::filter) == scope::block);
  STATIC_REQUIRE(esp::finer(scope::whole, scope::input) == scope::input);
  STATIC_REQUIRE(esp::finer(scope::input, scope::tap) == scope::tap);
}

TEST_CASE("a reduction goes one direction at a time") {
  using esp::scope;
  STATIC_REQUIRE(esp::next_direction(scope::tap, scope::input) == scope::block);
  STATIC_REQUIRE(esp::next_direction(scope::block, scope::input) == scope::input);
  STATIC_REQUIRE(esp::next_direction(scope::block, scope::whole) == scope::filter);
  STATIC_REQUIRE(esp::next_direction(scope::filter, scope::whole) == scope::input);
  STATIC_REQUIRE(esp::next_direction(scope::input, scope::whole) == scope::filter);
  STATIC_REQUIRE(esp::direction_of(scope::filter, scope::whole) == scope::input);
  STATIC_REQUIRE(esp::direction_of(scope::input, scope::whole) == scope::filter);
  STATIC_REQUIRE(esp::direction_of(scope::block, scope::input) == scope::input);
}

TEST_CASE("the parts of each scope multiply to the weight's size") {
  constexpr esp::weight_shape shape{.out = 8, .in = 4, .kernel = {1, 3, 5}};
  STATIC_REQUIRE(esp::parts_per(esp::scope::block, shape) == 15);
  STATIC_REQUIRE(esp::parts_per(esp::scope::filter, shape) == 4);
  STATIC_REQUIRE(esp::parts_per(esp::scope::input, shape) == 8);
  STATIC_REQUIRE(esp::parts_per(esp::scope::whole, shape) == 8);
}

TEST_CASE("a scope has the name that explanations print") {
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::tap)) == "tap");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::block)) == "block");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::filter)) == "filter");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::input)) == "input");
  STATIC_REQUIRE(std::string_view(esp::name_of(esp::scope::whole)) == "whole weight");
}
