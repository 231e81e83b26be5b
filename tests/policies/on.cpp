// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/on.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::near, blocks::nine, blocks::of, blocks::plane, blocks::three;

namespace {

constexpr auto first_row = esp::mask<[](esp::tap_index t) { return t.h == 0; }>;
constexpr auto first_column = esp::mask<[](esp::tap_index t) { return t.w == 0; }>;
constexpr nine count{1, 2, 3, 4, 5, 6, 7, 8, 9};

}  // namespace

TEST_CASE("the policy and its reductions see the region only") {
  STATIC_REQUIRE(of<esp::on<esp::neighbors>(esp::modes::zero_mean)>(1, 100, 5) == three{-2, 100, 2});
  STATIC_REQUIRE(near(of<esp::on<esp::center_tap>(esp::modes::sum_to_one)>(1, 100, 5), {1, 1, 5}));
  constexpr nine out = esp::evaluate<esp::on<first_row>(esp::modes::zero_mean), plane>(count);
  STATIC_REQUIRE(out == nine{-1, 0, 1, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("a region inside a region is their intersection") {
  constexpr auto corner = esp::on<first_row>(esp::on<first_column>([](auto w) { return w + esp::sum(w); }));
  constexpr nine out = esp::evaluate<corner, plane>(count);
  STATIC_REQUIRE(out == nine{2, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("on takes a pipeline or a lambda") {
  constexpr auto two_steps = esp::on<esp::neighbors>(esp::modes::nonneg >> esp::modes::zero_mean);
  STATIC_REQUIRE(of<two_steps>(-4, -7, 6) == three{-3, -7, 3});
  STATIC_REQUIRE(of<esp::on<esp::center_tap>([](auto w) { return -w; })>(1, 2, 3) == three{1, -2, 3});
}

TEST_CASE("later policies see the result of the whole block") {
  constexpr auto prior = esp::on<esp::center_tap>(esp::assign<0>) >> esp::modes::zero_mean;
  STATIC_REQUIRE(of<prior>(1, 100, 5) == three{-1, -2, 3});
}

TEST_CASE("facts hold for the taps of the region") {
  constexpr auto clamped = esp::on<esp::neighbors>(esp::clamp<0, 1>);
  STATIC_REQUIRE(!esp::establishes<clamped, esp::nonnegative>);
  constexpr auto filled = clamped >> esp::on<esp::center_tap>(esp::assign<3>);
  STATIC_REQUIRE(esp::establishes<filled, esp::bounds<0, 3>>);
  STATIC_REQUIRE(!esp::establishes<filled, esp::bounds<0, 1>>);
}

TEST_CASE("on is named with its region and its policy") {
  STATIC_REQUIRE(esp::policy_name<esp::on_t<esp::neighbors_t, esp::clamp_t<0>>>() == "on<neighbors>(clamp<0>)");
  STATIC_REQUIRE(esp::NamesARegion<esp::center_tap_t>);
  STATIC_REQUIRE(!esp::NamesARegion<esp::identity_t>);
}
