// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/affine_projection.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

constexpr esp::graph on_row = [] {
  esp::graph g;
  g.shape = {.out = 1, .in = 1, .kernel = {1, 1, 5}};
  return g;
}();
constexpr esp::linear_equations rows_of(std::initializer_list<esp::index_t> powers) {
  esp::linear_equations rows;
  for (const esp::index_t p : powers) rows.push_back({.numbers = {.powers = {0, 0, p}}, .value = 0});
  return rows;
}

}  // namespace

TEST_CASE("the inner products of rows are inverted in fractions") {
  // 5 0 10 / 0 10 0 / 10 0 34 of 1, x, x^2 on -2 to 2
  constexpr esp::inverse_of_products inverse(on_row, rows_of({0, 1, 2}), 0);
  STATIC_REQUIRE(inverse.exists());
  STATIC_REQUIRE(inverse(0, 0).exact());
  STATIC_REQUIRE(inverse(0, 0) == esp::coefficient(34.0) * esp::coefficient(70.0).inverse());
  STATIC_REQUIRE(inverse(0, 2) == esp::coefficient(-10.0) * esp::coefficient(70.0).inverse());
  STATIC_REQUIRE(inverse(2, 0) == inverse(0, 2));
  STATIC_REQUIRE(inverse(2, 2) == esp::coefficient(5.0) * esp::coefficient(70.0).inverse());
  STATIC_REQUIRE(inverse(1, 1) == esp::coefficient(10.0).inverse());
  STATIC_REQUIRE(inverse(0, 1).is_zero());
}

TEST_CASE("rows that depend on each other have no inverse") {
  STATIC_REQUIRE(!esp::inverse_of_products(on_row, rows_of({0, 1, 0}), 0).exists());
  // Six powers on five taps.
  STATIC_REQUIRE(esp::inverse_of_products(on_row, rows_of({0, 1, 2, 3, 4}), 0).exists());
  STATIC_REQUIRE(!esp::inverse_of_products(on_row, rows_of({0, 1, 2, 3, 4, 5}), 0).exists());
}

TEST_CASE("a fraction is a number or a quotient") {
  constexpr auto seventh = [] {
    esp::graph g = on_row;
    g.output = esp::append_fraction(g, esp::coefficient(3.0) * esp::coefficient(7.0).inverse());
    return g;
  }();
  STATIC_REQUIRE(seventh[seventh.output].op == esp::operation::divide);
  STATIC_REQUIRE(seventh[seventh[seventh.output].a].value == 3);
  STATIC_REQUIRE(seventh[seventh[seventh.output].b].value == 7);
  constexpr auto eighth = [] {
    esp::graph g = on_row;
    g.output = esp::append_fraction(g, esp::coefficient(3.0) * esp::coefficient(8.0).inverse());
    return g;
  }();
  STATIC_REQUIRE(eighth[eighth.output].value == 0.375);
}
