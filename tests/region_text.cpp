// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/region_text.hpp>
#include <string>

#include "support/catch.hpp"

namespace {

template <class R>
std::string printed(R, esp::extents kernel = 3) {
  esp::text out;
  const esp::region_info region = esp::describe_region<R>();
  esp::print_region(out, region, kernel);
  return std::string(out.view());
}

struct edge_t {
  static constexpr const char* name = "edge";
  static constexpr bool contains(esp::tap_index t, esp::extents) { return t.w == 0; }
};

}  // namespace

TEST_CASE("regions that name their taps keep their names") {
  REQUIRE(printed(esp::center_tap) == "center_tap");
  REQUIRE(printed(esp::neighbors) == "neighbors");
  REQUIRE(printed(edge_t{}) == "edge");
  REQUIRE(printed(esp::tap<0, 1, 2>) == "tap<0, 1, 2>");
}

TEST_CASE("two regions of one name are told apart by their taps") {
  esp::text out;
  const esp::region_info edge = esp::describe_region<edge_t>();
  esp::print_region(out, edge, 3, true);
  REQUIRE(out == "edge(w = 0)");
}

TEST_CASE("masks are planes, boxes, lists, or digits") {
  using esp::mask, esp::tap_index;
  REQUIRE(printed(mask<[](tap_index t) { return t.d == 1; }>) == "mask(d = 1)");
  REQUIRE(printed(mask<[](tap_index t) { return t.d != 1 && t.w == 0; }>) == "mask(d = 0 or 2, w = 0)");
  REQUIRE(printed(mask<[](tap_index t) { return t.d + t.h + t.w == 1; }>) == "mask((0, 0, 1), (0, 1, 0), (1, 0, 0))");
  REQUIRE(printed(mask<[](tap_index t) { return t.d + t.h + t.w != 0; }>) == "mask(all but (0, 0, 0))");
  REQUIRE(printed(mask<[](tap_index t) { return (t.d + t.h + t.w) % 2 == 0; }>) ==
          "mask(101/010/101 010/101/010 101/010/101)");
  REQUIRE(printed(mask<[](tap_index t) { return t.d == 4; }>) == "mask(no tap)");
  REQUIRE(printed(mask<[](tap_index t) { return t.d == 4; }>, 5) == "mask(d = 4)");
  REQUIRE(printed(mask<[](tap_index) { return true; }>) == "mask(every tap)");
}
