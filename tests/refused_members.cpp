// SPDX-License-Identifier: BSD-3-Clause
// What is refused stands in tests/reject/formulas.cpp; here, that nothing else is.
#include <espalier/refused_members.hpp>

#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("Refused members cost a formula nothing", "[refused_members]") {
  STATIC_REQUIRE(std::is_empty_v<esp::tap_t>);
  STATIC_REQUIRE(std::is_trivially_copyable_v<esp::tap_t>);
  STATIC_REQUIRE(std::is_empty_v<decltype(esp::tap_t{} < esp::tap_t{})> == false);
  STATIC_REQUIRE(std::is_trivially_copyable_v<decltype(esp::tap_t{} * 2)>);
}

TEST_CASE("The operators of formulas are better matches than the refused ones", "[refused_members]") {
  constexpr esp::tap_t w{};
  STATIC_REQUIRE(std::is_same_v<decltype(w + 1), esp::binary<esp::operation::add, esp::tap_t, esp::constant_t>>);
  STATIC_REQUIRE(std::is_same_v<decltype(2U * w), esp::binary<esp::operation::multiply, esp::constant_t, esp::tap_t>>);
  STATIC_REQUIRE(std::is_same_v<decltype(+w), esp::tap_t>);
  STATIC_REQUIRE(esp::Condition<decltype(w < 0.5F && !(w > w))>);
  STATIC_REQUIRE(esp::Expression<decltype(esp::mean(w, esp::neighbors) / esp::max(w, 0))>);
}
