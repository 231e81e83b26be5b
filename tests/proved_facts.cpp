// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/modes.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/proved_facts.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using esp::cap, esp::l1;

template <auto Prior, esp::extents Kernel = 3>
std::string_view proved() {
  return esp::proved_of<
      esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 0, .in = 0, .kernel = Kernel}>>;
}

}  // namespace

TEST_CASE("A fact is printed as explanations print what is proved", "[proved_facts]") {
  REQUIRE(esp::fact_text(esp::zero_sum) == "sum = 0");
  REQUIRE(esp::fact_text(esp::per_filter(esp::l2_at_most<2>)) == "l2 norm of a filter <= 2");
  REQUIRE(esp::fact_text(esp::whole_weight(esp::l2_is<1>)) == "l2 norm of the whole weight = 1");
  REQUIRE(esp::fact_text(esp::nonnegative) == "w >= 0");
  REQUIRE(esp::fact_text(esp::bounds<-1, 1>) == "-1 <= w <= 1");
  REQUIRE(esp::fact_text(esp::tap_is<0, 1, 2, 3>) == "tap<0, 1, 2> = 3");
  REQUIRE(esp::fact_text(esp::center_is<-1>) == "center_tap = -1");
  REQUIRE(esp::fact_text(esp::l1_is<1>) == "l1 norm = 1");
  REQUIRE(esp::fact_text(esp::whole_weight(esp::l1_at_most<0.5>)) == "l1 norm of the whole weight <= 0.5");
  REQUIRE(esp::fact_text(esp::lipschitz<2>) == "lipschitz <= 2");
  REQUIRE(esp::fact_text(esp::always_finite) == "finite");
  REQUIRE(esp::fact_text(esp::support<esp::center_tap>) == "support: center_tap");
}

TEST_CASE("sums of absolute values are told where no sum and sign say them", "[proved_facts]") {
  REQUIRE(proved<esp::normalize<l1>>() == "l1 norm = 1; -1 <= w <= 1");
  REQUIRE(proved<cap<l1, 2>>() == "l1 norm <= 2; -2 <= w <= 2");
  REQUIRE(proved<(modes::nonneg >> cap<l1, 1>)>() == "l1 norm <= 1; 0 <= w <= 1");
  REQUIRE(proved<modes::nonneg_sum1>() == "sum = 1; 0 <= w <= 1");
  REQUIRE(proved<esp::per_filter(cap<l1, 1>)>() == "l1 norm of a filter <= 1");
  REQUIRE(proved<esp::whole_weight(esp::normalize<l1>)>() == "l1 norm of the whole weight = 1");
  REQUIRE(proved<modes::unit_l2>() == "l2 norm = 1; -1 <= w <= 1");
  REQUIRE(proved<(modes::unit_l2 >> modes::nonneg)>() == "l2 norm <= 1; 0 <= w <= 1");
}

TEST_CASE("a support is told where some taps are zero, and not all", "[proved_facts]") {
  REQUIRE(proved<esp::on<esp::center_tap>(esp::assign<0>)>() == "center_tap = 0; support: all but (1, 1, 1)");
  REQUIRE(proved<esp::on<esp::neighbors>(esp::assign<0>)>() == "neighbors = 0; support: d = 1, h = 1, w = 1");
  REQUIRE(proved<(esp::on<esp::center_tap>(esp::assign<0>)), esp::extents{1, 1, 3}>() ==
          "center_tap = 0; support: w = 0 or 2");
  REQUIRE(proved<esp::assign<0>>().find("support") == std::string_view::npos);
  REQUIRE(proved<esp::masked<'A'>, esp::extents{1, 1, 3}>() == "elsewhere = 0; support: w = 0");
  REQUIRE(proved<esp::on<esp::center_tap>(esp::assign<1>)>() == "center_tap = 1");
  REQUIRE(proved<modes::none>() == "nothing that is proved");
}

TEST_CASE("the symmetries that a formula speaks of are told where they are proved", "[proved_facts]") {
  constexpr auto sides = esp::symmetric<esp::mirror<esp::axis::width>>;
  constexpr auto all_ways = esp::symmetric<esp::cube_group>;
  constexpr auto corner = esp::on<esp::tap<0, 0, 0>>(esp::assign<0>);
  REQUIRE(proved<sides, esp::extents{1, 1, 3}>() == "symmetric: mirror(aba/cdc/efe ghg/iji/klk mnm/opo/qrq)");
  REQUIRE(proved<(all_ways >> modes::zero_mean)>() == "sum = 0; symmetric: cube_group");
  REQUIRE(proved<esp::symmetric<esp::point_reflection>>() == "symmetric: point_reflection");
  REQUIRE(proved<esp::antisymmetric<esp::axis::width>>() ==
          "sum = 0; antisymmetric: mirror(aba/cdc/efe ghg/iji/klk mnm/opo/qrq)");
  REQUIRE(proved<(all_ways >> corner)>().find("symmetric") == std::string_view::npos);
}
