// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <espalier/square_root.hpp>
#include <limits>
#include <utility>

#include "support/catch.hpp"

namespace {

constexpr std::uint64_t mixed(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

/// A drawn number >= 0: every eighth one denormal, every eighth one a square or next to one.
constexpr double drawn(std::uint64_t i) {
  const std::uint64_t bits = mixed(i);
  if (i % 8 == 3) return std::bit_cast<double>((bits >> 12) >> (bits % 52));
  if (i % 8 == 5) {
    const auto root = static_cast<double>(bits >> 38);
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(root * root) + bits % 3 - 1);
  }
  return bits >> 53 == 0x7FF ? 2.0 : std::bit_cast<double>(bits >> 1);  // neither infinite nor NaN
}

constexpr std::size_t per_table = 256;  // clang stops a constant evaluation after a million steps

/// Roots made at compile time: std::sqrt is no constant expression, so these come from the integer algorithm.
template <std::size_t Table, class T>
constexpr std::array<T, per_table> roots = [] {
  std::array<T, per_table> table{};
  for (std::size_t i = 0; i < per_table; ++i) table[i] = esp::square_root(static_cast<T>(drawn(Table * per_table + i)));
  return table;
}();

template <class T, std::size_t Table>
void compare() {
  for (std::size_t i = 0; i < per_table; ++i) {
    const T x = static_cast<T>(drawn(Table * per_table + i));
    INFO("x = " << x);
    REQUIRE(roots<Table, T>[i] == std::sqrt(x));
    REQUIRE(esp::square_root(x) == std::sqrt(x));
  }
}
template <class T, std::size_t... Table>
void compare_all(std::index_sequence<Table...>) {
  (compare<T, Table>(), ...);
}

template <class T>
constexpr bool same_bits(T a, T b) {
  using bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  return std::bit_cast<bits>(a) == std::bit_cast<bits>(b);
}

}  // namespace

TEST_CASE("the constant root of 4,096 doubles equals std::sqrt bit for bit") {
  compare_all<double>(std::make_index_sequence<16>{});
}

TEST_CASE("the constant root of 2,048 floats equals std::sqrt bit for bit") {
  compare_all<float>(std::make_index_sequence<8>{});
}

TEMPLATE_TEST_CASE("roots at the edges of the format", "", float, double) {
  using T = TestType;
  using limits = std::numeric_limits<T>;
  STATIC_REQUIRE(same_bits(esp::square_root(T(0)), T(0)));
  STATIC_REQUIRE(same_bits(esp::square_root(-T(0)), -T(0)));
  STATIC_REQUIRE(esp::square_root(limits::infinity()) == limits::infinity());
  constexpr T of_negative = esp::square_root(T(-1));
  constexpr T of_nan = esp::square_root(limits::quiet_NaN());
  STATIC_REQUIRE(of_negative != of_negative);
  STATIC_REQUIRE(of_nan != of_nan);
  constexpr T smallest = esp::square_root(limits::denorm_min());
  constexpr T normal = esp::square_root(limits::min());
  constexpr T below = esp::square_root(limits::min() - limits::denorm_min());
  constexpr T largest = esp::square_root(limits::max());
  REQUIRE(smallest == std::sqrt(limits::denorm_min()));
  REQUIRE(normal == std::sqrt(limits::min()));
  REQUIRE(below == std::sqrt(limits::min() - limits::denorm_min()));
  REQUIRE(largest == std::sqrt(limits::max()));
  STATIC_REQUIRE(esp::square_root(T(2.25)) == T(1.5));
}
