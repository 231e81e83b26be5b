// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/shift.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("shift adds the same to every tap") {
  STATIC_REQUIRE(of<esp::shift<3>>(1, 2, 6) == three{-1, 0, 4});
  STATIC_REQUIRE(of<esp::shift<0>>(1, 2, 6) == three{-2, -1, 3});
  STATIC_REQUIRE(of<esp::shift<-6>>(0, 0, 0) == three{-2, -2, -2});
}

TEST_CASE("a block whose sum is zero is shifted like any other") {
  STATIC_REQUIRE(of<esp::modes::shifted_sum_to_one>(1e-12, -1e-12, 0)[0] < 0.34);
  STATIC_REQUIRE(of<esp::modes::sum_to_one>(1e-12, -1e-12, 1e-30)[0] >
                 0.9);  // the reference's map grows: 1e-12 / 1e-12
  constexpr three block = of<esp::on<esp::neighbors>(esp::shift<1>)>(0.5, 7, -0.5);
  STATIC_REQUIRE(block == three{1, 7, 0});
  STATIC_REQUIRE(of<esp::modes::shifted_fixed_center<>>(0.5, 7, -0.5) == three{1, -1, 0});
}

TEST_CASE("what scaling makes of a shifted block is the block") {
  constexpr three shifted = of<esp::modes::shifted_fixed_center<-1, 2>>(0.25, 7, -0.25);
  STATIC_REQUIRE(shifted == three{1.25, -1, 0.75});
  constexpr three scaled = of<esp::modes::fixed_center<-1, 2>>(shifted[0], shifted[1], shifted[2]);
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(std::fabs(scaled[i] - shifted[i]) < 1e-11);
}

TEST_CASE("a NaN weight makes the block NaN under shift") {
  for (double v : of<esp::shift<1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what shift establishes") {
  STATIC_REQUIRE(esp::establishes<esp::shift<2>, esp::sum_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::shift<0>, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<esp::shift<2>, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<esp::per_filter(esp::shift<2>), esp::per_filter(esp::sum_is<2>)>);
  STATIC_REQUIRE(esp::establishes<esp::modes::shifted_sum_to_one, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<esp::modes::shifted_fixed_center<>, esp::zero_sum>);
  STATIC_REQUIRE(esp::establishes<esp::modes::shifted_fixed_center<-2, 5>, esp::center_is<-2>>);
  STATIC_REQUIRE(esp::policy_name<esp::shift_t<1>>() == "shift<1>");
}
