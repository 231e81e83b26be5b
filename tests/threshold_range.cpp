// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/threshold_range.hpp>

#include "support/catch.hpp"

TEST_CASE("a threshold is at most its sum below the largest value") {
  const esp::value_range r = esp::range_of_threshold(esp::range_of_finite(), esp::range_of_constant(2));
  REQUIRE(r == esp::interval{-2, 0});
  REQUIRE(r.finite);
  REQUIRE_FALSE(r.nan);
  REQUIRE_FALSE(r.surely_nonpositive());
}

TEST_CASE("of a sum that may be negative or infinite nothing is known") {
  REQUIRE(esp::range_of_threshold(esp::range_of_finite(), esp::range_of_finite()) == esp::interval{});
  REQUIRE(esp::range_of_threshold(esp::range_of_finite(), esp::range_of_any()).nan);
  REQUIRE(esp::range_of_threshold(esp::range_of_any(), esp::range_of_constant(1)).nan);
  REQUIRE(esp::range_of_threshold(esp::range_of_any(), esp::range_of_constant(1)) == esp::interval{-1, 0});
}
