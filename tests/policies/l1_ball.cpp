// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/l1_ball.hpp>
// The header under test stands alone above.
#include <algorithm>
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/clamp.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"
#include "support/nearest.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("l1_ball moves taps towards zero, and no further") {
  STATIC_REQUIRE(of<esp::l1_ball<1>>(0.5, -1, 0.25) == three{0.25, -0.75, 0});
  STATIC_REQUIRE(of<esp::l1_ball<3>>(2, -4, 0) == three{0.5, -2.5, 0});
  STATIC_REQUIRE(of<esp::l1_ball<esp::param<"c">>>(2, -4, 0, 3.0) == three{0.5, -2.5, 0});
  STATIC_REQUIRE(of<esp::l1_ball<2>>(1e300, -1e300, 3) == three{1, -1, 0});
}

TEST_CASE("a block within the l1 ball stays, bit for bit") {
  STATIC_REQUIRE(of<esp::l1_ball<1>>(0.1, -0.2, 0.3) == three{0.1, -0.2, 0.3});
  STATIC_REQUIRE(of<esp::l1_ball<1>>(0, 0, 0) == three{});
  STATIC_REQUIRE(of<esp::l1_ball<1>>(-0.5, 0.25, 0.25) == three{-0.5, 0.25, 0.25});
}

TEST_CASE("l1_ball is the projection: no drawn point of the set is nearer", "[nearest]") {
  const auto feasible = [](nearest::block q) {
    double sum = 0;
    for (const double v : q) sum += std::fabs(v);
    for (double& v : q) v *= std::min(1.0, 2 / sum);
    return q;
  };
  REQUIRE(nearest::nearer_points<esp::l1_ball<2>>(feasible) == 0);
  REQUIRE(nearest::change_of_second_run<esp::l1_ball<2>>(2) <= 2);
  REQUIRE(nearest::error_of_gradient<esp::l1_ball<2>>() < 1e-6);
}

TEST_CASE("a NaN weight makes the block NaN under l1_ball") {
  for (double v : of<esp::l1_ball<1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("what l1_ball establishes") {
  STATIC_REQUIRE(esp::establishes<esp::l1_ball<2>, esp::l1_at_most<2>>);
  STATIC_REQUIRE(esp::establishes<esp::l1_ball<2>, esp::l2_at_most<2>>);
  STATIC_REQUIRE(esp::establishes<esp::l1_ball<2>, esp::bounds<-2, 2>>);
  STATIC_REQUIRE(!esp::establishes<esp::l1_ball<2>, esp::l1_is<2>>);
  STATIC_REQUIRE(!esp::establishes<esp::l1_ball<2>, esp::l1_at_most<1.5>>);
  STATIC_REQUIRE(!esp::establishes<esp::l1_ball<esp::param<"c">>, esp::l1_at_most<2>>);
  constexpr auto positive = esp::clamp<0> >> esp::l1_ball<2>;
  STATIC_REQUIRE(esp::establishes<positive, esp::l1_at_most<2>>);
  STATIC_REQUIRE(esp::policy_name<esp::l1_ball_t<2>>() == "l1_ball<2>");
}
