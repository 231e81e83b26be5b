// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/threshold_form.hpp>
// The header under test stands alone above.
#include <espalier/facts.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/threshold.hpp>

#include "support/catch.hpp"

namespace {

template <auto Policy>
constexpr const esp::graph& graph_of = esp::formula<esp::to_policy_t<decltype(Policy)>>::value;
template <auto Policy>
constexpr int above = esp::threshold_under(graph_of<Policy>, graph_of<Policy>.output);

constexpr auto excess = [](auto w) { return esp::excess(w, 1); };
constexpr auto written_out = [](auto w) {
  const auto t = esp::threshold(w, 1);
  return esp::max(w - esp::max(w) - (t - esp::max(w)), 0);
};
constexpr auto of_another = [](auto w) { return esp::max(w + 1 - esp::threshold(w, 1), 0); };

}  // namespace

TEST_CASE("what stands above a threshold is known by its parts") {
  STATIC_REQUIRE(above<excess> >= 0);
  STATIC_REQUIRE(graph_of<excess>[above<excess>].op == esp::operation::threshold);
  STATIC_REQUIRE(above<of_another> < 0);
  STATIC_REQUIRE(above<written_out> < 0);
}

TEST_CASE("a whole threshold is known by the largest value that it is beside") {
  constexpr auto whole = [](auto w) { return w * esp::threshold(w, 1); };
  constexpr const esp::graph& g = graph_of<whole>;
  STATIC_REQUIRE(esp::threshold_of(g, g[g.output].b) >= 0 || esp::threshold_of(g, g[g.output].a) >= 0);
  STATIC_REQUIRE(esp::threshold_of(g, g.output) < 0);
}

TEST_CASE("the sum above a threshold is proved where it takes all of it, and nowhere else") {
  constexpr auto scaled = [](auto w) { return 3 * esp::excess(w, 2); };
  constexpr auto of_squares = [](auto w) { return esp::excess(w * w, esp::l1(w) + 1) / (esp::l1(w) + 1); };
  constexpr auto in_a_region = [](auto w) { return esp::excess(w, 1, esp::neighbors); };
  constexpr auto on_its_region = [](auto w) {
    return esp::select(esp::inside(esp::center_tap), 2, esp::excess(w, 1, esp::neighbors));
  };
  constexpr auto on_another = [](auto w) { return esp::select(esp::inside(esp::center_tap), 2, esp::excess(w, 1)); };
  constexpr auto of_any_sign = [](auto w) { return esp::excess(w, esp::sum(w)); };
  STATIC_REQUIRE(esp::establishes<excess, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<scaled, esp::sum_is<6>>);
  STATIC_REQUIRE(esp::establishes<of_squares, esp::sum_is<1>>);
  STATIC_REQUIRE(!esp::establishes<in_a_region, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<on_its_region, esp::sum_is<3>>);
  STATIC_REQUIRE(!esp::establishes<on_another, esp::sum_is<3>>);
  STATIC_REQUIRE(!esp::establishes<of_another, esp::sum_is<1>>);
  STATIC_REQUIRE(!esp::establishes<of_any_sign, esp::sum_is<1>>);
}
