// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/exact_sum.hpp>
// The header under test stands alone above.
#include "support/catch.hpp"

using esp::exact_sum;

namespace {

constexpr exact_sum sum_of(auto... x) {
  exact_sum result;
  ((result += x), ...);
  return result;
}

}  // namespace

TEST_CASE("nothing is lost in a sum") {
  STATIC_REQUIRE(sum_of(1.0, 0x1p-200, -1.0).nearest() == 0x1p-200);
  STATIC_REQUIRE(sum_of(0.1, 0.2, -0.3).nearest() == 0x1p-55);  // as doubles these are no tenths
  STATIC_REQUIRE(sum_of(0x1p100, 1.0, -0x1p100, -1.0).is_zero());
  STATIC_REQUIRE(sum_of(1.0, 0x1p-60).parts().size() == 2);
  STATIC_REQUIRE(sum_of(3.0, 4.0).parts().size() == 1);
  STATIC_REQUIRE(exact_sum().is_zero());
}

TEST_CASE("nothing is lost in a product") {
  constexpr exact_sum third = 1.0 / 3;
  STATIC_REQUIRE((third * third).parts().size() == 2);
  STATIC_REQUIRE((third * exact_sum(3.0) + -exact_sum(1.0)).nearest() == -0x1p-54);
  STATIC_REQUIRE((sum_of(1.0, 0x1p-60) * sum_of(1.0, -0x1p-60) + -exact_sum(1.0)).nearest() == -0x1p-120);
}

TEST_CASE("a sum is rounded once") {
  STATIC_REQUIRE(sum_of(1.0, 0x1p-53, 0x1p-80).nearest() == 1 + 0x1p-52);
  STATIC_REQUIRE(sum_of(1.0, 0x1p-53, -0x1p-80).nearest() == 1);
}

TEST_CASE("what leaves the range is lost, and stays so") {
  STATIC_REQUIRE(exact_sum(0x1p500).lost());
  STATIC_REQUIRE(exact_sum(0x1p-500).lost());
  STATIC_REQUIRE(exact_sum(0.0).is_zero());
  STATIC_REQUIRE((exact_sum(0x1p300) * exact_sum(0x1p300)).lost());
  STATIC_REQUIRE(sum_of(0x1p500, 1.0).lost());
  STATIC_REQUIRE(!exact_sum(0x1p500).is_zero());
}
