// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/majorant.hpp>

#include "support/catch.hpp"

namespace {

using esp::graph, esp::operation, esp::scope;

struct fixture {
  graph g;
  int w;
  fixture() {
    g.shape = {.out = 2, .in = 2, .kernel = {1, 1, 3}};
    w = g.tap();
  }
  int constant(double v) { return g.constant(v); }
};

}  // namespace

TEST_CASE_METHOD(fixture, "clamps that hold zero are looked through, others are not", "[majorant]") {
  REQUIRE(esp::peeled(g, g.maximum(w, constant(0))) == w);
  REQUIRE(esp::peeled(g, g.minimum(g.maximum(w, constant(-1)), constant(1))) == w);
  const int above = g.maximum(w, constant(0.5));
  REQUIRE(esp::peeled(g, above) == above);
  const int below = g.minimum(w, constant(-0.5));
  REQUIRE(esp::peeled(g, below) == below);
  REQUIRE(esp::peeled(g, g.negate(g.magnitude(w))) == w);
}

TEST_CASE_METHOD(fixture, "a region's choice is peeled on both sides", "[majorant]") {
  const esp::region_set middle = g.bit_of({[](esp::tap_index t, esp::extents) { return t.w == 1; }, "middle"});
  const int chosen = g.select(g.inside(middle), g.maximum(w, constant(0)), w);
  REQUIRE(esp::peeled(g, chosen) == w);
  const int zeroed = g.select(g.inside(middle), constant(0), g.maximum(w, constant(0)));
  REQUIRE(esp::peeled(g, zeroed) == g.select(g.inside(middle), constant(0), w));
}

TEST_CASE_METHOD(fixture, "a choice between zero and a value is that value's, if it is always a number", "[majorant]") {
  const int small = g.compare(operation::less, g.magnitude(w), constant(0.1));
  REQUIRE(esp::peeled(g, g.select(small, constant(0), w)) == w);
  REQUIRE(esp::peeled(g, g.select(small, w, constant(0))) == w);
  const int share = g.divide(w, g.reduce(operation::sum, w, 0, scope::block));
  const int kept = g.select(g.compare(operation::less, share, constant(1)), share, constant(0));
  REQUIRE(esp::peeled(g, kept) == kept);  // 0 / 0 is not chosen, and vanishes
  const int other = g.select(small, constant(1), w);
  REQUIRE(esp::peeled(g, other) == other);
}

TEST_CASE_METHOD(fixture, "sums and differences are at most the sums of sizes", "[majorant]") {
  const int mean = g.divide(g.reduce(operation::sum, w, 0, scope::block), constant(3));
  const int size = g.magnitude(w);
  const int mean_size = g.divide(g.reduce(operation::sum, size, 0, scope::block), constant(3));
  REQUIRE(esp::majorant(g, false).of(g.subtract(w, mean)) == g.add(size, mean_size));
  const int positive = g.maximum(w, constant(0));
  REQUIRE(esp::majorant(g, false).of(g.multiply(positive, mean)) == g.multiply(positive, mean_size));
  REQUIRE(esp::majorant(g, true).of(g.multiply(positive, mean)) == g.multiply(size, mean_size));
  const int filter = g.reduce(operation::sum, w, 0, scope::filter);
  REQUIRE(esp::majorant(g, true).of(filter) == g.reduce(operation::sum, size, 0, scope::filter));
}
