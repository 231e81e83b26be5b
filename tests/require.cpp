// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/require.hpp>

#include "support/catch.hpp"

namespace modes = esp::modes;

TEST_CASE("require holds where establishes does", "[require]") {
  STATIC_REQUIRE(esp::require<modes::unit_l2, esp::l2_is<1>, esp::bounds<-1, 1>>);
  STATIC_REQUIRE(esp::require<modes::zero_mean, esp::zero_sum>);
  STATIC_REQUIRE(esp::require_on<esp::extents{1, 3, 3}, modes::zero_mean, esp::zero_sum>);
  STATIC_REQUIRE(esp::require<modes::none>);
}

TEST_CASE("A fact is printed as explanations print what is proved", "[require]") {
  REQUIRE(esp::fact_text(esp::zero_sum) == "sum = 0");
  REQUIRE(esp::fact_text(esp::per_filter(esp::l2_at_most<2>)) == "l2 norm of a filter <= 2");
  REQUIRE(esp::fact_text(esp::whole_weight(esp::l2_is<1>)) == "l2 norm of the whole weight = 1");
  REQUIRE(esp::fact_text(esp::nonnegative) == "w >= 0");
  REQUIRE(esp::fact_text(esp::bounds<-1, 1>) == "-1 <= w <= 1");
  REQUIRE(esp::fact_text(esp::tap_is<0, 1, 2, 3>) == "tap<0, 1, 2> = 3");
  REQUIRE(esp::fact_text(esp::center_is<-1>) == "center_tap = -1");
}
