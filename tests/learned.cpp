// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/evaluate.hpp>
#include <espalier/explain.hpp>
#include <espalier/facts.hpp>
#include <espalier/learned.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::of, blocks::three;
using esp::learned, esp::param, esp::per;

constexpr auto gained = [](auto w) { return learned<"g", per::filter> * w; };
constexpr auto started = [](auto w) { return learned<"g", per::filter>.starts_at(esp::max(w)) * w; };

}  // namespace

TEST_CASE("a learned number is a formula, and takes its value behind the block") {
  STATIC_REQUIRE(esp::Expression<decltype(learned<"g">)>);
  STATIC_REQUIRE(of<gained>(1, 2, 3, 2.0) == three{2, 4, 6});
  // Where it starts is a layer's affair.
  STATIC_REQUIRE(of<started>(1, 2, 3, 2.0) == three{2, 4, 6});
}

TEST_CASE("run-time and learned numbers keep the order of the formula") {
  constexpr auto prior = [](auto w) {
    return w * learned<"first"> + param<"second", per::block> + 0 * w * learned<"third"> - param<"fourth">;
  };
  STATIC_REQUIRE(of<prior>(1, 2, 3, 10.0, 5.0, 1.0, 1.0) == three{14, 24, 34});
}

TEST_CASE("nothing is proved of a learned number, and what follows it is") {
  STATIC_REQUIRE(!esp::establishes<(esp::modes::nonneg >> gained), esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<(esp::identity >> gained >> esp::clamp<-1, 1>), esp::bounds<-1, 1>>);
  STATIC_REQUIRE(esp::establishes<(esp::modes::zero_mean >> gained), esp::zero_sum>);
  constexpr auto positive = [](auto w) { return esp::exp(learned<"g", per::block>) * esp::abs(w); };
  STATIC_REQUIRE(esp::establishes<positive, esp::nonnegative>);
  // One number for each block leaves no sum of a filter as it was.
  constexpr auto centred = esp::per_filter(esp::modes::zero_mean);
  constexpr auto by_filter = [](auto w) { return learned<"g", per::filter> * w; };
  constexpr auto by_block = [](auto w) { return learned<"g", per::block> * w; };
  constexpr auto by_input = [](auto w) { return learned<"g", per::input> * w; };
  STATIC_REQUIRE(esp::establishes<(centred >> by_filter), esp::per_filter(esp::zero_sum)>);
  STATIC_REQUIRE(!esp::establishes<(centred >> by_block), esp::per_filter(esp::zero_sum)>);
  STATIC_REQUIRE(!esp::establishes<(centred >> by_input), esp::per_filter(esp::zero_sum)>);
}

TEST_CASE("a name is written as in a program") {
  STATIC_REQUIRE(esp::argument_text(learned<"g">) == "learned<\"g\">");
  STATIC_REQUIRE(esp::argument_text(learned<"g", per::input>) == "learned<\"g\", per::input>");
  STATIC_REQUIRE(esp::argument_text(param<"c", per::block>) == "param<\"c\", per::block>");
  STATIC_REQUIRE(esp::explain(esp::cap<esp::l2, param<"c", per::filter>>).name == "cap<l2, param<\"c\", per::filter>>");
}
