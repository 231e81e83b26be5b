// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/formula_printer.hpp>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// A kernel of 3 x 3 x 3 whose middle is a region, in a layer of any number of channels.
struct fixture {
  esp::graph g;
  int w, two;
  esp::region_set middle;

  fixture() {
    g.shape = {.out = 0, .in = 0, .kernel = 3};
    w = g.tap();
    two = g.constant(2);
    middle = g.bit_of({[](esp::tap_index t, esp::extents) { return t == esp::tap_index{1, 1, 1}; }, "middle"});
  }
  esp::text print(int id, int c = -1) const {
    const esp::tap_classes classes(g);
    esp::text out;
    esp::formula_printer(g, classes).print(out, id, c);
    return out;
  }
  int sum(int a, scope reach = scope::block, esp::region_set over = 0) {
    return g.reduce(operation::sum, a, over, reach);
  }
};

}  // namespace

TEST_CASE_METHOD(fixture, "every operation has its notation", "[formula_printer]") {
  const int c = g.parameter("c");
  REQUIRE(print(w) == "w");
  REQUIRE(print(g.incoming()) == "g");
  REQUIRE(print(two) == "2");
  REQUIRE(print(g.epsilon(1e-12)) == "eps");
  REQUIRE(print(c) == "c");
  REQUIRE(print(g.parts(scope::filter)) == "channels");
  REQUIRE(print(g.parts(scope::whole)) == "filters");
  REQUIRE(print(g.add(w, two)) == "w + 2");
  REQUIRE(print(g.subtract(two, w)) == "2 - w");
  REQUIRE(print(g.multiply(w, c)) == "w * c");
  REQUIRE(print(g.divide(c, two)) == "c / 2");
  REQUIRE(print(g.negate(w)) == "-w");
  REQUIRE(print(g.root(w)) == "sqrt(w)");
  REQUIRE(print(g.magnitude(w)) == "|w|");
  REQUIRE(print(g.minimum(w, two)) == "min(w, 2)");
  REQUIRE(print(g.maximum(w, two)) == "max(w, 2)");
  const int less = g.compare(operation::less, w, two);
  REQUIRE(print(less) == "w < 2");
  REQUIRE(print(g.compare(operation::less_equal, two, w)) == "2 <= w");
  REQUIRE(print(g.negation(less)) == "!(w < 2)");
  REQUIRE(print(g.compare(operation::conjunction, less, less)) == "w < 2 && (w < 2)");
  REQUIRE(print(g.compare(operation::disjunction, less, g.inside(middle))) == "w < 2 || middle");
  REQUIRE(print(g.select(less, w, two)) == "select(w < 2, w, 2)");
  REQUIRE(print(g.detour(g.add(w, two), w, false)) == "w + 2");
  REQUIRE(print(sum(w)) == "sum(w)");
  REQUIRE(print(g.reduce(operation::smallest, w, middle, scope::block)) == "min(w; middle)");
  REQUIRE(print(g.reduce(operation::largest, w, 0, scope::whole)) == "max(w; whole weight)");
  const int sums = g.reduce(operation::sum, w, 0, scope::filter);
  REQUIRE(print(g.reduce(operation::largest, sums, 0, scope::whole)) == "max(sum(w; filter); whole weight)");
}

TEST_CASE_METHOD(fixture, "brackets stand where they are needed", "[formula_printer]") {
  const int total = g.add(w, two);
  REQUIRE(print(g.subtract(two, total)) == "2 - (w + 2)");
  REQUIRE(print(g.subtract(total, two)) == "w + 2 - 2");
  REQUIRE(print(g.multiply(total, g.subtract(w, two))) == "(w + 2) * (w - 2)");
  REQUIRE(print(g.multiply(total, total)) == "(w + 2)^2");
  REQUIRE(print(g.negate(total)) == "-(w + 2)");
}

TEST_CASE_METHOD(fixture, "a quotient of a block's scalar and a mean read as they were written", "[formula_printer]") {
  REQUIRE(print(g.divide(w, sum(w))) == "w / sum(w)");
  REQUIRE(print(g.divide(sum(w), g.population_of(0, scope::block))) == "mean(w)");
  REQUIRE(print(g.divide(sum(w, scope::whole), g.population_of(0, scope::whole))) == "mean(w; whole weight)");
  REQUIRE(print(g.divide(sum(w), two)) == "sum(w) / 2");
}

TEST_CASE_METHOD(fixture, "in a class of taps a region has decided", "[formula_printer]") {
  const int chosen = g.select(g.inside(middle), two, w);
  REQUIRE(print(chosen, 0) == "w");
  REQUIRE(print(chosen, 1) == "2");
  const int masked = g.select(g.inside(middle), g.constant(0), w);
  REQUIRE(print(g.add(masked, two), 1) == "2");
  REQUIRE(print(g.multiply(masked, w), 1) == "0");
}

TEST_CASE_METHOD(fixture, "a node that has a letter prints as it", "[formula_printer]") {
  const int total = sum(w);
  const esp::tap_classes classes(g);
  esp::formula_printer printer(g, classes);
  printer.call(total, 'a');
  esp::text out;
  printer.print(out, g.subtract(w, total), -1);
  out << "; ";
  printer.print_definition(out, total, -1);
  REQUIRE(out == "w - a; sum(w)");
}
