// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/tap_classes.hpp>

#include "support/catch.hpp"

namespace {

bool centre(esp::tap_index t, esp::extents k) { return t == esp::tap_index{k.d / 2, k.h / 2, k.w / 2}; }
bool first_row(esp::tap_index t, esp::extents) { return t.h == 0; }
bool first_column(esp::tap_index t, esp::extents) { return t.w == 0; }
template <int Axis, int Bit>
bool bit(esp::tap_index t, esp::extents) {
  return ((Axis == 0 ? t.d : Axis == 1 ? t.h : t.w) >> Bit & 1) != 0;
}

}  // namespace

TEST_CASE("without regions all taps are alike") {
  esp::graph g;
  g.shape.kernel = {3, 4, 5};
  const esp::tap_classes classes(g);
  REQUIRE(classes.count == 1);
  REQUIRE(classes[0].count == 60);
  REQUIRE(classes.class_of(g, 59) == 0);
  REQUIRE(classes[0].in(0));
}

TEST_CASE("two regions that cross make four classes") {
  esp::graph g;
  g.shape.kernel = {1, 3, 4};
  const esp::region_set row = g.bit_of({&first_row, "row"});
  const esp::region_set column = g.bit_of({&first_column, "column"});
  const esp::tap_classes classes(g);
  REQUIRE(classes.count == 4);
  const int corner = classes.class_of(g, 0);
  REQUIRE(classes[corner].count == 1);
  REQUIRE(classes[corner].in(row | column));
  const int rest_of_row = classes.class_of(g, 3);
  REQUIRE(classes[rest_of_row].count == 3);
  REQUIRE(classes[rest_of_row].in(row));
  REQUIRE(!classes[rest_of_row].in(row | column));
  const int elsewhere = classes.class_of(g, 11);
  REQUIRE(classes[elsewhere].count == 6);
  REQUIRE(classes[elsewhere].members == 0);
  esp::index_t taps = 0;
  for (int c = 0; c < classes.count; ++c) taps += classes[c].count;
  REQUIRE(taps == 12);
}

TEST_CASE("classes stand in the order of their first taps") {
  esp::graph g;
  g.shape.kernel = 3;
  static_cast<void>(g.bit_of({&centre, "centre"}));
  const esp::tap_classes classes(g);
  REQUIRE(classes.count == 2);
  REQUIRE(classes[0].count == 26);
  REQUIRE(classes.class_of(g, 13) == 1);
}

TEST_CASE("a region decides a choice for the taps of a class, and a condition on values does not") {
  esp::graph g;
  g.shape.kernel = 3;
  const int w = g.tap(), two = g.constant(2), three = g.constant(3);
  const int centred = g.select(g.inside(g.bit_of({&centre, "centre"})), two, w);
  const int in_the_row = g.select(g.inside(g.bit_of({&first_row, "row"})), three, centred);
  const esp::tap_classes classes(g);
  REQUIRE(classes.resolve(g, in_the_row, classes.class_of(g, 0)) == three);
  REQUIRE(classes.resolve(g, in_the_row, classes.class_of(g, 13)) == two);
  REQUIRE(classes.resolve(g, in_the_row, classes.class_of(g, 12)) == w);
  const int clamped = g.select(g.compare(esp::operation::less, w, two), two, w);
  REQUIRE(classes.resolve(g, clamped, 0) == clamped);
}

TEST_CASE("more than 32 combinations of regions are too many") {
  esp::graph g;
  g.shape.kernel = 4;
  for (auto* contains : {&bit<0, 0>, &bit<0, 1>, &bit<1, 0>, &bit<1, 1>, &bit<2, 0>}) {
    static_cast<void>(g.bit_of({contains, "bit"}));
  }
  REQUIRE(!esp::tap_classes(g).too_many);
  REQUIRE(esp::tap_classes(g).count == esp::tap_classes::capacity);
  static_cast<void>(g.bit_of({&bit<2, 1>, "bit"}));
  REQUIRE(esp::tap_classes(g).too_many);
}
