// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/l2_ball.hpp>
// The header under test stands alone above.
#include <algorithm>
#include <cmath>
#include <espalier/facts.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("l2_ball scales what is outside, whatever its size") {
  STATIC_REQUIRE(of<esp::l2_ball<1.5>>(2, -1, 2) == three{1, -0.5, 1});
  STATIC_REQUIRE(near(of<esp::l2_ball<1e-30>>(2e-20, -1e-20, 2e-20), {2e-30 / 3, -1e-30 / 3, 2e-30 / 3}, 1e-44));
  STATIC_REQUIRE(of<esp::l2_ball<1>>(0, 0, 0) == three{});
  STATIC_REQUIRE(of<esp::l2_ball<3.5>>(2, -1, 2) == three{2, -1, 2});
}

TEST_CASE("l2_ball is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    const double norm = nearest::distance(q.data(), nearest::block{}.data());
    for (double& v : q) v *= std::min(1.0, 2 / norm);
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::l2_ball<2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::l2_ball<2>>(2) <= 2);
  REQUIRE(nearest::error_of_gradient<esp::l2_ball<2>>() < 1e-6);
}

TEST_CASE("a NaN weight makes the block NaN under l2_ball") {
  for (double v : of<esp::l2_ball<1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what l2_ball establishes") {
  STATIC_REQUIRE(esp::establishes<esp::l2_ball<2>, esp::l2_at_most<2>>);
  STATIC_REQUIRE(esp::establishes<esp::l2_ball<2>, esp::bounds<-2, 2>>);
  STATIC_REQUIRE(!esp::establishes<esp::l2_ball<2>, esp::l2_is<2>>);
  STATIC_REQUIRE(esp::policy_name<esp::l2_ball_t<2>>() == "l2_ball<2>");
}
