// SPDX-License-Identifier: BSD-3-Clause
// What is proved, and what must not be: each claim beside one that is a little too strong.
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using esp::bounds, esp::center_is, esp::establishes, esp::extents, esp::l2_at_most, esp::l2_is, esp::nonnegative,
    esp::sum_is, esp::tap_is, esp::zero_sum;

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
constexpr whiten_t whiten{};

constexpr auto fixed = modes::fixed_center<-1, 1>;
constexpr auto sharp = modes::fixed_center<-1, 3>;
constexpr auto capped = modes::max_l2<0.8>;

}  // namespace

// A difference in the fourteenth digit is a number of the formula, not a rounding of the proof.
static_assert(!esp::establishes<[](auto w) { return (w * (1 + 1e-14) - w) * 1e14; }, esp::tap_is<0, 0, 0, 0>>);

TEST_CASE("facts of the modes") {
  STATIC_REQUIRE(establishes<modes::nonneg, nonnegative>);
  STATIC_REQUIRE(!establishes<modes::nonneg, bounds<0, 1>>);
  STATIC_REQUIRE(!establishes<modes::none, nonnegative>);
  STATIC_REQUIRE(!establishes<modes::none, zero_sum>);
  STATIC_REQUIRE(establishes<modes::sum_to_one, sum_is<1>>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, sum_is<2>>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, bounds<-1, 1>>);
  STATIC_REQUIRE(establishes<modes::zero_mean, zero_sum>);
  STATIC_REQUIRE(!establishes<modes::zero_mean, l2_at_most<1000>>);
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, nonnegative>);
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, sum_is<1>>);
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, bounds<0, 1>>);
  STATIC_REQUIRE(!establishes<modes::nonneg_sum1, bounds<0, 0.5>>);
  STATIC_REQUIRE(establishes<modes::unit_l2, l2_is<1>>);
  STATIC_REQUIRE(establishes<modes::unit_l2, l2_at_most<1>>);
  STATIC_REQUIRE(establishes<modes::unit_l2, bounds<-1, 1>>);
  STATIC_REQUIRE(!establishes<modes::unit_l2, l2_at_most<0.999>>);
  STATIC_REQUIRE(!establishes<modes::unit_l2, zero_sum>);
  STATIC_REQUIRE(establishes<capped, l2_at_most<0.8>>);
  STATIC_REQUIRE(establishes<capped, l2_at_most<2>>);
  STATIC_REQUIRE(!establishes<capped, l2_at_most<0.799>>);
  STATIC_REQUIRE(!establishes<capped, l2_is<0.8>>);
  STATIC_REQUIRE(establishes<fixed, zero_sum>);
  STATIC_REQUIRE(establishes<sharp, sum_is<2>>);
  STATIC_REQUIRE(!establishes<sharp, zero_sum>);
}

TEST_CASE("facts of single taps") {
  STATIC_REQUIRE(establishes<fixed, center_is<-1>>);
  STATIC_REQUIRE(!establishes<fixed, center_is<1>>);
  STATIC_REQUIRE(establishes<fixed, tap_is<1, 1, 1, -1>>);
  STATIC_REQUIRE(!establishes<fixed, tap_is<1, 1, 0, -1>>);
  STATIC_REQUIRE(!establishes<fixed, tap_is<3, 1, 1, -1>>);
  STATIC_REQUIRE(!establishes<fixed, tap_is<-1, 1, 1, -1>>);
  STATIC_REQUIRE(establishes<fixed, center_is<-1>, extents{1, 5, 7}>);
  STATIC_REQUIRE(establishes<fixed, tap_is<0, 2, 3, -1>, extents{1, 5, 7}>);
  STATIC_REQUIRE(!establishes<esp::assign<2>, center_is<2>, extents{2, 3, 3}>);
  STATIC_REQUIRE(establishes<esp::assign<2>, tap_is<0, 0, 0, 2>>);
  STATIC_REQUIRE(!establishes<esp::assign<2>, tap_is<0, 0, 0, 0>>);
  STATIC_REQUIRE(establishes<esp::assign<2>, sum_is<54>>);
  STATIC_REQUIRE(!establishes<modes::none, center_is<0>>);
}

TEST_CASE("facts of compositions") {
  STATIC_REQUIRE(establishes<(modes::zero_mean >> modes::unit_l2), zero_sum>);
  STATIC_REQUIRE(establishes<(modes::zero_mean >> modes::unit_l2), l2_is<1>>);
  STATIC_REQUIRE(!establishes<(modes::unit_l2 >> modes::zero_mean), l2_is<1>>);
  STATIC_REQUIRE(establishes<(modes::zero_mean >> capped), zero_sum>);
  STATIC_REQUIRE(!establishes<(modes::nonneg >> modes::zero_mean), nonnegative>);
  STATIC_REQUIRE(!establishes<(modes::zero_mean >> modes::nonneg), zero_sum>);
  STATIC_REQUIRE(establishes<(modes::nonneg_sum1 >> modes::max_l2<2>), nonnegative>);
  STATIC_REQUIRE(!establishes<(modes::nonneg_sum1 >> modes::max_l2<2>), sum_is<1>>);
  STATIC_REQUIRE(establishes<(modes::max_l2<2> >> modes::max_l2<0.5>), l2_at_most<0.5>>);
  STATIC_REQUIRE(establishes<(modes::max_l2<0.5> >> modes::max_l2<2>), l2_at_most<0.5>>);
  STATIC_REQUIRE(establishes<(fixed >> modes::nonneg), center_is<0>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> esp::on<esp::center_tap>(esp::assign<2>)), nonnegative>);
  STATIC_REQUIRE(!establishes<(modes::nonneg >> esp::on<esp::center_tap>(esp::assign<-2>)), nonnegative>);
  STATIC_REQUIRE(establishes<esp::clamp<-1, 1>, l2_at_most<1>> == false);
  STATIC_REQUIRE(establishes<(esp::clamp<-1, 1> >> whiten), zero_sum>);
}

TEST_CASE("targets of normalisation") {
  STATIC_REQUIRE(establishes<esp::normalize<esp::sum, -2.5>, sum_is<-2.5>>);
  STATIC_REQUIRE(establishes<esp::normalize<esp::l2, 3>, l2_is<3>>);
  STATIC_REQUIRE(establishes<esp::normalize<esp::l2, 3>, bounds<-3, 3>>);
  STATIC_REQUIRE(!establishes<esp::normalize<esp::l2, 3>, bounds<-2, 3>>);
  STATIC_REQUIRE(!establishes<esp::normalize<esp::l1>, sum_is<1>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> esp::normalize<esp::l1, 4>), sum_is<4>>);
  STATIC_REQUIRE(establishes<(modes::nonneg >> esp::normalize<esp::l1, 4>), bounds<0, 4>>);
}

TEST_CASE("facts of custom policies and lambdas") {
  STATIC_REQUIRE(establishes<whiten, zero_sum>);
  STATIC_REQUIRE(establishes<whiten, l2_at_most<5.2>>);
  STATIC_REQUIRE(!establishes<whiten, l2_at_most<5.19>>);
  STATIC_REQUIRE(establishes<whiten, l2_is<3>, extents{1, 3, 3}>);
  STATIC_REQUIRE(establishes<[](auto w) { return w * w; }, nonnegative>);
  STATIC_REQUIRE(establishes<[](auto w) { return esp::select(w < 0, 0, w); }, nonnegative>);
  STATIC_REQUIRE(!establishes<[](auto w) { return esp::select(w < 0, w, 0); }, nonnegative>);
  STATIC_REQUIRE(establishes<[](auto w) { return esp::select(w < 0, w, 0); }, bounds<-1e308, 0>> == false);
  STATIC_REQUIRE(establishes<[](auto w) { return (w + 1) / esp::sum(w + 1); }, sum_is<1>>);
  STATIC_REQUIRE(establishes<[](auto w) { return (w - esp::mean(w)) / (1 + esp::abs(esp::max(w))); }, zero_sum>);
  STATIC_REQUIRE(establishes<[](auto w) { return w / (1 + esp::sum(w * w)); }, zero_sum> == false);
  STATIC_REQUIRE(establishes<[](auto w) { return 1 / (1 + w * w); }, bounds<0, 1>>);
  STATIC_REQUIRE(establishes<[](auto w) { return -esp::abs(w) / esp::l1(w); }, sum_is<-1>>);
}

TEST_CASE("a named parameter keeps what does not depend on its value") {
  constexpr auto scaled = esp::normalize<esp::sum, esp::param<"s">>;
  STATIC_REQUIRE(!establishes<scaled, sum_is<1>>);
  STATIC_REQUIRE(!establishes<esp::cap<esp::l2, esp::param<"c">>, l2_at_most<1>>);
  STATIC_REQUIRE(establishes<(modes::zero_mean >> [](auto w) { return w * esp::param<"k">; }), zero_sum>);
  STATIC_REQUIRE(!establishes<esp::clamp<esp::param<"lo">>, nonnegative>);
}

TEST_CASE("facts at other scopes") {
  using esp::per_filter, esp::whole_weight;
  STATIC_REQUIRE(establishes<per_filter(modes::zero_mean), per_filter(zero_sum)>);
  STATIC_REQUIRE(!establishes<per_filter(modes::zero_mean), zero_sum>);
  STATIC_REQUIRE(establishes<per_filter(modes::zero_mean), whole_weight(zero_sum)>);
  STATIC_REQUIRE(establishes<modes::zero_mean, per_filter(zero_sum)>);
  STATIC_REQUIRE(establishes<modes::zero_mean, whole_weight(zero_sum)>);
  STATIC_REQUIRE(!establishes<whole_weight(modes::zero_mean), per_filter(zero_sum)>);
  STATIC_REQUIRE(establishes<whole_weight(modes::unit_l2), whole_weight(l2_is<1>)>);
  STATIC_REQUIRE(!establishes<whole_weight(modes::unit_l2), l2_is<1>>);
  STATIC_REQUIRE(!establishes<modes::unit_l2, per_filter(l2_is<1>)>);
  STATIC_REQUIRE(establishes<per_filter(modes::nonneg_sum1), per_filter(sum_is<1>)>);
  STATIC_REQUIRE(establishes<per_filter(modes::nonneg_sum1), nonnegative>);
}

TEST_CASE("the facts of a formula as values") {
  constexpr esp::known_facts known = esp::facts_of<esp::formula<esp::to_policy_t<decltype(modes::nonneg_sum1)>>>;
  STATIC_REQUIRE(known.range == esp::interval{0, 1});
  STATIC_REQUIRE((known.sum && esp::agrees(*known.sum, 1)));
  STATIC_REQUIRE(!known.l2);
  constexpr esp::known_facts nothing = esp::facts_of<esp::formula<esp::identity_t>>;
  STATIC_REQUIRE(nothing.range == esp::interval{});
  STATIC_REQUIRE((!nothing.sum && !nothing.l2 && !nothing.l2_bound));
  STATIC_REQUIRE(esp::agrees(1 + 1e-14, 1));
  STATIC_REQUIRE(!esp::agrees(1 + 1e-9, 1));
  STATIC_REQUIRE(esp::per_filter(zero_sum).reach == esp::scope::filter);
  STATIC_REQUIRE(esp::whole_weight(zero_sum).reach == esp::scope::whole);
}

TEST_CASE("more combinations of regions than are kept: nothing is claimed") {
  constexpr auto bits = [](auto w) {
    auto a = esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return t.d % 2 == 1; }>), 1, 2);
    auto b = esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return 1 < t.d; }>), a, 3);
    auto c = esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return t.h % 2 == 1; }>), b, 4);
    auto d = esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return 1 < t.h; }>), c, 5);
    auto e = esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return t.w % 2 == 1; }>), d, 6);
    return esp::select(esp::inside(esp::mask<[](esp::tap_index t) { return 1 < t.w; }>), e, w);
  };
  STATIC_REQUIRE(!establishes<bits, nonnegative, extents{4}>);
  STATIC_REQUIRE(!establishes<bits, tap_is<3, 3, 3, 0>, extents{4}>);
}
