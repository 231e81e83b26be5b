// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table_text.hpp>
// The header under test stands alone above.
#include "support/catch.hpp"

namespace {

constexpr double ramp(esp::tap_index t, esp::extents) { return static_cast<double>(t.h); }
constexpr double place(esp::tap_index t, esp::extents k) { return static_cast<double>((t.d * k.h + t.h) * k.w + t.w); }
constexpr double back(esp::tap_index t, esp::extents k) { return static_cast<double>(k.volume() - 1) - place(t, k); }
constexpr double spike(esp::tap_index t, esp::extents k) { return place(t, k) == 13 ? -2.5 : 0; }

constexpr esp::text printed(esp::extents kernel, int which, auto... f) {
  esp::graph g;
  g.shape = {.out = 1, .in = 1, .kernel = kernel};
  (static_cast<void>(g.table({.value = f})), ...);
  esp::text out;
  esp::print_table(out, g, which);
  return out;
}

}  // namespace

TEST_CASE("a table is printed by the axis that decides, else tap by tap where they are few") {
  STATIC_REQUIRE(printed(3, 0, &ramp) == "at(h: 0, 1, 2)");
  STATIC_REQUIRE(printed({1, 3, 1}, 0, &ramp) == "at(0, 1, 2)");
  STATIC_REQUIRE(printed({1, 2, 3}, 0, &place) == "at(0, 1, 2, 3, 4, 5)");
  STATIC_REQUIRE(printed(3, 0, &spike) == "at((1, 1, 1): -2.5, else 0)");
}

TEST_CASE("many numbers are counted, and tables that read the same are told apart") {
  STATIC_REQUIRE(printed(3, 0, &place) == "at(27 numbers from 0 to 26)");
  STATIC_REQUIRE(printed(3, 0, &place, &back) == "at(27 numbers from 0 to 26, 1 of 2)");
  STATIC_REQUIRE(printed(3, 1, &place, &back) == "at(27 numbers from 0 to 26, 2 of 2)");
  STATIC_REQUIRE(printed(3, 1, &ramp, &back) == "at(27 numbers from 0 to 26)");
}
