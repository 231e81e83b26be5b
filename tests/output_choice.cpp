// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/output_choice.hpp>
// The header under test stands alone above.
#include <espalier/facts.hpp>
#include <espalier/policies/per_filter.hpp>

#include "support/catch.hpp"

namespace {

template <auto Policy>
constexpr const esp::graph& graph_of = esp::formula<esp::to_policy_t<decltype(Policy)>>::value;

constexpr auto by_block = [](auto w) { return esp::select(esp::sum(w) < 1, w - esp::mean(w), esp::mean(w) - w); };
constexpr auto by_tap = [](auto w) { return esp::select(w < 1, w - esp::mean(w), esp::mean(w) - w); };

}  // namespace

TEST_CASE("what holds on both sides of a choice of whole blocks holds of the result") {
  STATIC_REQUIRE(esp::chooses_between_wholes(graph_of<by_block>, esp::scope::block));
  STATIC_REQUIRE(!esp::chooses_between_wholes(graph_of<by_block>, esp::scope::filter));
  STATIC_REQUIRE(!esp::chooses_between_wholes(graph_of<by_tap>, esp::scope::block));
  STATIC_REQUIRE(esp::establishes<by_block, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<by_tap, esp::zero_sum>);
}

TEST_CASE("a filter whose blocks choose apart keeps nothing of either side") {
  constexpr auto of_blocks = [](auto w) { return esp::select(esp::sum(w) < 1, w / esp::sum(w), w - esp::mean(w)); };
  STATIC_REQUIRE(!esp::establishes<of_blocks, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<of_blocks, esp::per_filter(esp::zero_sum)>);
}

TEST_CASE("a norm that the condition bounds is bounded where it is chosen") {
  constexpr auto within = [](auto w) { return esp::select(esp::l1(w) <= 2, w, 0); };
  constexpr auto beyond = [](auto w) { return esp::select(esp::l1(w) <= 2, 0, w); };
  constexpr auto l2_within = [](auto w) { return esp::select(esp::l2(w) < 3, w, w / esp::l2(w)); };
  STATIC_REQUIRE(esp::establishes<within, esp::l1_at_most<2>>);
  STATIC_REQUIRE(!esp::establishes<within, esp::l1_at_most<1>>);
  STATIC_REQUIRE(!esp::establishes<beyond, esp::l1_at_most<2>>);
  STATIC_REQUIRE(esp::establishes<l2_within, esp::l2_at_most<3>>);
  STATIC_REQUIRE(!esp::establishes<l2_within, esp::l2_at_most<1>>);
}

TEST_CASE("what two sides agree on, and the weaker of their bounds") {
  STATIC_REQUIRE(esp::agreed(2.0, 2.0) == 2.0);
  STATIC_REQUIRE(!esp::agreed(2.0, 3.0));
  STATIC_REQUIRE(!esp::agreed(2.0, std::nullopt));
  STATIC_REQUIRE(esp::weaker(2.0, 3.0) == 3.0);
  STATIC_REQUIRE(!esp::weaker(std::nullopt, 3.0));
}
