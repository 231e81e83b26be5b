// SPDX-License-Identifier: BSD-3-Clause
// What is proved, and what must not be: each claim beside one that is a little too strong.
#include <array>
#include <espalier/evaluate.hpp>
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

TEST_CASE("a support is what is not proved to be zero") {
  using esp::on, esp::support;
  constexpr auto cross = esp::mask<[](esp::tap_index t) { return (t.d == 1) + (t.h == 1) + (t.w == 1) >= 2; }>;
  constexpr auto corners = esp::mask<[](esp::tap_index t) { return (t.d == 1) + (t.h == 1) + (t.w == 1) < 2; }>;
  STATIC_REQUIRE(establishes<on<corners>(esp::assign<0>), support<cross>>);
  STATIC_REQUIRE(!establishes<on<corners>(esp::assign<0>), support<esp::center_tap>>);
  STATIC_REQUIRE(!establishes<on<corners>(esp::assign<1e-30>), support<cross>>);
  STATIC_REQUIRE(establishes<(on<corners>(esp::assign<0>) >> modes::unit_l2), support<cross>>);
  STATIC_REQUIRE(!establishes<(on<corners>(esp::assign<0>) >> modes::zero_mean), support<cross>>);
  STATIC_REQUIRE(establishes<(on<esp::neighbors>(esp::assign<0>) >> modes::nonneg), support<esp::center_tap>>);
  STATIC_REQUIRE(
      establishes<[](auto w) { return esp::select(esp::inside(esp::center_tap), w, 0); }, support<esp::center_tap>>);
  // A kernel of even extents has no centre.
  STATIC_REQUIRE(!establishes<esp::assign<0>, support<esp::center_tap>, extents{2, 3, 3}>);
  STATIC_REQUIRE(establishes<esp::assign<0>, support<cross>, extents{2, 3, 3}>);
  STATIC_REQUIRE(establishes<modes::none, support<esp::mask<[](esp::tap_index) { return true; }>>>);
}

TEST_CASE("a result is finite where nothing divides by what may be zero") {
  using esp::always_finite;
  STATIC_REQUIRE(establishes<modes::none, always_finite>);
  STATIC_REQUIRE(establishes<modes::unit_l2, always_finite>);
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, always_finite>);
  STATIC_REQUIRE(establishes<whiten, always_finite>);
  STATIC_REQUIRE(establishes<(modes::zero_mean >> capped), always_finite>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, always_finite>);
  STATIC_REQUIRE(!establishes<fixed, always_finite>);
  STATIC_REQUIRE(!establishes<[](auto w) { return w / esp::l1(w); }, always_finite>);
  STATIC_REQUIRE(!establishes<[](auto w) { return esp::sqrt(w); }, always_finite>);
  STATIC_REQUIRE(establishes<[](auto w) { return w / (1 + w * w); }, always_finite>);
}

TEST_CASE("the norm of the convolution follows from sums of absolute values") {
  using esp::cap, esp::l1, esp::lipschitz, esp::per_filter, esp::weight_shape, esp::whole_weight;
  constexpr weight_shape shape{.out = 8, .in = 2, .kernel = 3};
  STATIC_REQUIRE(establishes<whole_weight(cap<l1, 1>), lipschitz<1>>);
  STATIC_REQUIRE(!establishes<whole_weight(cap<l1, 1>), lipschitz<0.99>>);
  STATIC_REQUIRE(!establishes<cap<l1, 1>, lipschitz<1000>>);
  STATIC_REQUIRE(establishes<cap<l1, 1>, lipschitz<4>, shape>);
  STATIC_REQUIRE(!establishes<cap<l1, 1>, lipschitz<3.99>, shape>);
  STATIC_REQUIRE(establishes<per_filter(cap<l1, 1>), lipschitz<2.8284271247461903>, shape>);
  STATIC_REQUIRE(!establishes<per_filter(cap<l1, 1>), lipschitz<2.82>, shape>);
  STATIC_REQUIRE(establishes<modes::nonneg_sum1, lipschitz<4>, shape>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, lipschitz<1000>, shape>);
  STATIC_REQUIRE(establishes<(whole_weight(cap<l1, 1>) >> modes::nonneg), lipschitz<1>>);
  STATIC_REQUIRE(establishes<esp::assign<0>, lipschitz<0>>);
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

TEST_CASE("a NaN that max, min or select drops proves nothing") {
  using esp::abs, esp::l1, esp::l2, esp::max, esp::min, esp::select, esp::sqrt, esp::sum;
  constexpr extents two{1, 1, 2};
  constexpr auto loses = [](auto w) {
    auto t = max(w, sqrt(w));
    return sqrt(t * t) - t;
  };
  STATIC_REQUIRE(esp::evaluate<loses, two>(std::array{-1.0, -2.0}) == std::array{2.0, 4.0});
  STATIC_REQUIRE(!establishes<loses, zero_sum, two>);
  STATIC_REQUIRE(!establishes<loses, nonnegative, two>);
  STATIC_REQUIRE(!establishes<loses, tap_is<0, 0, 0, 0>, two>);
  STATIC_REQUIRE(!establishes<loses, l2_at_most<1>, two>);
  constexpr auto bound = [](auto w) {
    auto s = sum(w);
    return w * min(l1(w) + 5, sqrt(s) / sqrt(s) / l2(w));
  };
  STATIC_REQUIRE(!establishes<bound, l2_at_most<1>, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(w, w / w); }, bounds<1, 1e300>, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(w, abs(w) / l1(w)); }, nonnegative, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(w, (sum(w) - sum(w)) * 0); }, nonnegative, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(w, esp::param<"a"> * esp::param<"a">); }, nonnegative, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(0 * w, sqrt(w) / sqrt(w)); }, tap_is<0, 0, 0, 1>, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return select(w < sqrt(w), sqrt(w), w); }, nonnegative, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return select(w / w < 1, w / w, 1) - 1; }, tap_is<0, 0, 0, 0>, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return max(w, 1 / max(w, 0)); }, nonnegative, two>);  // 1 / -0
  STATIC_REQUIRE(establishes<[](auto w) { return max(w, abs(w)); }, nonnegative, two>);
  STATIC_REQUIRE(establishes<[](auto w) { return max(w, w * w); }, nonnegative, two>);
  STATIC_REQUIRE(establishes<[](auto w) { return w * min(2 / l2(w), 1 / l2(w)); }, l2_at_most<1>, two>);
}

TEST_CASE("facts of filters hold for any number of channels, or are asked of a layer's shape") {
  using esp::per_filter, esp::whole_weight, esp::weight_shape;
  constexpr auto of_two = per_filter([](auto w) { return w - esp::sum(w) / 54; });
  STATIC_REQUIRE(!establishes<of_two, per_filter(zero_sum)>);
  STATIC_REQUIRE(establishes<of_two, per_filter(zero_sum), weight_shape{.out = 8, .in = 2, .kernel = 3}>);
  STATIC_REQUIRE(!establishes<of_two, per_filter(zero_sum), weight_shape{.out = 8, .in = 4, .kernel = 3}>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, per_filter(sum_is<2>)>);
  STATIC_REQUIRE(!establishes<modes::sum_to_one, whole_weight(sum_is<4>)>);
  STATIC_REQUIRE(establishes<modes::sum_to_one, per_filter(sum_is<2>), weight_shape{.out = 3, .in = 2, .kernel = 3}>);
  STATIC_REQUIRE(establishes<modes::sum_to_one, whole_weight(sum_is<6>), weight_shape{.out = 3, .in = 2, .kernel = 3}>);
  // A tap and a block are proved for any number of channels too.
  constexpr auto counted = per_filter([](auto w) { return 0 * w + esp::sum(0 * w + 1) / 54; });
  STATIC_REQUIRE(!establishes<counted, tap_is<0, 0, 0, 1>>);
  STATIC_REQUIRE(!establishes<counted, sum_is<27>>);
  STATIC_REQUIRE(!establishes<per_filter([](auto w) { return w - esp::mean(w) * 2; }), per_filter(zero_sum)>);
  STATIC_REQUIRE(!establishes<per_filter([](auto w) { return esp::min(esp::sum(0 * w + 1), 54); }), sum_is<1458>>);
  STATIC_REQUIRE(establishes<per_filter(esp::subtract<esp::mean> >> esp::normalize<esp::l2>), per_filter(l2_is<1>)>);
  STATIC_REQUIRE(establishes<whole_weight(whiten), whole_weight(zero_sum)>);
}

TEST_CASE("what nearly cancels is no zero") {
  constexpr extents two{1, 1, 2};
  constexpr auto amplified = [](auto w) { return (w * 1.000000000000001 - w) * 1e16; };
  STATIC_REQUIRE(!establishes<amplified, zero_sum, two>);
  STATIC_REQUIRE(!establishes<amplified, bounds<0, 0>, two>);
  STATIC_REQUIRE(!establishes<amplified, tap_is<0, 0, 0, 0>, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return w * 0.1 + w * 0.2 - w * 0.3; }, zero_sum, two>);
  STATIC_REQUIRE(!establishes<[](auto w) { return (w * (1.0 / 3) * 3 - w) * 1e17; }, zero_sum, two> ||
                 (1.0 / 3) * 3 == 1);
  STATIC_REQUIRE(!establishes<esp::assign<9e-13>, center_is<0>>);
  STATIC_REQUIRE(!establishes<esp::assign<9e-13>, zero_sum>);
  STATIC_REQUIRE(!establishes<esp::assign<1e-300>, l2_is<0>>);
  STATIC_REQUIRE(establishes<esp::assign<9e-13>, center_is<9e-13>>);
  STATIC_REQUIRE(!establishes<esp::assign<9e-13>, center_is<9.1e-13>>);
  STATIC_REQUIRE(establishes<esp::normalize<esp::l2, 1e-9>, l2_is<1e-9>>);
  STATIC_REQUIRE(!establishes<esp::normalize<esp::l2, 1e-9>, l2_is<1.1e-9>>);
  // 1 - 27 * (1 / 27) is zero, and so is what a factor does to both sides.
  STATIC_REQUIRE(establishes<[](auto w) { return (w - esp::mean(w)) * 1e16; }, zero_sum>);
  STATIC_REQUIRE(establishes<[](auto w) { return 0.3 * w - esp::mean(0.3 * w); }, zero_sum>);
  STATIC_REQUIRE(establishes<(esp::normalize<esp::sum, 0.8> >> modes::zero_mean), zero_sum>);
  STATIC_REQUIRE(establishes<whiten, zero_sum, extents{3, 5, 7}>);
}

TEST_CASE("numbers at the ends of double's range are proved of or left, never refused") {
  STATIC_REQUIRE(establishes<esp::assign<1e200>, tap_is<0, 0, 0, 1e200>>);
  STATIC_REQUIRE(!establishes<esp::assign<1e200>, l2_at_most<1e200>>);
  STATIC_REQUIRE(establishes<esp::clamp<-1e308, 1e308>, bounds<-1e308, 1e308>>);
}
