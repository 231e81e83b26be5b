// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/policies/subtract.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("subtract takes the reduction from each tap") {
  STATIC_REQUIRE(of<esp::subtract<esp::mean>>(1, 2, 6) == three{-2, -1, 3});
  STATIC_REQUIRE(of<esp::subtract<esp::sum>>(1, 2, 6) == three{-8, -7, -3});
  STATIC_REQUIRE(of<esp::subtract<esp::min>>(1, -2, 6) == three{3, 0, 8});
  STATIC_REQUIRE(of<esp::subtract<esp::max>>(1, -2, 6) == three{-5, -8, 0});
  STATIC_REQUIRE(of<esp::subtract<esp::l1>>(1, -2, 6) == three{-8, -11, -3});
  STATIC_REQUIRE(of<esp::subtract<esp::l2>>(2, -1, 2) == three{-1, -4, -1});
}

TEST_CASE("subtracting the mean twice is subtracting it once") {
  constexpr three once = of<esp::subtract<esp::mean>>(1, 2, 6);
  STATIC_REQUIRE(of<esp::subtract<esp::mean>>(once[0], once[1], once[2]) == once);
}

TEST_CASE("a NaN weight makes the block NaN under subtract") {
  for (double v : of<esp::subtract<esp::mean>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
  for (double v : of<esp::subtract<esp::max>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what subtract establishes and takes") {
  STATIC_REQUIRE(esp::establishes<esp::subtract<esp::mean>, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<esp::subtract<esp::sum>, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<esp::subtract<esp::max>, esp::zero_sum>);
  STATIC_REQUIRE(esp::ReductionOfABlock<esp::mean_t>);
  STATIC_REQUIRE(!esp::ReductionOfABlock<int>);
  STATIC_REQUIRE(esp::policy_name<esp::subtract_t<esp::mean>>() == "subtract<mean>");
}
