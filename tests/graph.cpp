// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/graph.hpp>
#include <memory>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// A graph of two filters of three channels of 3 x 3 x 3, with the tap in place.
struct fixture {
  std::unique_ptr<esp::graph> owned = std::make_unique<esp::graph>();
  esp::graph& g = *owned;
  int w;

  fixture() {
    g.shape = {.out = 2, .in = 3, .kernel = 3};
    w = g.tap();
  }
  int total(int a, scope target = scope::block) { return g.reduce(operation::sum, a, 0, target); }
  int block_sum() { return total(w); }
  double value(int id) const { return g[id].value; }
};

bool odd_column(esp::tap_index t, esp::extents) { return t.w % 2 == 1; }

}  // namespace

TEST_CASE_METHOD(fixture, "an equal reduction is returned instead of added") {
  REQUIRE(block_sum() == block_sum());
  REQUIRE(total(w, scope::filter) == total(w, scope::filter));
  REQUIRE(total(w, scope::filter) != block_sum());
}

TEST_CASE_METHOD(fixture, "a shape without channels counts them by a node") {
  g.shape = {.out = 0, .in = 0, .kernel = 3};
  const int all = g.population_of(0, scope::whole);
  REQUIRE(g.is_count(all));
  REQUIRE(!g[all].is_constant());
  REQUIRE(g[all].level == scope::whole);
  REQUIRE(value(g.population_of(0, scope::block)) == 27);
  REQUIRE(g[g.divide(total(w, scope::filter), g.population_of(0, scope::filter))].op == operation::divide);
  g.shape = {.out = 2, .in = 3, .kernel = 3};
  REQUIRE(value(g.population_of(0, scope::whole)) == 162);
}

TEST_CASE_METHOD(fixture, "a sign that a NaN may fake is not proved") {
  const int faked = g.maximum(w, g.root(w));
  REQUIRE(!g[faked].range.nonnegative());
  REQUIRE(g[g.magnitude(faked)].op == operation::abs);
  REQUIRE(g.maximum(faked, g.constant(0)) != faked);
  // NaN in another tap makes l1 NaN, and max drops it.
  REQUIRE(g[g.magnitude(g.maximum(w, total(g.magnitude(w))))].op == operation::abs);
  const int kept = g.maximum(w, g.constant(0));
  REQUIRE(g.magnitude(kept) == kept);
  REQUIRE(g.select(g.compare(operation::less, w, g.constant(0)), g.constant(0), w) != w);
}

TEST_CASE_METHOD(fixture, "a reduction over no tap") {
  const esp::region_set none = g.bit_of({[](esp::tap_index, esp::extents) { return false; }, "none"});
  REQUIRE(value(g.reduce(operation::sum, w, none, scope::block)) == 0);
  REQUIRE(value(g.reduce(operation::largest, g.constant(3), none, scope::block)) == -esp::interval::infinity);
  REQUIRE(value(g.reduce(operation::smallest, block_sum(), none, scope::block)) == esp::interval::infinity);
}

TEST_CASE_METHOD(fixture, "a tap over a block's scalar is a product with one reciprocal a block") {
  const int k = block_sum();
  const int quotient = g.divide(w, k);
  REQUIRE(g[quotient].op == operation::multiply);
  const int reciprocal = g[quotient].a == w ? g[quotient].b : g[quotient].a;
  REQUIRE(g[reciprocal].op == operation::divide);
  REQUIRE(g[reciprocal].level == scope::block);
  REQUIRE(g[reciprocal].b == k);
  REQUIRE(g[g.divide(w, w)].op == operation::divide);
}

TEST_CASE_METHOD(fixture, "coarser factors move out of products, magnitudes and sums") {
  const int k = g.add(block_sum(), g.constant(1));
  const int scaled = g.multiply(w, k);
  const int squared = g.multiply(scaled, scaled);
  REQUIRE(squared == g.multiply(g.multiply(w, w), g.multiply(k, k)));
  REQUIRE(g.magnitude(scaled) == g.multiply(g.magnitude(w), g.magnitude(k)));
  REQUIRE(total(scaled) == g.multiply(block_sum(), k));
  REQUIRE(total(g.divide(w, k)) == g.divide(block_sum(), k));
  REQUIRE(total(g.negate(w)) == g.negate(block_sum()));
  REQUIRE(total(g.multiply(w, g.constant(3))) == g.multiply(block_sum(), g.constant(3)));
}

TEST_CASE_METHOD(fixture, "a sum of a constant is a product with the count") {
  REQUIRE(value(total(g.constant(2))) == 54);
  REQUIRE(value(total(g.constant(2), scope::filter)) == 162);
  REQUIRE(value(total(g.constant(2), scope::whole)) == 324);
  const int k = block_sum();
  REQUIRE(total(k) == g.multiply(g.constant(27), k));
  REQUIRE(g.reduce(operation::largest, k, 0, scope::block) == k);
}

TEST_CASE_METHOD(fixture, "a sum is split where that saves a pass, and only there") {
  const int mean = g.divide(block_sum(), g.constant(27));
  const int rest = total(g.subtract(w, mean));
  REQUIRE(g[rest].known == g[block_sum()].known);  // sum(w) - 27 * mean, at the end of the first pass
  const int cube = g.multiply(w, g.multiply(w, w));
  const int plain = g.add(w, cube);
  REQUIRE(g[total(plain)].a == plain);
}

TEST_CASE_METHOD(fixture, "a sum over a region takes the branch that the region decides") {
  const esp::region_set set = g.bit_of({&odd_column, "odd"});
  const int chosen = g.select(g.inside(set), g.constant(2), w);
  REQUIRE(value(g.reduce(operation::sum, chosen, set, scope::block)) == 18);
  REQUIRE(g[g.reduce(operation::sum, chosen, 0, scope::block)].is_reduction());
}

TEST_CASE_METHOD(fixture, "levels and moments follow the data") {
  REQUIRE(g[w].level == scope::tap);
  REQUIRE(g[w].known == esp::moment{});
  const int k = block_sum();
  REQUIRE(g[k].level == scope::block);
  REQUIRE(g[k].known == esp::moment{0, scope::block});
  const int centred = g.subtract(w, k);
  REQUIRE(g[centred].level == scope::tap);
  REQUIRE(g[centred].known == esp::moment{1});  // taps see a block's sum in the next pass
  const int filter = total(w, scope::filter);
  REQUIRE(g[filter].level == scope::filter);
  REQUIRE(g[filter].known == esp::moment{0, scope::filter});
  REQUIRE(g[g.add(k, filter)].known == esp::moment{1});
  REQUIRE(g[total(w, scope::whole)].known == esp::moment{0, scope::whole});
}

TEST_CASE_METHOD(fixture, "ranges follow the operations") {
  REQUIRE(g[g.multiply(w, w)].range.nonnegative());
  REQUIRE(!g[g.multiply(w, g.add(w, g.constant(1)))].range.nonnegative());
  const int clamped = g.minimum(g.maximum(w, g.constant(-1)), g.constant(2));
  REQUIRE(g[clamped].range == esp::interval{-1, 2});
  REQUIRE(g[total(clamped)].range == esp::interval{-27, 54});
  REQUIRE(g[g.reduce(operation::largest, clamped, 0, scope::block)].range == esp::interval{-1, 2});
}
