// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/learned.hpp>
#include <espalier/learned_rules.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/whole_weight.hpp>
#include <espalier/policies/with_gradient.hpp>

#include "support/catch.hpp"

// What is refused by them: tests/reject/numbers.cpp.

namespace {

using esp::learned, esp::param, esp::per;

template <auto Prior>
using formula = esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{.out = 2, .in = 2, .kernel = 3}>;

template <per Part>
constexpr auto from_sum = [](auto w) { return w * learned<"g", Part>.starts_at(esp::sum(w)); };
constexpr auto after_a_choice = [](auto w) { return esp::select(w < learned<"t">, learned<"t"> * w, w); };
constexpr auto in_a_choice = [](auto w) { return esp::select(w < learned<"t">, 2 * w, w); };
constexpr auto vanishes = [](auto w) { return w + 0 * learned<"t">; };
constexpr auto gained = [](auto w) { return w * learned<"g">; };
constexpr auto past = esp::with_gradient<esp::gradient_rule::straight_through>(esp::modes::nonneg);

}  // namespace

TEST_CASE("a start has one value for what the number stands for") {
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<from_sum<per::block>>>);
  STATIC_REQUIRE(!esp::NumbersStartFromOneValue<formula<from_sum<per::filter>>>);
  STATIC_REQUIRE(!esp::NumbersStartFromOneValue<formula<from_sum<per::input>>>);
  STATIC_REQUIRE(!esp::NumbersStartFromOneValue<formula<from_sum<per::weight>>>);
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<esp::per_filter(from_sum<per::filter>)>>);
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<esp::per_filter(from_sum<per::block>)>>);
  STATIC_REQUIRE(!esp::NumbersStartFromOneValue<formula<esp::per_filter(from_sum<per::input>)>>);
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<esp::per_input(from_sum<per::input>)>>);
  STATIC_REQUIRE(!esp::NumbersStartFromOneValue<formula<esp::per_input(from_sum<per::filter>)>>);
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<esp::whole_weight(from_sum<per::weight>)>>);
  STATIC_REQUIRE(esp::NumbersStartFromOneValue<formula<esp::whole_weight(from_sum<per::input>)>>);
}

TEST_CASE("some gradient reaches a learned number") {
  STATIC_REQUIRE(esp::NumbersGetAGradient<formula<gained>>);
  STATIC_REQUIRE(esp::NumbersGetAGradient<formula<after_a_choice>>);
  STATIC_REQUIRE(!esp::NumbersGetAGradient<formula<in_a_choice>>);
  STATIC_REQUIRE(!esp::NumbersGetAGradient<formula<vanishes>>);
  // A step that passes its own formula by does not pass those before it.
  STATIC_REQUIRE(esp::NumbersGetAGradient<formula<(esp::identity >> gained >> past)>>);
  STATIC_REQUIRE(!esp::NumbersGetAGradient<
                 formula<esp::with_gradient<esp::gradient_rule::straight_through>(esp::identity >> gained >> past)>>);
  STATIC_REQUIRE(!esp::NumbersGetAGradient<formula<esp::with_gradient<esp::gradient_rule::tangent>(gained)>>);
}

TEST_CASE("a name is one number") {
  constexpr auto both = [](auto w) { return w * learned<"g"> + param<"g">; };
  STATIC_REQUIRE(esp::EachNameIsOneNumber<formula<(esp::identity >> gained >> gained)>>);
  STATIC_REQUIRE(!esp::EachNameIsOneNumber<formula<both>>);
}
