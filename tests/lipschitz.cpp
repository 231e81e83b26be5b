// SPDX-License-Identifier: BSD-3-Clause
// Facts of layers and the norm itself: tests/layer_facts.cpp.
#include <espalier/lipschitz.hpp>

#include "support/catch.hpp"

using esp::l1_bounds, esp::operator_bound, esp::weight_shape;

namespace {

constexpr double unknown = esp::interval::infinity;
constexpr weight_shape of(esp::index_t out, esp::index_t in) { return {.out = out, .in = in, .kernel = 3}; }
constexpr bool near(double x, double expected) { return x - expected < 1e-12 && expected - x < 1e-12; }

}  // namespace

TEST_CASE("blocks bound the rows by the inputs of a group, the columns by its outputs", "[lipschitz]") {
  STATIC_REQUIRE(near(operator_bound({.block = 1}, of(8, 2)), 4));
  STATIC_REQUIRE(near(operator_bound({.block = 0.5}, of(8, 2)), 2));
  STATIC_REQUIRE(near(operator_bound({.block = 1}, of(8, 2), 4), 2));
  STATIC_REQUIRE(near(operator_bound({.block = 3}, of(1, 1)), 3));
}

TEST_CASE("filters bound the rows, and a column by all filters that it reaches", "[lipschitz]") {
  STATIC_REQUIRE(near(operator_bound({.filter = 1}, of(4, 9)), 2));
  STATIC_REQUIRE(near(operator_bound({.filter = 1}, of(4, 9), 4), 1));
  STATIC_REQUIRE(near(operator_bound({.block = 0.1, .filter = 1}, of(10, 20)), 1));
}

TEST_CASE("the whole weight bounds both, for any number of channels", "[lipschitz]") {
  STATIC_REQUIRE(near(operator_bound({.whole = 1}, of(8, 2)), 1));
  STATIC_REQUIRE(near(operator_bound({.whole = 1}, of(0, 0)), 1));
  STATIC_REQUIRE(near(operator_bound({.block = 1, .whole = 3}, of(16, 16)), 3));
}

TEST_CASE("where nothing is known, nothing is bounded", "[lipschitz]") {
  STATIC_REQUIRE(operator_bound({}, of(8, 2)) == unknown);
  STATIC_REQUIRE(operator_bound({.block = 1}, of(0, 0)) == unknown);
  STATIC_REQUIRE(operator_bound({.filter = 1}, of(0, 2)) == unknown);
  STATIC_REQUIRE(operator_bound({.block = 0}, of(8, 2)) == 0);
}

TEST_CASE("numbers at the ends of double's range neither overflow nor vanish", "[lipschitz]") {
  STATIC_REQUIRE(operator_bound({.block = 1e-300}, of(4, 4)) > 3.9e-300);
  STATIC_REQUIRE(operator_bound({.block = 1e300}, of(1, 1)) < 1.1e300);
  STATIC_REQUIRE(operator_bound({.block = 1e308}, of(100, 100)) == unknown);
}
