// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/fact.hpp>

#include "support/catch.hpp"

using esp::fact_kind, esp::scope;

TEST_CASE("a fact is a value that a template argument can be", "[fact]") {
  STATIC_REQUIRE(esp::l1_is<2>.kind == fact_kind::l1_norm);
  STATIC_REQUIRE(esp::l1_is<2>.value == 2);
  STATIC_REQUIRE(esp::l1_at_most<0.5>.kind == fact_kind::l1_norm_at_most);
  STATIC_REQUIRE(esp::l1_at_most<0>.value == 0);
  STATIC_REQUIRE(esp::lipschitz<1>.kind == fact_kind::lipschitz);
  STATIC_REQUIRE(esp::always_finite.kind == fact_kind::finite);
  STATIC_REQUIRE(esp::bounds<-1, 2>.upper == 2);
  STATIC_REQUIRE(esp::center_is<3>.center);
  STATIC_REQUIRE(esp::tap_is<0, 1, 2, 3>.where == esp::tap_index{0, 1, 2});
}

TEST_CASE("a support holds its region", "[fact]") {
  STATIC_REQUIRE(esp::support<esp::center_tap>.region->contains({1, 1, 1}, 3));
  STATIC_REQUIRE(!esp::support<esp::center_tap>.region->contains({1, 1, 0}, 3));
  STATIC_REQUIRE(esp::support<esp::center_tap>.region->needs_center);
  constexpr auto first = esp::mask<[](esp::tap_index t) { return t.d == 0; }>;
  STATIC_REQUIRE(esp::support<first>.region->contains({0, 2, 1}, 3));
  STATIC_REQUIRE(!esp::support<first>.region->contains({1, 2, 1}, 3));
}

TEST_CASE("the same of an output channel and of the whole weight", "[fact]") {
  STATIC_REQUIRE(esp::per_filter(esp::l1_at_most<1>).reach == scope::filter);
  STATIC_REQUIRE(esp::whole_weight(esp::l1_is<1>).reach == scope::whole);
  STATIC_REQUIRE(esp::per_filter(esp::zero_sum).value == 0);
}
