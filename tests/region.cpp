// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/region.hpp>
#include <string_view>

#include "support/catch.hpp"

namespace {

template <class R>
constexpr int taps_of(R, esp::extents kernel) {
  int count = 0;
  for (esp::index_t t = 0; t < kernel.volume(); ++t) count += R::contains(esp::tap_at(t, kernel), kernel) ? 1 : 0;
  return count;
}

struct corners_t {
  static constexpr bool contains(esp::tap_index t, esp::extents k) {
    return t.d % (k.d - 1) == 0 && t.h % (k.h - 1) == 0 && t.w % (k.w - 1) == 0;
  }
};
struct holds_data {
  int first = 0;
  static constexpr bool contains(esp::tap_index, esp::extents) { return true; }
};
struct no_answer {};

constexpr auto plane = esp::mask<[](esp::tap_index t) { return t.d == 1; }>;
constexpr auto last_column = esp::mask<[](esp::tap_index t, esp::extents k) { return t.w == k.w - 1; }>;

}  // namespace

TEST_CASE("the centre is one tap and its neighbours are all others") {
  STATIC_REQUIRE(taps_of(esp::center_tap, {3, 5, 7}) == 1);
  STATIC_REQUIRE(taps_of(esp::neighbors, {3, 5, 7}) == 104);
  STATIC_REQUIRE(esp::center_tap_t::contains({1, 2, 3}, {3, 5, 7}));
  STATIC_REQUIRE(!esp::neighbors_t::contains({1, 2, 3}, {3, 5, 7}));
  STATIC_REQUIRE(taps_of(esp::neighbors, {1, 1, 1}) == 0);
}

TEST_CASE("a mask holds where its predicate does") {
  STATIC_REQUIRE(taps_of(plane, {3, 4, 5}) == 20);
  STATIC_REQUIRE(taps_of(plane, {1, 4, 5}) == 0);
  STATIC_REQUIRE(taps_of(last_column, {3, 4, 5}) == 12);
  STATIC_REQUIRE(decltype(last_column)::contains({0, 0, 4}, {3, 4, 5}));
}

TEST_CASE("a single tap is named by its index") {
  STATIC_REQUIRE(taps_of(esp::tap<0, 1, 2>, 3) == 1);
  STATIC_REQUIRE(decltype(esp::tap<0, 1, 2>)::contains({0, 1, 2}, 3));
  STATIC_REQUIRE(taps_of(esp::tap<0, 1, 3>, 3) == 0);
}

TEST_CASE("a region is an empty type that answers contains") {
  STATIC_REQUIRE(esp::Region<esp::center_tap_t>);
  STATIC_REQUIRE(esp::Region<corners_t>);
  STATIC_REQUIRE(taps_of(corners_t{}, 3) == 8);
  STATIC_REQUIRE(!esp::Region<holds_data>);
  STATIC_REQUIRE(!esp::Region<no_answer>);
  STATIC_REQUIRE(!esp::Region<int>);
}

TEST_CASE("a description asks the same question") {
  constexpr auto centre = esp::describe_region<esp::center_tap_t>();
  STATIC_REQUIRE(centre.contains({1, 1, 1}, 3));
  STATIC_REQUIRE(std::string_view(centre.name) == "center_tap");
  STATIC_REQUIRE(centre.needs_center);
  constexpr auto corners = esp::describe_region<corners_t>();
  STATIC_REQUIRE(std::string_view(corners.name) == "region");
  STATIC_REQUIRE(!corners.needs_center);
}
