// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/product.hpp>

#include "support/catch.hpp"

namespace {

template <class T>
T first_lane(const esp::batch<T>& value) {
  T lane[esp::lanes<T>];
  esp::simd::store_unaligned(lane, value);
  return lane[0];
}

}  // namespace

TEMPLATE_TEST_CASE("a product is rounded before a sum takes it", "[simd]", float, double) {
  using T = TestType;
  // (1 + 2^-12)^2 has a last bit of 2^-24, which float drops; for double 2^-27 and 2^-54.
  const T x = 1 + (sizeof(T) == 4 ? T(0x1p-12) : T(0x1p-27));
  volatile T rounded = x * x;
  const auto a = esp::simd::broadcast(x), minus = esp::simd::broadcast(-rounded);
  REQUIRE(first_lane<T>(esp::simd::product<T>(a, a)) == rounded);
  if (esp::simd::has_registers) REQUIRE(first_lane<T>(esp::simd::product<T>(a, a) + minus) == 0);
}
