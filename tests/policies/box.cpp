// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/box.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::of, blocks::three;

TEST_CASE("a box is one over the number of its taps") {
  STATIC_REQUIRE(of<esp::box>(3, 4, 5) == three{1.0 / 3, 1.0 / 3, 1.0 / 3});
  STATIC_REQUIRE(esp::explain(esp::box).formula == "1 / 27");
}

TEST_CASE("what a box establishes") {
  STATIC_REQUIRE(esp::establishes<esp::box, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<esp::box, esp::l1_is<1>>);
  STATIC_REQUIRE(esp::establishes<esp::box, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<esp::box, esp::moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(esp::establishes<esp::box, esp::lipschitz<1>, esp::weight_shape{1, 1, 3}>);
  STATIC_REQUIRE(!esp::establishes<esp::box, esp::lipschitz<1>, esp::weight_shape{2, 1, 3}>);
}

TEST_CASE("within a region it is the mean of the region") {
  STATIC_REQUIRE(of<esp::on<esp::neighbors>(esp::box)>(3, 4, 5) == three{0.5, 4, 0.5});
}
