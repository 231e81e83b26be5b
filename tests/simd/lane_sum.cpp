// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/lane_sum.hpp>
#include <vector>

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

TEMPLATE_TEST_CASE("many registers are summed as one is", "[simd]", float, double) {
  using T = TestType;
  for (esp::index_t count = 0; count <= 3 * esp::lanes<T> + 1; ++count) {
    std::vector<T> values(static_cast<std::size_t>(count * esp::lanes<T>)), expected;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = T(1) / static_cast<T>(i + 3);
    for (esp::index_t i = 0; i < count; ++i) expected.push_back(esp::simd::lane_sum(values.data() + i * esp::lanes<T>));
    esp::simd::sum_registers(values.data(), count);
    values.resize(static_cast<std::size_t>(count));
    REQUIRE(values == expected);
  }
}
