// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/simd/lane_flags.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("lanes that flags choose are read, and the others are zero", "[simd]", float, double) {
  using T = TestType;
  constexpr std::size_t n = static_cast<std::size_t>(esp::lanes<T>);
  // One element more on each side, so that neither flags nor elements begin at a multiple of a register.
  std::array<T, n + 2> from{}, flags{};
  std::array<T, n> to{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i) - T(3);
  for (unsigned seed = 0; seed < 300; ++seed) {
    unsigned state = seed * 2654435761U;
    for (T& flag : flags) {
      state = state * 1664525U + 1013904223U;
      const bool in = seed == 0 || (seed > 1 && (state >> 16) % 2 == 0);
      flag = in ? esp::lane_in<T> : esp::lane_out<T>;
    }
    to.fill(T(77));
    const esp::lane_flags<T> chosen(flags.data() + 1);
    esp::simd::store_unaligned(to.data(), esp::simd::load_flagged(from.data() + 1, chosen));
    for (std::size_t i = 0; i < n; ++i) REQUIRE(to[i] == (flags[i + 1] == esp::lane_in<T> ? from[i + 1] : T(0)));
  }
}

TEMPLATE_TEST_CASE("where no lane is chosen no memory is read", "[simd]", float, double) {
  std::array<TestType, static_cast<std::size_t>(esp::lanes<TestType>)> flags{};
  flags.fill(esp::lane_out<TestType>);
  const esp::lane_flags<TestType> none(flags.data());
  esp::simd::store_unaligned(flags.data(), esp::simd::load_flagged<TestType>(nullptr, none));
  for (const TestType zero : flags) REQUIRE(zero == 0);
}
