// SPDX-License-Identifier: BSD-3-Clause
// What the two policies of this kind compute stands in per_filter.cpp and whole_weight.cpp.
#include <espalier/modes.hpp>
#include <espalier/policies/widened.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

using esp::scope;
using centred = std::remove_const_t<decltype(esp::modes::zero_mean)>;

template <class P>
constexpr esp::graph graph_of = esp::lowered<P>({.out = 2, .in = 3, .kernel = 3}, {});

/// How far the reductions of a policy run.
template <class P>
constexpr scope reach_of() {
  scope reach = scope::tap;
  for (int id = 0; id < graph_of<P>.size; ++id) {
    if (graph_of<P>[id].is_reduction()) reach = esp::coarser(reach, graph_of<P>[id].level);
  }
  return reach;
}

}  // namespace

TEST_CASE("a widened policy reduces as far as it says, and the innermost counts", "[policies]") {
  STATIC_REQUIRE(reach_of<centred>() == scope::block);
  STATIC_REQUIRE(reach_of<esp::widened_t<scope::filter, centred>>() == scope::filter);
  STATIC_REQUIRE(reach_of<esp::widened_t<scope::input, centred>>() == scope::input);
  STATIC_REQUIRE(reach_of<esp::widened_t<scope::whole, centred>>() == scope::whole);
  STATIC_REQUIRE(reach_of<esp::widened_t<scope::whole, esp::widened_t<scope::filter, centred>>>() == scope::filter);
}

TEST_CASE("a widened policy is called as it is written", "[policies]") {
  STATIC_REQUIRE(esp::widened_t<scope::filter, centred>::name() == "per_filter(subtract<mean>)");
  STATIC_REQUIRE(esp::widened_t<scope::whole, centred>::name() == "whole_weight(subtract<mean>)");
}
