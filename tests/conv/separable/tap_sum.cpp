// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/tap_sum.hpp>

#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

struct line {
  static constexpr esp::detail::tap_line value = [] {
    esp::detail::tap_line l;
    l.taps = 4;
    l.value = {1, 0, -1, 3};
    return l;
  }();
};

template <class T>
T lane(const esp::detail::batch<T>& b) {
  std::vector<T> all(static_cast<std::size_t>(esp::detail::lanes<T>));
  esp::detail::simd::store_unaligned(all.data(), b);
  return all.back();
}

}  // namespace

TEMPLATE_TEST_CASE("a tap adds its product, and none where it is zero or not there", "[separable]", float, double) {
  using T = TestType;
  using esp::detail::tap_sum;
  const auto x = esp::detail::simd::broadcast(T(5)), sum = esp::detail::simd::broadcast(T(2));
  REQUIRE(lane<T>(tap_sum<line, 0, T>::first(x)) == 5);
  REQUIRE(lane<T>(tap_sum<line, 2, T>::first(x)) == -5);
  REQUIRE(lane<T>(tap_sum<line, 3, T>::first(x)) == 15);
  REQUIRE(lane<T>(tap_sum<line, 0, T>::add(sum, x)) == 7);
  REQUIRE(lane<T>(tap_sum<line, 2, T>::add(sum, x)) == -3);
  REQUIRE(lane<T>(tap_sum<line, 3, T>::add(sum, x)) == 17);
  const auto nan = esp::detail::simd::broadcast(std::numeric_limits<T>::quiet_NaN());
  REQUIRE(lane<T>(tap_sum<line, 1, T>::add(sum, nan)) == 2);
  REQUIRE(lane<T>(tap_sum<line, -1, T>::add(sum, nan)) == 2);
  REQUIRE(lane<T>(tap_sum<line, 4, T>::add(sum, nan)) == 2);
  STATIC_REQUIRE((tap_sum<line, 3, T>::exists && !tap_sum<line, 1, T>::exists && !tap_sum<line, 4, T>::exists));
}
