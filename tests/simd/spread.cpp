// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/spread.hpp>

#include "support/catch.hpp"

namespace {

template <class T, esp::index_t Length>
void check() {
  if constexpr (esp::spreads<T>) {
    constexpr esp::index_t width = esp::lanes<T>;
    alignas(esp::alignment) T numbers[width];
    for (esp::index_t i = 0; i < width; ++i) numbers[i] = static_cast<T>(10 + i);
    const auto* const column = esp::spread_of<T, Length>.column.data();
    for (esp::index_t v = 0; v < Length; ++v) {
      T elements[width];
      esp::simd::store_unaligned(elements, esp::simd::spread<T>(esp::simd::load(numbers), column + v * width));
      for (esp::index_t i = 0; i < width; ++i) REQUIRE(elements[i] == numbers[(v * width + i) / Length]);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("every element gets the number of its column", "[simd]", float, double) {
  check<TestType, 1>();
  check<TestType, 5>();
  check<TestType, 27>();
  check<TestType, 32>();
}
