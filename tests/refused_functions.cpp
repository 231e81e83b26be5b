// SPDX-License-Identifier: BSD-3-Clause
// What is refused stands in tests/reject/formulas.cpp; here, that unqualified names find what formulas have.
#include <cmath>
#include <espalier/refused_functions.hpp>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("An unqualified sqrt or abs of a formula is the formula's", "[refused_functions]") {
  constexpr esp::tap_t w{};
  STATIC_REQUIRE(std::is_same_v<decltype(sqrt(w)), decltype(esp::sqrt(w))>);
  STATIC_REQUIRE(std::is_same_v<decltype(abs(w)), decltype(esp::abs(w))>);
  STATIC_REQUIRE(std::is_same_v<decltype(select(w < 0, w, 1)), decltype(esp::select(w < 0, w, 1))>);
  STATIC_REQUIRE(std::is_same_v<decltype(exp(w)), decltype(esp::exp(w))>);
  STATIC_REQUIRE(std::is_same_v<decltype(pow<2>(w)), decltype(esp::pow<2>(w))>);
  REQUIRE(std::sqrt(4.0) == 2.0);
  REQUIRE(std::exp(0.0) == 1.0);
}
