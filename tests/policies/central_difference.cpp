// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/central_difference.hpp>
#include <limits>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using nine = blocks::nine;
constexpr esp::extents kernel{3, 1, 3};
constexpr nine block{1, 2, 3, 10, 20, 30, 4, 5, 6};

}  // namespace

TEST_CASE("the centre loses a share of the outer planes' sum") {
  STATIC_REQUIRE(esp::evaluate<esp::central_difference<0.5>, kernel>(block) == nine{1, 2, 3, 10, 9.5, 30, 4, 5, 6});
  STATIC_REQUIRE(esp::evaluate<esp::central_difference<0>, kernel>(block) == block);
  STATIC_REQUIRE(esp::evaluate<esp::central_difference<esp::param<"theta">>, kernel>(block, 0.5) ==
                 nine{1, 2, 3, 10, 9.5, 30, 4, 5, 6});
}

TEST_CASE("all planes but the middle one are outer ones") {
  using five = std::array<double, 5>;
  STATIC_REQUIRE(esp::evaluate<esp::central_difference<1>, esp::extents{5, 1, 1}>(five{1, 2, 10, 3, 4}) ==
                 five{1, 2, 0, 3, 4});
}

TEST_CASE("of a kernel that sums to zero in its middle plane, the whole difference leaves a sum of zero") {
  constexpr auto prior = esp::on<esp::neighbors>([](auto w) { return 0.5 * w; }) >> esp::central_difference<0>;
  STATIC_REQUIRE(!esp::establishes<prior, esp::zero_sum>);
  constexpr auto only_centre = esp::central_difference<1> >> esp::on<esp::neighbors>(esp::assign<0>);
  STATIC_REQUIRE(esp::establishes<only_centre, esp::support<esp::center_tap>>);
}

TEST_CASE("which shares central_difference takes") {
  STATIC_REQUIRE(esp::FiniteArgument<0.6>);
  STATIC_REQUIRE(!esp::FiniteArgument<std::numeric_limits<double>::infinity()>);
  STATIC_REQUIRE(esp::policy_name<esp::central_difference_t<0.6>>() == "central_difference<0.6>");
  using f = esp::formula<esp::central_difference_t<esp::param<"theta">>>;
  STATIC_REQUIRE(f::value.requirements[0].id == "ESP-234");
}
