// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/finite.hpp>
#include <limits>
#include <vector>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("one number that is not finite is found wherever it is", "[simd]", float, double) {
  using T = TestType;
  const auto count = [](const std::vector<T>& v) { return static_cast<esp::index_t>(v.size()); };
  for (std::size_t size = 0; size < 150; size += size < 5 ? 1 : 29) {
    std::vector<T> v(size, std::numeric_limits<T>::max());
    REQUIRE(esp::simd::all_finite(v.data(), count(v)));
    for (std::size_t i = 0; i < size; ++i) {
      for (const T bad : {std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                          std::numeric_limits<T>::quiet_NaN()}) {
        std::vector<T> other = v;
        other[i] = bad;
        REQUIRE_FALSE(esp::simd::all_finite(other.data(), count(other)));
      }
    }
  }
}
