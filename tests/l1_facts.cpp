// SPDX-License-Identifier: BSD-3-Clause
// Sums of absolute values: what is proved, each beside a claim that is a little too strong.
#include <espalier/facts.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using esp::bounds, esp::cap, esp::clamp, esp::establishes, esp::extents, esp::l1, esp::l1_at_most, esp::l1_is,
    esp::l2_at_most, esp::normalize, esp::on, esp::per_filter, esp::weight_shape, esp::whole_weight;

}  // namespace

TEST_CASE("a policy that scales by l1 proves it, for weights of either sign", "[l1_facts]") {
  STATIC_REQUIRE(establishes<normalize<l1>, l1_is<1>>);
  STATIC_REQUIRE(!establishes<normalize<l1>, l1_is<1.001>>);
  STATIC_REQUIRE(establishes<normalize<l1, -3>, l1_is<3>>);
  STATIC_REQUIRE(establishes<cap<l1, 2>, l1_at_most<2>>);
  STATIC_REQUIRE(!establishes<cap<l1, 2>, l1_at_most<1.999>>);
  STATIC_REQUIRE(!establishes<cap<l1, 2>, l1_is<2>>);
  STATIC_REQUIRE(!establishes<cap<l1, esp::param<"c">>, l1_at_most<1>>);
  STATIC_REQUIRE(!establishes<normalize<esp::sum>, l1_at_most<100>>);
}

TEST_CASE("a sum of one sign is the sum of absolute values", "[l1_facts]") {
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, l1_is<1>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> normalize<esp::sum, 4>), l1_is<4>>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, l1_is<1>>);
  STATIC_REQUIRE(establishes<[](auto w) { return -esp::abs(w) / l1(w); }, l1_is<1>>);
  STATIC_REQUIRE(establishes<esp::assign<-2>, l1_is<54>>);
}

TEST_CASE("clamps, choices and regions behind it leave a bound", "[l1_facts]") {
  STATIC_REQUIRE(establishes<(normalize<l1> >> clamp<0>), l1_at_most<1>>);
  STATIC_REQUIRE(!establishes<(normalize<l1> >> clamp<0>), l1_is<1>>);
  STATIC_REQUIRE(establishes<(cap<l1, 2> >> clamp<-1, 1>), l1_at_most<2>>);
  STATIC_REQUIRE(!establishes<(cap<l1, 2> >> clamp<0.1, 1>), l1_at_most<2>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> cap<l1, 1> >> clamp<0, 0.5>), l1_at_most<1>>);
  STATIC_REQUIRE(establishes<(cap<l1, 1> >> on<esp::center_tap>(esp::assign<0>)), l1_at_most<1>>);
  STATIC_REQUIRE(establishes<(cap<l1, 1> >> on<esp::center_tap>(esp::assign<0.5>)), l1_at_most<1.5>>);
  STATIC_REQUIRE(!establishes<(cap<l1, 1> >> on<esp::center_tap>(esp::assign<0.5>)), l1_at_most<1.4>>);
  STATIC_REQUIRE(establishes<(on<esp::neighbors>(clamp<0>) >> cap<l1, 1>), l1_at_most<1>>);
  STATIC_REQUIRE(establishes<(on<esp::center_tap>(esp::assign<0>) >> normalize<l1>), l1_is<1>>);
  constexpr auto shrink = [](auto w) { return esp::select(esp::abs(w) < 0.1, 0, w); };
  STATIC_REQUIRE(establishes<(cap<l1, 1> >> shrink), l1_at_most<1>>);
  constexpr auto drops_nan = [](auto w) { return esp::select(esp::abs(w) < 2, w, 0); };
  STATIC_REQUIRE(!establishes<(normalize<l1> >> drops_nan), l1_at_most<1>>);
}

TEST_CASE("custom policies prove it from their formula", "[l1_facts]") {
  STATIC_REQUIRE(establishes<[](auto w) { return w / (l1(w) + esp::eps); }, l1_is<1>>);
  STATIC_REQUIRE(establishes<[](auto w) {
    auto c = w - esp::mean(w);
    return 2 * c / (l1(c) + esp::eps);
  },
                             l1_is<2>>);
  STATIC_REQUIRE(establishes<[](auto w) { return esp::max(w, 0) / (l1(w) + esp::eps); }, l1_at_most<1>>);
  STATIC_REQUIRE(!establishes<[](auto w) { return w / (l1(esp::max(w, 0)) + esp::eps); }, l1_at_most<1>>);
  STATIC_REQUIRE(!establishes<[](auto w) { return (w + 1) / (l1(w) + esp::eps); }, l1_at_most<2>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> cap<l1, 1> >> modes::zero_mean), l1_at_most<2>>);
  STATIC_REQUIRE(!establishes<(modes::nonneg >> cap<l1, 1> >> modes::zero_mean), l1_at_most<1.9>>);
}

TEST_CASE("of output channels and of the whole weight", "[l1_facts]") {
  STATIC_REQUIRE(establishes<per_filter(cap<l1, 1>), per_filter(l1_at_most<1>)>);
  STATIC_REQUIRE(!establishes<per_filter(cap<l1, 1>), whole_weight(l1_at_most<1>)>);
  STATIC_REQUIRE(establishes<whole_weight(normalize<l1>), whole_weight(l1_is<1>)>);
  constexpr weight_shape two{.out = 3, .in = 2, .kernel = 3};
  STATIC_REQUIRE(!establishes<normalize<l1>, per_filter(l1_is<2>)>);
  STATIC_REQUIRE(establishes<normalize<l1>, per_filter(l1_is<2>), two>);
  STATIC_REQUIRE(establishes<normalize<l1>, whole_weight(l1_is<6>), two>);
}

TEST_CASE("taps and the l2 norm are within it, and it within what those bound", "[l1_facts]") {
  STATIC_REQUIRE(establishes<cap<l1, 1>, bounds<-1, 1>>);
  STATIC_REQUIRE(!establishes<cap<l1, 1>, bounds<-1, 0.9>>);
  STATIC_REQUIRE(establishes<cap<l1, 1>, l2_at_most<1>>);
  STATIC_REQUIRE(!establishes<cap<l1, 1>, l2_at_most<0.9>>);
  STATIC_REQUIRE(establishes<modes::unit_l2, l1_at_most<5.2>>);  // sqrt(27)
  STATIC_REQUIRE(!establishes<modes::unit_l2, l1_at_most<5.19>>);
  STATIC_REQUIRE(establishes<clamp<-1, 1>, l1_at_most<27>>);
  STATIC_REQUIRE(establishes<clamp<-1, 1>, l1_at_most<9>, extents{1, 3, 3}>);
  STATIC_REQUIRE(!establishes<clamp<-1, 1>, l1_at_most<26>>);
  STATIC_REQUIRE(establishes<(modes::unit_l2 >> modes::nonneg), l2_at_most<1>>);
  STATIC_REQUIRE(establishes<(modes::unit_l2 >> modes::nonneg), bounds<0, 1>>);
}

TEST_CASE("the facts as values", "[l1_facts]") {
  using capped = esp::formula<esp::to_policy_t<decltype(cap<l1, 1>)>>;
  STATIC_REQUIRE(!esp::l1_of<capped, esp::scope::block>.value);
  STATIC_REQUIRE(esp::l1_of<capped, esp::scope::block>.bound == 1.0);
  STATIC_REQUIRE(!esp::l1_of<capped, esp::scope::filter>.bound);
  using free = esp::formula<esp::identity_t>;
  STATIC_REQUIRE((!esp::l1_of<free, esp::scope::block>.value && !esp::l1_of<free, esp::scope::block>.bound));
}
