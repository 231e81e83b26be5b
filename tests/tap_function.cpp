// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/tap_function.hpp>

#include "support/catch.hpp"

namespace {

using esp::tap_index;
constexpr double of_index(tap_index t) { return 0.5 * static_cast<double>(t.w); }
constexpr bool is_last(tap_index t, esp::extents k) { return t.w == k.w - 1; }
int counted(tap_index t) { return static_cast<int>(t.d); }

}  // namespace

TEST_CASE("a function of a tap is told the extents if it takes them") {
  STATIC_REQUIRE(esp::value_for<of_index>({0, 0, 3}, 5) == 1.5);
  STATIC_REQUIRE(esp::value_for<is_last>({0, 0, 4}, 5));
  STATIC_REQUIRE(!esp::value_for<is_last>({0, 0, 4}, 7));
}

TEST_CASE("a function is one of constants where the compiler can call it") {
  STATIC_REQUIRE(esp::ConstantOfATap<of_index>);
  STATIC_REQUIRE(esp::ConstantOfATap<is_last>);
  STATIC_REQUIRE(!esp::ConstantOfATap<counted>);
  STATIC_REQUIRE(!esp::ConstantOfATap<3>);
}
