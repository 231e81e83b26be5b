// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table_sum.hpp>
// The header under test stands alone above.
#include <espalier/graph.hpp>

#include "support/catch.hpp"

namespace {

constexpr double lever(esp::tap_index t, esp::extents) { return static_cast<double>(t.w - 1); }
constexpr double tenth(esp::tap_index t, esp::extents) { return t.w == 0 ? 0.1 : 0.3; }

struct fixture {
  esp::graph g{};
  int w, x, y;
  constexpr fixture() {
    g.shape = {.out = 1, .in = 1, .kernel = {1, 1, 3}};
    w = g.tap();
    x = g.table({.value = &lever});
    y = g.table({.value = &tenth});
  }
};

}  // namespace

TEST_CASE("sums and extremes of tables are found exactly") {
  constexpr auto squares = [] {
    fixture f;
    return esp::reduced_tables(f.g, esp::operation::sum, f.g.multiply(f.x, f.x), 0);
  }();
  STATIC_REQUIRE(squares.exact);
  STATIC_REQUIRE(squares.value == 2);
  constexpr auto least = [] {
    fixture f;
    return esp::reduced_tables(f.g, esp::operation::smallest, f.g.subtract(f.x, f.g.constant(2)), 0);
  }();
  STATIC_REQUIRE(least.exact);
  STATIC_REQUIRE(least.value == -3);
}

TEST_CASE("a sum that no double holds is rounded") {
  constexpr auto tenths = [] {
    const fixture f;
    return esp::reduced_tables(f.g, esp::operation::sum, f.y, 0);
  }();
  STATIC_REQUIRE(tenths.found);
  STATIC_REQUIRE(!tenths.exact);
  STATIC_REQUIRE(tenths.value > 0.6999 && tenths.value < 0.7001);
}

TEST_CASE("what a weight decides is not found") {
  constexpr auto weighted = [] {
    fixture f;
    return esp::reduced_tables(f.g, esp::operation::sum, f.g.multiply(f.w, f.x), 0);
  }();
  STATIC_REQUIRE(!weighted.found);
}

TEST_CASE("a number becomes a fraction of a proof") {
  STATIC_REQUIRE(esp::coefficient_of(esp::exact_sum(0.75))->value() == 0.75);
  STATIC_REQUIRE(esp::coefficient_of(esp::exact_sum(0.75))->exact());
  STATIC_REQUIRE(!esp::coefficient_of(esp::exact_sum(0x1p500)));
  constexpr auto wide = [] {
    esp::exact_sum s = 1.0;
    s += 0x1p-200;
    return s;
  }();
  STATIC_REQUIRE(!esp::coefficient_of(wide)->exact());
}
