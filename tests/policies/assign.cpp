// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/on.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::of, blocks::three;

TEST_CASE("assign sets every tap") {
  STATIC_REQUIRE(of<esp::assign<-2.5>>(1, 2, 3) == three{-2.5, -2.5, -2.5});
  REQUIRE(of<esp::assign<4>>(blocks::not_a_number, 2, 3) == three{4, 4, 4});
  STATIC_REQUIRE(of<esp::assign<esp::param<"v">>>(1, 2, 3, 7) == three{7, 7, 7});
}

TEST_CASE("assign on a region leaves the other taps") {
  constexpr auto middle = esp::on<esp::center_tap>(esp::assign<0>);
  STATIC_REQUIRE(of<middle>(1, 2, 3) == three{1, 0, 3});
  STATIC_REQUIRE(esp::establishes<middle, esp::center_is<0>>);
  STATIC_REQUIRE(!esp::establishes<middle, esp::tap_is<0, 0, 0, 0>>);
}

TEST_CASE("assign is named with its value") {
  STATIC_REQUIRE(esp::policy_name<esp::assign_t<-1>>() == "assign<-1>");
  STATIC_REQUIRE(esp::policy_name<esp::assign_t<esp::param<"v">>>() == "assign<param<\"v\">>");
}
