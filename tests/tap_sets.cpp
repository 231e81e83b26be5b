// SPDX-License-Identifier: BSD-3-Clause
// Regions and tables stand in region.cpp, table.cpp and graph.cpp.
#include <espalier/graph.hpp>
#include <espalier/tap_sets.hpp>

#include "support/catch.hpp"

namespace {

using esp::axis;
template <esp::Partition P>
constexpr esp::partition_info info_of(P) {
  return esp::describe_partition<P>();
}
constexpr esp::index_t depth(esp::tap_index t) { return 5 - t.d; }

}  // namespace

TEST_CASE("partitions of the same groups are one") {
  esp::graph g;
  g.shape = {.out = 1, .in = 1, .kernel = 3};
  const int planes = g.partition_of(info_of(esp::planes<axis::depth>));
  REQUIRE(planes == 1);
  REQUIRE(g.partition_of(info_of(esp::groups<depth>)) == planes);
  REQUIRE(g.partition_of(info_of(esp::cube_group)) == 2);
  REQUIRE(g.groups_of(planes).count == 3);
  REQUIRE(g.sizes_of(planes, 0) == esp::interval{9, 9});
  const esp::region_set corner = g.bit_of(esp::describe_region<esp::single_tap_t<0, 0, 0>>());
  REQUIRE(g.sizes_of(planes, corner) == esp::interval{0, 1});
}

TEST_CASE("a kernel may not have a partition") {
  esp::graph flat, large;
  flat.shape = {.out = 1, .in = 1, .kernel = esp::extents{1, 3, 3}};
  REQUIRE(flat.partition_of(info_of(esp::cube_group)) == 0);
  REQUIRE((flat.too_long && flat.fault == esp::formula_fault::not_a_cube));
  large.shape = {.out = 1, .in = 1, .kernel = 9};
  REQUIRE(large.partition_of(info_of(esp::shells)) == 0);
  REQUIRE(large.fault == esp::formula_fault::too_many_taps);
}

TEST_CASE("what holds of each tap and the first of its group holds in the groups") {
  esp::graph g;
  g.shape = {.out = 1, .in = 1, .kernel = 3};
  const int planes = g.partition_of(info_of(esp::planes<axis::depth>));
  REQUIRE(g.holds_in_groups(planes, [](esp::index_t s, esp::index_t t) { return s / 9 == t / 9; }));
  REQUIRE(!g.holds_in_groups(planes, [](esp::index_t s, esp::index_t t) { return s / 3 == t / 3; }));
}
