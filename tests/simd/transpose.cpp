// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/transpose.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a block of lanes by lanes is transposed", "[simd]", float, double) {
  using T = TestType;
  constexpr esp::index_t n = esp::lanes<T>;
  esp::batch<T> rows[n];
  T numbers[n];
  for (esp::index_t r = 0; r < n; ++r) {
    for (esp::index_t i = 0; i < n; ++i) numbers[i] = static_cast<T>(100 * r + i);
    rows[r] = esp::simd::load_unaligned(numbers);
  }
  esp::simd::transpose<T>(rows);
  for (esp::index_t r = 0; r < n; ++r) {
    esp::simd::store_unaligned(numbers, rows[r]);
    for (esp::index_t i = 0; i < n; ++i) REQUIRE(numbers[i] == static_cast<T>(100 * i + r));
  }
}
