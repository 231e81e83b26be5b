// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::nine, blocks::of, blocks::three;
using esp::axis, esp::causal, esp::causal_taps;

TEST_CASE("taps ahead of the middle become zero") {
  STATIC_REQUIRE(of<causal<axis::width>>(1, 2, 3) == three{1, 2, 0});
  STATIC_REQUIRE(of<causal<axis::depth>>(1, 2, 3) == three{1, 2, 3});
  constexpr nine block{1, 2, 3, 4, 5, 6, 7, 8, 9};
  STATIC_REQUIRE(esp::evaluate<causal<axis::height>, blocks::plane>(block) == nine{1, 2, 3, 4, 5, 6});
  STATIC_REQUIRE(esp::evaluate<causal<axis::height, axis::width>, blocks::plane>(block) == nine{1, 2, 0, 4, 5});
}

TEST_CASE("the middle of an even kernel is what same padding makes it") {
  using two = std::array<double, 2>;
  STATIC_REQUIRE(esp::evaluate<causal<axis::width>, esp::extents{1, 1, 2}>(two{1, 2}) == two{1, 0});
  using four = std::array<double, 4>;
  STATIC_REQUIRE(esp::evaluate<causal<axis::depth>, esp::extents{4, 1, 1}>(four{1, 2, 3, 4}) == four{1, 2});
}

TEST_CASE("a NaN that is masked is gone, and reaches no other tap") {
  constexpr three block = of<causal<axis::width>>(blocks::not_a_number, 2, blocks::not_a_number);
  REQUIRE(std::isnan(block[0]));
  REQUIRE(block[1] == 2);
  REQUIRE(block[2] == 0);
}

TEST_CASE("what causal establishes") {
  constexpr auto in_time = causal<axis::depth>;
  STATIC_REQUIRE(esp::establishes<in_time, esp::support<causal_taps<axis::depth>>>);
  STATIC_REQUIRE(!esp::establishes<in_time, esp::support<causal_taps<axis::height>>>);
  STATIC_REQUIRE(esp::establishes<(causal<axis::depth, axis::width>), esp::support<causal_taps<axis::width>>>);
  STATIC_REQUIRE(esp::establishes<in_time, esp::tap_is<2, 1, 1, 0>>);
  STATIC_REQUIRE(!esp::establishes<in_time, esp::tap_is<1, 1, 1, 0>>);
  STATIC_REQUIRE(esp::establishes<(in_time >> esp::modes::unit_l2), esp::support<causal_taps<axis::depth>>>);
  STATIC_REQUIRE(!esp::establishes<(in_time >> esp::modes::zero_mean), esp::support<causal_taps<axis::depth>>>);
  constexpr auto centred = esp::on<causal_taps<axis::depth>>(esp::modes::zero_mean) >> in_time;
  STATIC_REQUIRE(esp::establishes<centred, esp::support<causal_taps<axis::depth>>>);
  STATIC_REQUIRE(esp::establishes<centred, esp::zero_sum>);
}

TEST_CASE("which axes causal takes") {
  STATIC_REQUIRE(esp::DistinctAxes<axis::depth, axis::height, axis::width>);
  STATIC_REQUIRE(!esp::DistinctAxes<>);
  STATIC_REQUIRE(!esp::DistinctAxes<axis::depth, axis::depth>);
  STATIC_REQUIRE(!esp::DistinctAxes<0>);
  STATIC_REQUIRE(esp::policy_name<esp::causal_t<axis::depth, axis::width>>() == "causal<axis::depth, axis::width>");
}
