// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/clamp.hpp>
#include <espalier/policies/normalize.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::near, blocks::of, blocks::three;

TEST_CASE("normalize scales to a sum, an l1 norm or an l2 norm") {
  STATIC_REQUIRE(near(of<esp::normalize<esp::sum>>(1, -2, 5), {0.25, -0.5, 1.25}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::l1>>(1, -2, 5), {0.125, -0.25, 0.625}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::l2>>(2, -1, 2), {2.0 / 3, -1.0 / 3, 2.0 / 3}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::l2, 3>>(2, -1, 2), {2, -1, 2}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::sum, -4>>(1, -2, 5), {-1, 2, -5}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::sum, esp::param<"s">>>(1, -2, 5, 8), {2, -4, 10}));
}

TEST_CASE("a zero block stays zero, because eps keeps the divisor from it") {
  STATIC_REQUIRE(of<esp::normalize<esp::sum>>(0, 0, 0) == three{});
  STATIC_REQUIRE(of<esp::normalize<esp::l1>>(0, 0, 0) == three{});
  STATIC_REQUIRE(of<esp::normalize<esp::l2>>(0, 0, 0) == three{});
}

TEST_CASE("eps is added where the formula says") {
  STATIC_REQUIRE(near(of<esp::normalize<esp::sum>>(1e-12, 0, 0), {0.5, 0, 0}));
  STATIC_REQUIRE(near(of<esp::normalize<esp::l2>>(1e-6, 0, 0), {0.70710678118654752, 0, 0}));
}

TEST_CASE("a NaN weight makes the block NaN under normalize") {
  for (double v : of<esp::normalize<esp::l1>>(1, blocks::not_a_number, 0)) REQUIRE(std::isnan(v));
}

TEST_CASE("normalize establishes its target") {
  STATIC_REQUIRE(esp::establishes<esp::normalize<esp::sum, 2>, esp::sum_is<2>>);
  STATIC_REQUIRE(esp::establishes<esp::normalize<esp::l2, 2>, esp::l2_is<2>>);
  STATIC_REQUIRE(!esp::establishes<esp::normalize<esp::l2, 2>, esp::sum_is<2>>);
  STATIC_REQUIRE(!esp::establishes<esp::normalize<esp::l1>, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<(esp::clamp<0> >> esp::normalize<esp::l1>), esp::sum_is<1>>);
}

TEST_CASE("normalize is named with its norm, and its target if that is not 1") {
  STATIC_REQUIRE(esp::NormOfABlock<esp::sum_t>);
  STATIC_REQUIRE(!esp::NormOfABlock<esp::mean_t>);
  STATIC_REQUIRE(esp::policy_name<esp::normalize_t<esp::l1>>() == "normalize<l1>");
  STATIC_REQUIRE(esp::policy_name<esp::normalize_t<esp::sum, 0.5>>() == "normalize<sum, 0.5>");
}
