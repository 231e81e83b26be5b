// SPDX-License-Identifier: BSD-3-Clause
// What is proved of policies stands in policies/symmetric.cpp.
#include <espalier/lower.hpp>
#include <espalier/policies/symmetric.hpp>
#include <espalier/symmetry_facts.hpp>

#include "support/catch.hpp"

namespace {

using esp::axis;
template <class P>
constexpr esp::graph graph_of(P) {
  return esp::formula<esp::to_policy_t<P>>::value;
}
constexpr esp::partition_info width = esp::describe_partition<esp::mirror_t<axis::width>>();

}  // namespace

TEST_CASE("a value is symmetric where it is tied, antisymmetric where its orbits sum to zero") {
  constexpr auto same = [](auto w) { return esp::sum(w) + 0 * esp::mean(w, esp::mirror<axis::width>); };
  constexpr auto opposite = [](auto w) { return 2 * w - esp::sum(w, esp::mirror<axis::width>); };
  REQUIRE(esp::is_symmetric(graph_of(same), width));
  REQUIRE(!esp::is_antisymmetric(graph_of(same), width));
  // Twice w less the sum of two taps is their difference; in the middle, where an orbit is one tap, it is w.
  REQUIRE(!esp::is_antisymmetric(graph_of(opposite), width));
  constexpr auto nothing = [](auto w) { return w - w; };
  REQUIRE(esp::is_antisymmetric(graph_of(nothing), width));
}
