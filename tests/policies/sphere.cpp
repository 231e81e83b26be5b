// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/sphere.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/facts.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("sphere scales to its radius, whatever the block's size") {
  STATIC_REQUIRE(near(of<esp::sphere<3>>(2, -1, 2), {2, -1, 2}));
  STATIC_REQUIRE(near(of<esp::sphere<3>>(2e-200, -1e-200, 2e-200), {2, -1, 2}));
  STATIC_REQUIRE(near(of<esp::sphere<esp::param<"r">>>(0, 4, -3, 1.0), {0, 0.8, -0.6}));
}

TEST_CASE("what sphere makes of a block of zeros is said") {
  const double third = std::sqrt(1.0 / 3);
  REQUIRE(near(of<esp::sphere<2>>(0, 0, 0), {2 * third, 2 * third, 2 * third}));
  STATIC_REQUIRE(of<esp::sphere<2, esp::zero_block::keep>>(0, 0, 0) == three{});
  for (double v : of<esp::sphere<2, esp::zero_block::not_a_number>>(0, 0, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("sphere is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    const double norm = nearest::distance(q.data(), nearest::block{}.data());
    for (double& v : q) v *= 2 / norm;
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::sphere<2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::sphere<2>>(2) <= 2);
  REQUIRE(nearest::error_of_gradient<esp::sphere<2>>() < 1e-5);
}

TEST_CASE("the gradient at a block of zeros is none, or passes where the block is kept") {
  std::vector<double> zeros(static_cast<std::size_t>(nearest::shape.size())), ones = zeros;
  for (double& v : ones) v = 1;
  for (double v : nearest::swept<esp::sphere<2>, true>(zeros, ones)) REQUIRE(v == 0);
  for (double v : nearest::swept<esp::sphere<2, esp::zero_block::keep>, true>(zeros, ones)) REQUIRE(v == 1);
}

TEST_CASE("a NaN weight makes the block NaN under sphere") {
  for (double v : of<esp::sphere<1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
  for (double v : of<esp::sphere<1, esp::zero_block::keep>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what sphere establishes") {
  STATIC_REQUIRE(esp::establishes<esp::sphere<2>, esp::l2_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::sphere<2>, esp::bounds<-2, 2>>);
  STATIC_REQUIRE(!esp::establishes<esp::sphere<2>, esp::l2_is<1>>);
  STATIC_REQUIRE(esp::establishes<esp::sphere<2, esp::zero_block::not_a_number>, esp::l2_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::sphere<2, esp::zero_block::keep>, esp::l2_at_most<2>>);
  STATIC_REQUIRE(!esp::establishes<esp::sphere<2, esp::zero_block::keep>, esp::l2_is<2>>);
  STATIC_REQUIRE(esp::policy_name<esp::sphere_t<2>>() == "sphere<2>");
  STATIC_REQUIRE(esp::policy_name<esp::sphere_t<2, esp::zero_block::keep>>() == "sphere<2, keep>");
}
