// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/plan.hpp>
#include <espalier/policies/identity.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::of, blocks::three;

TEST_CASE("identity changes nothing") {
  STATIC_REQUIRE(of<esp::identity>(1, -2, 1e-310) == three{1, -2, 1e-310});
  REQUIRE(std::isnan(of<esp::identity>(1, blocks::not_a_number, 3)[1]));
  REQUIRE(std::signbit(of<esp::identity>(-0.0, 0, 0)[0]));
}

TEST_CASE("identity is one pass, establishes nothing and destroys nothing") {
  STATIC_REQUIRE(esp::plan<esp::formula<esp::identity_t>>::passes == 1);
  STATIC_REQUIRE(!esp::establishes<esp::identity, esp::bounds<-1e300, 1e300>>);
  STATIC_REQUIRE(esp::establishes<(esp::modes::zero_mean >> esp::identity), esp::zero_sum>);
  STATIC_REQUIRE(esp::formula<esp::to_policy_t<decltype(esp::identity >> esp::identity)>>::value.size == 1);
  STATIC_REQUIRE(esp::policy_name<esp::identity_t>() == "identity");
}
