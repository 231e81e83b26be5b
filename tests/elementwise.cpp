// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/elementwise.hpp>
#include <memory>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// Operations on a kernel of 3 x 3 x 3, with the tap in place.
struct fixture {
  std::unique_ptr<esp::elementwise> owned = std::make_unique<esp::elementwise>();
  esp::elementwise& g = *owned;
  int w;

  fixture() {
    g.shape = {.out = 2, .in = 3, .kernel = 3};
    w = g.tap();
  }
  double value(int id) const { return g[id].value; }
};

}  // namespace

TEST_CASE_METHOD(fixture, "sums and products are one in either order of their operands", "[elementwise]") {
  REQUIRE(g.add(w, g.constant(2)) == g.add(g.constant(2), w));
  REQUIRE(g.multiply(w, g.constant(2)) == g.multiply(g.constant(2), w));
  REQUIRE(g.subtract(w, g.constant(2)) != g.subtract(g.constant(2), w));
  const int size = g.size;
  static_cast<void>(g.add(w, g.constant(2)));
  REQUIRE(g.size == size);
}

TEST_CASE_METHOD(fixture, "in a gradient alone nothing comes of a zero factor", "[elementwise]") {
  const int zero = g.constant(0);
  REQUIRE(g[g.multiply(w, zero)].op == operation::multiply);
  g.is_gradient = true;
  REQUIRE(g.multiply(w, zero) == zero);
  const int negative = g.compare(operation::less, w, zero);
  REQUIRE(g.negate(g.select(negative, w, zero)) == g.select(negative, g.negate(w), zero));
}

TEST_CASE_METHOD(fixture, "a region decides the choices inside its own", "[elementwise]") {
  const esp::region_set set = g.bit_of({[](esp::tap_index t, esp::extents) { return t.w == 1; }, "middle"});
  const int inside = g.inside(set);
  const int inner = g.select(inside, w, g.constant(2));
  REQUIRE(g.select(inside, inner, g.constant(3)) == g.select(inside, w, g.constant(3)));
  REQUIRE(g.select(inside, g.constant(3), inner) == g.select(inside, g.constant(3), g.constant(2)));
}

TEST_CASE_METHOD(fixture, "constants fold", "[elementwise]") {
  const int two = g.constant(2);
  const int three = g.constant(3);
  REQUIRE(value(g.add(two, three)) == 5);
  REQUIRE(value(g.subtract(two, three)) == -1);
  REQUIRE(value(g.multiply(two, three)) == 6);
  REQUIRE(value(g.divide(three, two)) == 1.5);
  REQUIRE(value(g.negate(two)) == -2);
  REQUIRE(value(g.root(g.constant(9))) == 3);
  REQUIRE(value(g.minimum(two, three)) == 2);
  REQUIRE(value(g.maximum(two, three)) == 3);
  REQUIRE(g[g.divide(two, g.constant(0))].op == operation::divide);
}

TEST_CASE_METHOD(fixture, "constants whose result is rounded, or leaves the numbers, stay", "[elementwise]") {
  const auto stays = [&](int id) {
    return !g[id].is_constant() && g[id].level == scope::whole && g[id].known == esp::moment{};
  };
  REQUIRE(stays(g.multiply(g.constant(27), g.constant(0.3))));
  REQUIRE(stays(g.add(g.constant(0.1), g.constant(0.2))));
  REQUIRE(stays(g.divide(g.constant(1), g.constant(3))));
  REQUIRE(stays(g.multiply(g.constant(1e300), g.constant(1e300))));
  REQUIRE(stays(g.multiply(g.constant(1e-300), g.constant(1e-300))));
  REQUIRE(stays(g.root(g.constant(-1))));
  REQUIRE(value(g.multiply(g.constant(0.3), g.constant(2))) == 0.6);
  REQUIRE(value(g.multiply(g.constant(0), g.constant(0.3))) == 0);
}

TEST_CASE_METHOD(fixture, "neutral elements and double signs vanish", "[elementwise]") {
  const int zero = g.constant(0);
  const int one = g.constant(1);
  REQUIRE(g.add(w, zero) == w);
  REQUIRE(g.add(zero, w) == w);
  REQUIRE(g.subtract(w, zero) == w);
  REQUIRE(g.subtract(zero, w) == g.negate(w));
  REQUIRE(g.multiply(one, w) == w);
  REQUIRE(g.divide(w, one) == w);
  REQUIRE(g.negate(g.negate(w)) == w);
  REQUIRE(g.select(g.compare(operation::less, w, zero), one, one) == one);
  REQUIRE(g.select(g.inside(0), one, w) == one);
}

TEST_CASE_METHOD(fixture, "the magnitude of a proved sign vanishes", "[elementwise]") {
  const int square = g.multiply(w, w);
  REQUIRE(g.magnitude(square) == square);
  REQUIRE(g.magnitude(g.negate(square)) == square);
  REQUIRE(g.magnitude(g.negate(w)) == g.magnitude(w));
  const int clamped = g.maximum(w, g.constant(0));
  REQUIRE(g.magnitude(clamped) == clamped);
  const int below = g.minimum(w, g.constant(0));
  REQUIRE(g.magnitude(below) == g.negate(below));
  REQUIRE(g[g.magnitude(w)].op == operation::abs);
}

TEST_CASE_METHOD(fixture, "min and max of ranges that do not overlap are one of the two", "[elementwise]") {
  const int square = g.multiply(w, w);
  const int below = g.constant(-1);
  REQUIRE(g.maximum(square, below) == square);
  REQUIRE(g.minimum(g.minimum(w, below), g.constant(0)) == g.minimum(w, below));
  REQUIRE(g[g.maximum(g.constant(0), w)].a == w);  // a constant goes second, so that a NaN weight stays
}

TEST_CASE_METHOD(fixture, "a graph that is full divides once", "[elementwise]") {
  const int coarse = g.parameter("a");
  g.too_long = true;
  REQUIRE(g.divide(w, coarse) == 0);
}
