// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/simd/lane_range.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a range of lanes is read and written, and nothing else", "[simd]", float, double) {
  using T = TestType;
  constexpr esp::index_t n = esp::lanes<T>;
  std::array<T, static_cast<std::size_t>(n)> from{}, to{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  for (esp::index_t begin = -3; begin <= n + 1; ++begin) {
    for (esp::index_t end = -2; end <= n + 3; ++end) {
      const esp::lane_range<T> range(begin, end);
      REQUIRE(range.whole() == (begin <= 0 && end >= n));
      to.fill(T(-1));
      esp::simd::store_unaligned(to.data(), esp::simd::load_range(from.data(), range));
      const auto inside = [&](std::size_t i) {
        return static_cast<esp::index_t>(i) >= begin && static_cast<esp::index_t>(i) < end;
      };
      for (std::size_t i = 0; i < to.size(); ++i) REQUIRE(to[i] == (inside(i) ? from[i] : T(0)));
      to.fill(T(-1));
      esp::simd::store_range(to.data(), esp::simd::load_unaligned(from.data()), range);
      for (std::size_t i = 0; i < to.size(); ++i) REQUIRE(to[i] == (inside(i) ? from[i] : T(-1)));
      const auto other = esp::simd::broadcast(T(-2));
      esp::simd::store_unaligned(to.data(),
                                 esp::simd::blend_range(range, esp::simd::load_unaligned(from.data()), other));
      for (std::size_t i = 0; i < to.size(); ++i) REQUIRE(to[i] == (inside(i) ? from[i] : T(-2)));
    }
  }
}

TEST_CASE("an empty range touches no memory", "[simd]") {
  const esp::lane_range<float> none(5, 5);
  esp::simd::store_range<float>(nullptr, esp::simd::load_range<float>(nullptr, none), none);
  esp::simd::prefetch<float>(nullptr);
  SUCCEED("no fault");
}
