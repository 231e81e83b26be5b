// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/simd/lane_elements.hpp>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("lanes take the elements that a table names, and zeros where a flag says so", "[simd]", float,
                   double) {
  using T = TestType;
  constexpr esp::index_t n = esp::lanes<T>, base = 37;
  constexpr std::size_t count = static_cast<std::size_t>(n);
  // One element more on each side, so that nothing begins at a multiple of a register.
  std::array<T, count + 2> from{}, flags{}, table{};
  std::array<T, count> to{};
  std::array<esp::index_t, count> number{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i) - T(3);
  unsigned state = 1;
  for (int round = 0; round < 300; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      state = state * 1664525U + 1013904223U;
      number[i] = base + static_cast<esp::index_t>((state >> 8) % static_cast<unsigned>(n));
      table[i + 1] = esp::element_in_table<T>(number[i]);
      flags[i + 1] = (state >> 24) % 4 == 0 ? esp::lane_out<T> : esp::lane_in<T>;
    }
    const esp::lane_elements<T> chosen(table.data() + 1, flags.data() + 1, base);
    to.fill(T(77));
    esp::simd::store_unaligned(to.data(), esp::simd::load_elements(from.data() + 1, chosen));
    for (std::size_t i = 0; i < count; ++i) {
      const T expected = from[static_cast<std::size_t>(number[i] - base) + 1];
      REQUIRE(to[i] == (flags[i + 1] == esp::lane_in<T> ? expected : T(0)));
    }
  }
}
