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

TEST_CASE("require knows facts of sums of absolute values and of layers' weights", "[require]") {
  constexpr auto capped = esp::cap<esp::l1, 1>;
  STATIC_REQUIRE(esp::require<capped, esp::l1_at_most<1>, esp::bounds<-1, 1>, esp::l2_at_most<1>, esp::always_finite>);
  STATIC_REQUIRE(esp::require_on<esp::weight_shape{.out = 4, .in = 1, .kernel = 3}, capped, esp::lipschitz<2>>);
}
