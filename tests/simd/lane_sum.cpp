// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/lane_sum.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("lanes are summed as a balanced tree", "[simd]", float, double) {
  TestType values[esp::lanes<TestType>];
  TestType expected = 0;
  for (esp::index_t i = 0; i < esp::lanes<TestType>; ++i) {
    values[i] = static_cast<TestType>(i * i - 3);
    expected += values[i];
  }
  REQUIRE(esp::simd::lane_sum(values) == expected);
}
