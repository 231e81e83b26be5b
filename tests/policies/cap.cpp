// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/policies/cap.hpp>
#include <limits>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("a block above the bound is scaled to it") {
  STATIC_REQUIRE(near(of<esp::cap<esp::l2, 1.5>>(2, -1, 2), {1, -0.5, 1}));
  STATIC_REQUIRE(near(of<esp::cap<esp::l1, 2.5>>(2, -1, 2), {1, -0.5, 1}));
  STATIC_REQUIRE(near(of<esp::cap<esp::l2, esp::param<"c">>>(2, -1, 2, 1.5), {1, -0.5, 1}));
}

TEST_CASE("a block within the bound stays, bit for bit") {
  STATIC_REQUIRE(of<esp::cap<esp::l2, 3.5>>(2, -1, 2) == three{2, -1, 2});
  STATIC_REQUIRE(of<esp::cap<esp::l1, 5.5>>(0.1, -0.2, 0.3) == three{0.1, -0.2, 0.3});
  STATIC_REQUIRE(of<esp::cap<esp::l2, 1>>(0, 0, 0) == three{});
}

TEST_CASE("a NaN weight makes the block NaN under cap") {
  for (double v : of<esp::cap<esp::l2, 1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("which bounds and norms cap takes") {
  STATIC_REQUIRE(esp::PositiveBound<0.5>);
  STATIC_REQUIRE(esp::PositiveBound<esp::param<"c">>);
  STATIC_REQUIRE(!esp::PositiveBound<0>);
  STATIC_REQUIRE(!esp::PositiveBound<-1.0>);
  STATIC_REQUIRE(!esp::PositiveBound<std::numeric_limits<double>::quiet_NaN()>);
  STATIC_REQUIRE(esp::CappableNorm<esp::l1_t>);
  STATIC_REQUIRE(esp::CappableNorm<esp::l2_t>);
  STATIC_REQUIRE(!esp::CappableNorm<esp::sum_t>);
}

TEST_CASE("cap establishes its bound") {
  constexpr auto cap = esp::cap<esp::l2, 0.8>;
  STATIC_REQUIRE(esp::establishes<cap, esp::l2_at_most<0.8>>);
  STATIC_REQUIRE(esp::establishes<cap, esp::bounds<-0.8, 0.8>>);
  STATIC_REQUIRE(!esp::establishes<cap, esp::l2_at_most<0.7>>);
  STATIC_REQUIRE(esp::policy_name<esp::cap_t<esp::l2, 0.8>>() == "cap<l2, 0.8>");
}
