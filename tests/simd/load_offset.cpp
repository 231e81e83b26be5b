// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/load_offset.hpp>

#include <array>
#include <utility>

#include "support/catch.hpp"

TEMPLATE_TEST_CASE("a register from any element on", "[simd]", float, double) {
  using T = TestType;
  constexpr auto width = static_cast<std::size_t>(esp::detail::lanes<T>);
  alignas(esp::detail::alignment) std::array<T, 5 * width> from{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i);
  const auto check = [&]<std::size_t Offset>(std::integral_constant<std::size_t, Offset>) {
    std::array<T, width> got{};
    esp::detail::simd::store_unaligned(got.data(), esp::detail::simd::load_offset<Offset>(from.data()));
    for (std::size_t i = 0; i < width; ++i) REQUIRE(got[i] == static_cast<T>(Offset + i));
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (check(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<3 * width>{});
}
