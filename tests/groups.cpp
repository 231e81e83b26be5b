// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/groups.hpp>

#include "support/catch.hpp"

namespace {

using esp::axis, esp::extents, esp::index_t;

constexpr extents cube{3};

template <esp::Partition P>
constexpr esp::tap_groups groups_of(P, extents kernel = cube) {
  return {esp::describe_partition<P>(), kernel};
}
/// The group of every tap, of a kernel of 3 x 3 x 3.
template <esp::Partition P>
constexpr bool joins(P p, esp::tap_index s, esp::tap_index t, extents kernel = cube) {
  const esp::tap_groups groups = groups_of(p, kernel);
  return groups[esp::row_major(s, kernel)] == groups[esp::row_major(t, kernel)];
}
constexpr auto parity = [](esp::tap_index t) { return (t.d + t.h + t.w) % 2; };
constexpr auto halves = [](esp::tap_index t, extents k) { return t.w < k.w / 2; };

}  // namespace

TEST_CASE("groups are numbered in the order of their first taps, whatever the function says") {
  constexpr auto backwards = [](esp::tap_index t) { return -7 * t.w; };
  constexpr esp::tap_groups groups = groups_of(esp::groups<backwards>);
  STATIC_REQUIRE(groups.count == 3);
  STATIC_REQUIRE((groups[0] == 0 && groups[1] == 1 && groups[2] == 2 && groups[26] == 2));
  STATIC_REQUIRE(groups.of == groups_of(esp::planes<axis::width>).of);
  STATIC_REQUIRE(groups_of(esp::groups<parity>).count == 2);
  STATIC_REQUIRE(groups_of(esp::groups<parity>).sizes[0] == 14);
  STATIC_REQUIRE(groups_of(esp::groups<halves>).sizes[1] == 18);
}

TEST_CASE("planes cross an axis, lines run along it") {
  STATIC_REQUIRE(groups_of(esp::planes<axis::depth>).count == 3);
  STATIC_REQUIRE(joins(esp::planes<axis::height>, {0, 1, 0}, {2, 1, 2}));
  STATIC_REQUIRE(!joins(esp::planes<axis::height>, {0, 1, 0}, {0, 2, 0}));
  STATIC_REQUIRE(groups_of(esp::lines<axis::width>).count == 9);
  STATIC_REQUIRE(joins(esp::lines<axis::depth>, {0, 1, 2}, {2, 1, 2}));
  STATIC_REQUIRE(!joins(esp::lines<axis::depth>, {0, 1, 2}, {0, 1, 1}));
  STATIC_REQUIRE(groups_of(esp::lines<axis::height>, extents{2, 3, 5}).count == 10);
  STATIC_REQUIRE(groups_of(esp::single_taps).count == 27);
}

TEST_CASE("shells are of one distance from the middle, which may lie between taps") {
  constexpr esp::tap_groups shells = groups_of(esp::shells);
  STATIC_REQUIRE((shells.count == 4 && shells.sizes[0] == 8 && shells.sizes[1] == 12 && shells.sizes[3] == 1));
  STATIC_REQUIRE(groups_of(esp::shells, extents{2}).count == 1);
  STATIC_REQUIRE(joins(esp::shells, {0, 0, 2}, {1, 2, 0}, extents{2, 3, 3}));
}

TEST_CASE("orbits of symmetries") {
  STATIC_REQUIRE((esp::Symmetry<decltype(esp::cube_group)> && !esp::Symmetry<decltype(esp::shells)>));
  STATIC_REQUIRE(groups_of(esp::mirror<axis::width>).count == 18);
  STATIC_REQUIRE(joins(esp::mirror<axis::width>, {0, 1, 0}, {0, 1, 2}));
  STATIC_REQUIRE(!joins(esp::mirror<axis::width>, {0, 1, 0}, {2, 1, 0}));
  STATIC_REQUIRE(groups_of(esp::mirror<axis::depth, axis::height, axis::width>).count == 8);
  STATIC_REQUIRE(joins(esp::point_reflection, {0, 1, 2}, {2, 1, 0}));
  STATIC_REQUIRE(groups_of(esp::point_reflection).count == 14);
  STATIC_REQUIRE(groups_of(esp::cube_group).count == 4);
  STATIC_REQUIRE(joins(esp::cube_group, {0, 1, 2}, {1, 2, 2}));
  // Of 5^3: centre, faces, edges and corners of two cubes, and what lies between.
  STATIC_REQUIRE(groups_of(esp::cube_group, extents{5}).count == 10);
  STATIC_REQUIRE(groups_of(esp::shells, extents{7}).count == 19);
}

TEST_CASE("a set of all tells how to ask for a group and how to print it") {
  constexpr esp::partition_info info = esp::describe_partition<std::remove_const_t<decltype(esp::cube_group)>>();
  STATIC_REQUIRE((info.needs_cube && std::string_view(info.name) == "cube_group"));
  STATIC_REQUIRE_FALSE(esp::describe_partition<std::remove_const_t<decltype(esp::shells)>>().needs_cube);
}
