// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/policies/clamp.hpp>
#include <limits>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::of, blocks::three;
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST_CASE("clamp limits each tap") {
  STATIC_REQUIRE(of<esp::clamp<0>>(-1, 2, 1e300) == three{0, 2, 1e300});
  STATIC_REQUIRE(of<esp::clamp<-1, 1>>(-3, 0.25, 3) == three{-1, 0.25, 1});
  STATIC_REQUIRE(of<esp::clamp<2, 2>>(-3, 2, 3) == three{2, 2, 2});
  STATIC_REQUIRE(of<esp::clamp<-1, 1>>(-infinity, infinity, 0) == three{-1, 1, 0});
  STATIC_REQUIRE(of<esp::clamp<esp::param<"lo">, esp::param<"hi">>>(-3, 0, 3, -2, 1) == three{-2, 0, 1});
}

TEST_CASE("a NaN weight stays NaN, and only that one") {
  const three out = of<esp::clamp<-1, 1>>(blocks::not_a_number, 5, -5);
  REQUIRE(std::isnan(out[0]));
  REQUIRE(out[1] == 1);
  REQUIRE(out[2] == -1);
}

TEST_CASE("which bounds clamp takes") {
  STATIC_REQUIRE(esp::OrderedBounds<0, 1>);
  STATIC_REQUIRE(esp::OrderedBounds<1, 1.0>);
  STATIC_REQUIRE(esp::OrderedBounds<0, esp::unbounded>);
  STATIC_REQUIRE(esp::OrderedBounds<esp::param<"lo">, 0>);
  STATIC_REQUIRE(!esp::OrderedBounds<1, 0>);
  STATIC_REQUIRE(!esp::OrderedBounds<0, -0.5>);
  STATIC_REQUIRE(!esp::OrderedBounds<std::numeric_limits<double>::quiet_NaN(), 1>);
}

TEST_CASE("clamp establishes its bounds") {
  STATIC_REQUIRE(esp::establishes<esp::clamp<0>, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<esp::clamp<-1, 0.5>, esp::bounds<-1, 0.5>>);
  STATIC_REQUIRE(esp::establishes<esp::clamp<-1, 0.5>, esp::bounds<-2, 2>>);
  STATIC_REQUIRE(!esp::establishes<esp::clamp<-1, 0.5>, esp::bounds<-1, 0.4>>);
  STATIC_REQUIRE(!esp::establishes<esp::clamp<-1>, esp::nonnegative>);
}

TEST_CASE("clamp is named with its bounds") {
  STATIC_REQUIRE(esp::policy_name<esp::clamp_t<0>>() == "clamp<0>");
  STATIC_REQUIRE(esp::policy_name<esp::clamp_t<-1, 0.5>>() == "clamp<-1, 0.5>");
}
