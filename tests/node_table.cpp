// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/node_table.hpp>
#include <memory>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// A table for two filters of three channels of 3 x 3 x 3, with the tap in place.
struct fixture {
  std::unique_ptr<esp::node_table> owned = std::make_unique<esp::node_table>();
  esp::node_table& g = *owned;
  int w;

  fixture() {
    g.shape = {.out = 2, .in = 3, .kernel = 3};
    w = g.tap();
  }
  double value(int id) const { return g[id].value; }
};

bool odd_column(esp::tap_index t, esp::extents) { return t.w % 2 == 1; }
bool first_plane(esp::tap_index t, esp::extents) { return t.d == 0; }
bool also_first_plane(esp::tap_index t, esp::extents) { return t.d < 1; }

}  // namespace

TEST_CASE_METHOD(fixture, "an equal node is returned instead of added", "[node_table]") {
  REQUIRE(g.tap() == w);
  REQUIRE(g.incoming() != w);
  REQUIRE(g.constant(2) == g.constant(2));
  REQUIRE(g.constant(2) != g.constant(3));
  REQUIRE(g.inside(1) != g.inside(2));
  const int size = g.size;
  REQUIRE(g.inside(1) == g.inside(1));
  REQUIRE(g.size == size);
  REQUIRE(g.epsilon(1e-12) == g.epsilon(1e-12));
  REQUIRE(g.epsilon(1) != g.constant(1));
}

TEST_CASE_METHOD(fixture, "a count of channels is a number where the shape has it", "[node_table]") {
  REQUIRE(value(g.parts(scope::filter)) == 3);
  REQUIRE(value(g.parts(scope::whole)) == 2);
  REQUIRE(g[g.parts(scope::whole)].is_constant());
  g.shape = {.out = 0, .in = 0, .kernel = 3};
  REQUIRE(g[g.parts(scope::filter)].op == operation::parts);
  REQUIRE(g.parts(scope::filter) != g.parts(scope::whole));
  REQUIRE(g.is_count(g.parts(scope::whole)));
  REQUIRE(!g.is_count(w));
}

TEST_CASE_METHOD(fixture, "a rule is entered once, and only for numbers that are not known to obey it",
                 "[node_table]") {
  using positive = std::remove_const_t<decltype(esp::is_positive)>;
  g.require(esp::requirement_of<positive>(w));
  g.require(esp::requirement_of<positive>(g.constant(1)));
  REQUIRE(g.requirement_count == 0);
  g.require(esp::requirement_of<positive>(g.parameter("a")));
  g.require(esp::requirement_of<positive>(g.parameter("a")));
  REQUIRE(g.requirement_count == 1);
}

TEST_CASE_METHOD(fixture, "regions are told apart by their taps", "[node_table]") {
  const esp::region_set plane = g.bit_of({&first_plane, "plane"});
  REQUIRE(g.bit_of({&also_first_plane, "same"}) == plane);
  const esp::region_set odd = g.bit_of({&odd_column, "odd"});
  REQUIRE(odd != plane);
  REQUIRE(g.region_count == 2);
  REQUIRE(g.taps_in(plane) == 9);
  REQUIRE(g.taps_in(odd) == 9);
  REQUIRE(g.taps_in(plane | odd) == 3);
  REQUIRE(g.taps_in(0) == 27);
  REQUIRE(g.contains(plane | odd, 1));
  REQUIRE(!g.contains(plane | odd, 0));
}

TEST_CASE_METHOD(fixture, "parameters are numbered in the order of their names", "[node_table]") {
  const int c = g.parameter("c");
  const int d = g.parameter("d");
  REQUIRE(g.parameter("c") == c);
  REQUIRE(c != d);
  REQUIRE(g.parameter_count == 2);
  REQUIRE(value(d) == 1);
  REQUIRE(g.parameters[1] == "d");
}

TEST_CASE_METHOD(fixture, "a table that is full says so", "[node_table]") {
  for (int i = 0; !g.too_long && i < 1000; ++i) static_cast<void>(g.constant(i + 0.5));
  REQUIRE(g.too_long);
  REQUIRE(g.size == esp::node_table::capacity);
}

TEST_CASE_METHOD(fixture, "too many parameters are said too", "[node_table]") {
  constexpr std::array names{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"};
  STATIC_REQUIRE(names.size() == esp::node_table::parameter_capacity + 1);
  for (std::size_t i = 0; i + 1 < names.size(); ++i) static_cast<void>(g.parameter(names[i]));
  REQUIRE(!g.too_long);
  static_cast<void>(g.parameter(names.back()));
  REQUIRE(g.too_long);
}
