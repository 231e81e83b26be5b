// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/simd/interleave.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("two registers are taken apart by parity and put together again", "[simd]", float, double) {
  using T = TestType;
  constexpr auto n = static_cast<std::size_t>(esp::lanes<T>);
  std::array<T, 2 * n> from{}, apart{}, together{};
  for (std::size_t i = 0; i < 2 * n; ++i) from[i] = static_cast<T>(i + 1);
  const auto parity =
      esp::simd::deinterleave<T>(esp::simd::load_unaligned(from.data()), esp::simd::load_unaligned(from.data() + n));
  esp::simd::store_unaligned(apart.data(), parity.first);
  esp::simd::store_unaligned(apart.data() + n, parity.second);
  const auto pair = esp::simd::interleave<T>(parity.first, parity.second);
  esp::simd::store_unaligned(together.data(), pair.first);
  esp::simd::store_unaligned(together.data() + n, pair.second);
  for (std::size_t i = 0; i < n; ++i) {
    REQUIRE(apart[i] == from[2 * i]);
    REQUIRE(apart[n + i] == from[2 * i + 1]);
  }
  REQUIRE(together == from);
}
