// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/simplex.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/assign.hpp>
#include <espalier/policies/on.hpp>
#include <limits>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("simplex moves all taps by one number and cuts at zero") {
  STATIC_REQUIRE(of<esp::simplex<>>(0.5, 1, 0.25) == three{0.25, 0.75, 0});
  STATIC_REQUIRE(of<esp::simplex<3>>(0, 0, 0) == three{1, 1, 1});
  STATIC_REQUIRE(near(of<esp::simplex<1>>(-8, -7.5, -7.75), {1.0 / 12, 7.0 / 12, 4.0 / 12}));
  STATIC_REQUIRE(near(of<esp::simplex<esp::param<"s">>>(0.5, 1, 0.25, 2.0), {7.0 / 12, 13.0 / 12, 4.0 / 12}));
}

TEST_CASE("the sum is exact however large the taps are") {
  STATIC_REQUIRE(of<esp::simplex<>>(1e300, -1e300, 1e300) == three{0.5, 0, 0.5});
  STATIC_REQUIRE(of<esp::simplex<0x1p-40>>(0x1p60, 0x1p60, 0) == three{0x1p-41, 0x1p-41, 0});
  STATIC_REQUIRE(near(of<esp::simplex<0x1p100>>(1, 2, 3), {0x1p100 / 3, 0x1p100 / 3, 0x1p100 / 3}, 0x1p50));
}

TEST_CASE("simplex is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    double sum = 0;
    for (double& v : q) sum += v = std::fabs(v);
    for (double& v : q) v *= 2 / sum;
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::simplex<2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::simplex<2>>(2) <= 2);
  REQUIRE(nearest::error_of_gradient<esp::simplex<2>>() < 1e-6);
}

TEST_CASE("a NaN weight makes the block NaN under simplex") {
  for (double v : of<esp::simplex<>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what simplex establishes") {
  STATIC_REQUIRE(esp::establishes<esp::simplex<2>, esp::sum_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::simplex<2>, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<esp::simplex<2>, esp::l1_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::simplex<2>, esp::l2_at_most<2>>);
  STATIC_REQUIRE(esp::establishes<esp::simplex<2>, esp::bounds<0, 2>>);
  STATIC_REQUIRE(!esp::establishes<esp::simplex<2>, esp::sum_is<1>>);
  STATIC_REQUIRE(!esp::establishes<esp::simplex<2>, esp::bounds<0, 1>>);
  STATIC_REQUIRE(!esp::establishes<esp::simplex<esp::param<"s">>, esp::sum_is<1>>);
  constexpr auto fixed = esp::on<esp::neighbors>(esp::simplex<>) >> esp::on<esp::center_tap>(esp::assign<-1>);
  STATIC_REQUIRE(esp::establishes<fixed, esp::zero_sum>);
  STATIC_REQUIRE(esp::establishes<fixed, esp::center_is<-1>>);
  STATIC_REQUIRE(!esp::establishes<esp::on<esp::neighbors>(esp::simplex<>), esp::sum_is<1>>);
  STATIC_REQUIRE(esp::policy_name<esp::simplex_t<2>>() == "simplex<2>");
}

TEST_CASE("which sizes a set may have") {
  STATIC_REQUIRE(esp::SizeOfASet<0.5>);
  STATIC_REQUIRE(esp::SizeOfASet<esp::param<"s">>);
  STATIC_REQUIRE(!esp::SizeOfASet<0>);
  STATIC_REQUIRE(!esp::SizeOfASet<-1>);
  STATIC_REQUIRE(!esp::SizeOfASet<std::numeric_limits<double>::infinity()>);
  STATIC_REQUIRE(!esp::SizeOfASet<std::numeric_limits<double>::quiet_NaN()>);
  STATIC_REQUIRE(!esp::SizeOfASet<esp::l1>);
  REQUIRE(esp::size_of_a_set::holds(2));
  REQUIRE_FALSE(esp::size_of_a_set::holds(0));
  REQUIRE_FALSE(esp::size_of_a_set::holds(std::numeric_limits<double>::infinity()));
}
