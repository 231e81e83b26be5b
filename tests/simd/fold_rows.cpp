// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/fold_rows.hpp>

#include "support/catch.hpp"

namespace {

/// `join` by halves, as `tap_order` says.
template <class T, class Join>
T folded(const T* row, const Join& join) {
  constexpr esp::index_t n = esp::lanes<T>;
  T rest[n];
  for (esp::index_t i = 0; i < n; ++i) rest[i] = row[i];
  for (esp::index_t half = n / 2; half > 0; half /= 2) {
    for (esp::index_t i = 0; i < half; ++i) rest[i] = join(rest[i], rest[i + half]);
  }
  return rest[0];
}

}  // namespace

TEMPLATE_TEST_CASE("each row is folded by halves into its lane", "[simd]", float, double) {
  using T = TestType;
  constexpr esp::index_t n = esp::lanes<T>;
  T numbers[n][n];
  esp::batch<T> sums[n], differences[n];
  for (esp::index_t r = 0; r < n; ++r) {
    for (esp::index_t i = 0; i < n; ++i) numbers[r][i] = static_cast<T>(1) / static_cast<T>(3 + 100 * r + i * i);
    sums[r] = differences[r] = esp::simd::load_unaligned(numbers[r]);
  }
  const auto add = [](const auto& a, const auto& b) { return a + b; };
  const auto subtract = [](const auto& a, const auto& b) { return a - b; };
  T sum[n], difference[n];
  esp::simd::store_unaligned(sum, esp::simd::fold_rows<T>(sums, add));
  esp::simd::store_unaligned(difference, esp::simd::fold_rows<T>(differences, subtract));
  for (esp::index_t r = 0; r < n; ++r) {
    REQUIRE(sum[r] == folded(numbers[r], add));
    REQUIRE(difference[r] == folded(numbers[r], subtract));
  }
}
