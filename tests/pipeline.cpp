// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/evaluate.hpp>
#include <espalier/modes.hpp>
#include <espalier/pipeline.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;

constexpr auto a = esp::clamp<0>;
constexpr auto b = esp::subtract<esp::mean>;
constexpr auto c = esp::normalize<esp::l2>;
constexpr auto d = esp::cap<esp::l1, 2>;
constexpr auto twice = [](auto w) { return 2 * w; };

template <class X, class Y>
constexpr bool same(X, Y) {
  return std::is_same_v<X, Y>;
}
template <class P>
using bare = std::remove_const_t<P>;
template <auto P, auto Q>
constexpr bool composable = esp::Composable<bare<decltype(P)>, bare<decltype(Q)>>;

template <class>
constexpr int steps = 1;
template <class... Steps>
constexpr int steps<esp::pipeline<Steps...>> = sizeof...(Steps);

/// A formula of `Terms` different terms.
template <int Terms>
constexpr auto long_sum = [](auto w) {
  if constexpr (Terms == 0) {
    return w;
  } else {
    return long_sum<Terms - 1>(w) + esp::min(w, Terms);
  }
};

}  // namespace

TEST_CASE("composition is flat, however it is bracketed") {
  STATIC_REQUIRE(same((a >> b) >> (c >> d), a >> b >> c >> d));
  STATIC_REQUIRE(same(a >> (b >> (c >> d)), a >> b >> c >> d));
  STATIC_REQUIRE(steps<bare<decltype((a >> b) >> (c >> d))>> == 4);
  STATIC_REQUIRE(!same(a >> b, b >> a));
  STATIC_REQUIRE(std::is_empty_v<decltype(a >> b >> c)>);
}

TEST_CASE("a lambda stands on either side") {
  STATIC_REQUIRE(steps<bare<decltype(twice >> a)>> == 2);
  STATIC_REQUIRE(steps<bare<decltype(a >> twice)>> == 2);
  STATIC_REQUIRE(same((twice >> a) >> twice, twice >> (a >> twice)));
  using block = std::array<double, 3>;
  constexpr auto prior = twice >> a >> [](auto w) { return w + 1; };
  STATIC_REQUIRE(esp::evaluate<prior, esp::extents{1, 1, 3}>(block{1, -1, 2}) == block{3, 1, 5});
}

TEST_CASE("policies apply from left to right") {
  using block = std::array<double, 3>;
  constexpr block in{1, -4, 3};
  constexpr auto shift = [](auto w) { return w + 3; };
  STATIC_REQUIRE(esp::evaluate<(a >> shift), esp::extents{1, 1, 3}>(in) == block{4, 3, 6});
  STATIC_REQUIRE(esp::evaluate<(shift >> a), esp::extents{1, 1, 3}>(in) == block{4, 0, 6});
}

TEST_CASE("a pipeline is named after its steps") {
  STATIC_REQUIRE(esp::policy_name<bare<decltype(a >> b >> c)>>() == "clamp<0> >> subtract<mean> >> normalize<l2>");
  STATIC_REQUIRE(esp::policy_name<bare<decltype(a >> twice)>>() == "clamp<0> >> lambda");
}

TEST_CASE("a pair that divides by zero does not compose") {
  STATIC_REQUIRE(!composable<modes::zero_mean, modes::sum_to_one>);
  STATIC_REQUIRE(composable<modes::zero_mean, modes::unit_l2>);
  STATIC_REQUIRE(composable<modes::nonneg, modes::sum_to_one>);
  STATIC_REQUIRE(composable<modes::sum_to_one, modes::zero_mean>);
  STATIC_REQUIRE(!composable<(modes::zero_mean >> modes::unit_l2), modes::sum_to_one>);
  STATIC_REQUIRE(!composable<modes::zero_mean, [](auto w) { return w / esp::mean(w); }>);
}

TEST_CASE("what depends on the kernel is not judged before it is known") {
  constexpr auto far = esp::on<esp::mask<[](esp::tap_index t) { return t.d == 4; }>>(modes::zero_mean);
  constexpr auto first = esp::on<esp::mask<[](esp::tap_index t) { return t.d == 0; }>>(modes::zero_mean);
  constexpr auto near = esp::on<esp::mask<[](esp::tap_index t) { return t.d < 3; }>>(modes::zero_mean);
  STATIC_REQUIRE(composable<esp::clamp<-1, 1>, far>);
  STATIC_REQUIRE(composable<far, esp::clamp<-1, 1>>);
  STATIC_REQUIRE(composable<first, far>);
  STATIC_REQUIRE(composable<far, far>);
  STATIC_REQUIRE(composable<near, modes::sum_to_one>);  // all of a cube of 3, not of one of 5
  STATIC_REQUIRE(composable<modes::nonneg, [](auto w) { return w / (esp::sum(0 * w + 1) - 27); }>);
  constexpr auto shares = [](auto w) { return w / esp::sum(w); };
  STATIC_REQUIRE(!composable<esp::on<esp::neighbors>(modes::zero_mean), esp::on<esp::neighbors>(shares)>);
  STATIC_REQUIRE(!composable<first, esp::on<esp::mask<[](esp::tap_index t) { return t.d == 0; }>>(shares)>);
}

TEST_CASE("what is no policy does not compose") {
  STATIC_REQUIRE(!esp::Composable<esp::identity_t, int>);
  STATIC_REQUIRE(!esp::Composable<esp::identity_t, esp::tap_t>);
  STATIC_REQUIRE(!esp::Composable<esp::mean_t, esp::identity_t>);
  STATIC_REQUIRE(esp::Composable<esp::identity_t, esp::identity_t>);
}

TEST_CASE("a formula that is too long does not compose") {
  STATIC_REQUIRE(composable<esp::identity, long_sum<100>>);
  STATIC_REQUIRE(!composable<esp::identity, long_sum<120>>);
}
