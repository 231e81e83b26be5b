// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/graph.hpp>
#include <espalier/group_reductions.hpp>

#include "support/catch.hpp"

namespace {

using esp::axis, esp::operation, esp::scope;

struct grouped_graph {
  esp::graph g;
  int w = 0, planes = 0, lines = 0, mirror = 0;

  grouped_graph() {
    g.shape = {.out = 2, .in = 3, .kernel = 3};
    w = g.tap();
    planes = g.partition_of(esp::describe_partition<std::remove_const_t<decltype(esp::planes<axis::depth>)>>());
    lines = g.partition_of(esp::describe_partition<std::remove_const_t<decltype(esp::lines<axis::width>)>>());
    mirror = g.partition_of(esp::describe_partition<std::remove_const_t<decltype(esp::mirror<axis::width>)>>());
  }
  int sum(int a, int partition, scope target = scope::block) {
    return g.reduce_in_groups(operation::sum, a, 0, partition, target);
  }
};

}  // namespace

TEST_CASE("a sum over groups has a node for each group, and is read by the taps in the next pass") {
  grouped_graph t;
  const int sum = t.sum(t.w, t.planes);
  REQUIRE((t.g[sum].op == operation::spread && t.g[sum].level == scope::tap));
  REQUIRE(t.g[sum].known == esp::moment{1});
  const int first = t.g[sum].a;
  for (int group = 0; group < 3; ++group) {
    REQUIRE((t.g[first + group].group == group && t.g[first + group].level == scope::block));
  }
  REQUIRE(t.sum(t.w, t.planes) == sum);
  REQUIRE(t.sum(t.w, t.lines) != sum);
  const int of_filter = t.sum(t.w, t.planes, scope::filter);
  REQUIRE(t.g[t.g[of_filter].a].level == scope::filter);
  REQUIRE(t.g[t.g[of_filter].a + 2].a == first + 2);
}

TEST_CASE("what is tied leaves a sum over the groups") {
  grouped_graph t;
  const int sum = t.sum(t.w, t.planes);
  REQUIRE(t.g.is_tied(sum, t.planes));
  REQUIRE(t.g.is_tied(sum, t.lines));  // a line lies in one plane
  REQUIRE(!t.g.is_tied(t.sum(t.w, t.lines), t.planes));
  REQUIRE(!t.g.is_tied(t.w, t.planes));
  REQUIRE(t.sum(sum, t.planes) == t.g.multiply(sum, t.g.constant(9)));
  REQUIRE(t.sum(t.g.multiply(t.w, sum), t.planes) == t.g.multiply(sum, sum));
  REQUIRE(t.sum(t.g.divide(t.w, sum), t.planes) == t.g.divide(sum, sum));
  const int largest = t.g.reduce_in_groups(operation::largest, sum, 0, t.planes, scope::block);
  REQUIRE(largest == sum);
}

TEST_CASE("a sum over taps of a region is zero in a group without any, of what is tied too") {
  grouped_graph t;
  const auto first_plane = t.g.bit_of(esp::describe_region<std::remove_const_t<decltype(esp::tap<0, 0, 0>)>>());
  const int tied = t.sum(t.w, t.planes);
  const int sum = t.g.reduce_in_groups(operation::sum, tied, first_plane, t.planes, scope::block);
  REQUIRE(t.g[sum].op == operation::spread);  // no product: the planes without the tap sum to zero
  const int of_one = t.g.reduce_in_groups(operation::sum, t.g.constant(3), first_plane, t.planes, scope::block);
  REQUIRE((t.g[of_one].op == operation::select && t.g[t.g[of_one].c].value == 0));
}

TEST_CASE("what is one number for all taps is reduced over channels, and counted in each group") {
  grouped_graph t;
  const int block = t.g.reduce(operation::sum, t.w, 0u, scope::block);
  const int filter = t.g.reduce(operation::sum, t.w, 0u, scope::filter);
  REQUIRE(t.sum(block, t.planes) == t.g.multiply(block, t.g.constant(9)));
  REQUIRE(t.sum(block, t.planes, scope::filter) == t.g.multiply(filter, t.g.constant(9)));
  REQUIRE(t.g.reduce_in_groups(operation::largest, filter, 0, t.mirror, scope::filter) == filter);
  REQUIRE(t.g[t.sum(filter, t.mirror, scope::filter)].op == operation::multiply);
}

TEST_CASE("groups count their taps, by a number or tap by tap") {
  grouped_graph t;
  REQUIRE(t.g[t.g.population_in_groups(0, t.planes, scope::block)].value == 9);
  REQUIRE(t.g[t.g.population_in_groups(0, t.planes, scope::whole)].value == 54);
  const int taps = t.g.population_in_groups(0, t.mirror, scope::block);
  REQUIRE(t.g[taps].op == operation::table);
  REQUIRE((t.g.table_value(t.g[taps].table(), 0) == 2 && t.g.table_value(t.g[taps].table(), 1) == 1));
  REQUIRE(t.g.is_tied(taps, t.mirror));
}
