// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table.hpp>
// The header under test stands alone above.
#include <array>
#include <espalier/dsl.hpp>
#include <espalier/formula_hash.hpp>
#include <espalier/gradient.hpp>

#include "support/sweep.hpp"

namespace {

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w) - 1; }
constexpr double share(esp::tap_index t, esp::extents k) {
  return static_cast<double>(t.d + t.w) / static_cast<double>(k.volume());
}
constexpr double tenths(esp::tap_index t) { return 0.1 * static_cast<double>(t.h) + 0.1; }

constexpr auto enveloped = [](auto w) { return w * esp::at<share> - esp::at<tenths>; };
constexpr auto projected = [](auto w) {
  const auto x = esp::at<lever>;
  return w - x * esp::sum(w * x) / esp::sum(x * x);
};
constexpr auto averaged = [](auto w) { return w - esp::sum(w * esp::at<tenths>) / esp::sum(esp::at<tenths>); };

template <auto P, esp::extents Kernel = 3>
using formula_of = esp::formula<esp::to_policy_t<decltype(P)>, esp::weight_shape{3, 2, Kernel}>;
template <auto P>
constexpr auto hash_of = esp::policy_hash<esp::to_policy_t<decltype(P)>, esp::weight_shape{3, 2, 3}>();

}  // namespace

TEST_CASE("a table is a node, once for equal numbers") {
  constexpr auto twice = [](auto w) { return w * esp::at<lever> + esp::at<[](esp::tap_index t) { return t.w - 1; }>; };
  constexpr const esp::graph& g = formula_of<twice>::value;
  STATIC_REQUIRE(g.table_count == 1);
  STATIC_REQUIRE(g.table_value(0, 0) == -1);
  STATIC_REQUIRE(g.table_value(0, 26) == 1);
  STATIC_REQUIRE(g.region_count == 0);
}

TEST_CASE("a table that is the same at every tap is a number") {
  constexpr auto half = [](auto w) { return w * esp::at<[](esp::tap_index) { return 0.5; }>; };
  STATIC_REQUIRE(formula_of<half>::value.table_count == 0);
  STATIC_REQUIRE(esp::explain(half).formula == "lambda(w * 0.5)" || esp::explain(half).formula == "w * 0.5");
  // On a kernel of one column the lever is a number too.
  STATIC_REQUIRE(formula_of<projected, esp::extents{3, 3, 1}>::value.table_count == 0);
}

TEST_CASE("sums, norms and extremes of tables are numbers") {
  constexpr auto sums = [](auto w) {
    const auto x = esp::at<lever>;
    return w * esp::sum(x * x) + esp::max(x) + esp::sum(x);
  };
  STATIC_REQUIRE(esp::plan<formula_of<sums>>::passes == 1);
  STATIC_REQUIRE(esp::explain(sums).formula == "w * 18 + 1");
  constexpr auto least = [](auto w) { return w * esp::min(esp::at<lever> - 2); };
  STATIC_REQUIRE(esp::explain(least).formula == "w * -3");
  // What no double holds is rounded when the program runs and exact in proofs.
  STATIC_REQUIRE(esp::plan<formula_of<averaged>>::passes == 2);
  constexpr auto shares = [](auto) { return esp::at<tenths> / esp::sum(esp::at<tenths>); };
  STATIC_REQUIRE(esp::plan<formula_of<shares>>::passes == 1);
  STATIC_REQUIRE(esp::establishes<shares, esp::sum_is<1>>);
}

TEST_CASE("facts use the numbers of a table") {
  constexpr auto kernel = esp::assign<esp::at<lever>>;
  STATIC_REQUIRE(esp::establishes<kernel, esp::zero_sum>);
  STATIC_REQUIRE(esp::establishes<kernel, esp::l1_is<18>>);
  STATIC_REQUIRE(esp::establishes<kernel, esp::bounds<-1, 1>>);
  STATIC_REQUIRE(esp::establishes<kernel, esp::tap_is<2, 0, 0, -1>>);
  STATIC_REQUIRE(esp::establishes<kernel, esp::center_is<0>>);
  STATIC_REQUIRE(!esp::establishes<kernel, esp::center_is<1>>);
  STATIC_REQUIRE(!esp::establishes<kernel, esp::sum_is<1>>);
  STATIC_REQUIRE(
      esp::establishes<(esp::normalize<esp::l2> >> [](auto w) { return w * esp::at<lever>; }), esp::l2_at_most<1>>);
  STATIC_REQUIRE(!esp::establishes<([](auto w) { return w * esp::at<lever>; } >> esp::normalize<esp::l2> >>
                                    [](auto w) { return 2 * w * esp::at<lever>; }),
                                   esp::l2_at_most<1>>);
  // The weighted sum is zero, the plain one is not.
  constexpr auto weighted = [](auto w) { return w * esp::at<tenths>; };
  STATIC_REQUIRE(esp::establishes<(esp::identity >> averaged >> weighted), esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<averaged, esp::zero_sum>);
  STATIC_REQUIRE(
      esp::establishes<(esp::identity >> projected >> [](auto w) { return w * esp::at<lever>; }), esp::zero_sum>);
  constexpr auto cut = [](auto w) { return w * esp::at<[](esp::tap_index t) { return t.d == 0 ? 1 : 0; }>; };
  STATIC_REQUIRE(esp::establishes<cut, esp::support<esp::mask<[](esp::tap_index t) { return t.d == 0; }>>>);
}

TEST_CASE("the numbers of a table are part of a formula's identity") {
  constexpr auto same = [](auto w) { return w * esp::at<[](esp::tap_index t) { return t.w - 1; }>; };
  constexpr auto lifted = [](auto w) { return w * esp::at<[](esp::tap_index t) { return lever(t) + 1e-15; }>; };
  constexpr auto plain = [](auto w) { return w * esp::at<lever>; };
  STATIC_REQUIRE(hash_of<plain> == hash_of<same>);
  STATIC_REQUIRE(hash_of<plain> != hash_of<lifted>);
}

TEST_CASE("a table evaluates to its numbers") {
  constexpr auto out = esp::evaluate<enveloped, esp::extents{1, 1, 3}>(std::array{3.0, 6.0, 9.0});
  STATIC_REQUIRE(out == std::array{-0.1, 6.0 * (1.0 / 3) - 0.1, 9.0 * (2.0 / 3) - 0.1});
  constexpr auto centred = esp::evaluate<projected, esp::extents{1, 1, 3}>(std::array{1.0, 2.0, 4.0});
  STATIC_REQUIRE(centred == std::array{2.5, 2.0, 2.5});
}

TEMPLATE_TEST_CASE("the sweep reads tables as the evaluator does", "", float, double) {
  using t = TestType;
  constexpr esp::weight_shape cube{7, 3, 3}, row{9, 4, {1, 1, 3}}, flat{5, 5, {1, 2, 5}};
  CHECK(support::difference<enveloped, t, cube>() <= support::rounding<t>);
  CHECK(support::difference<projected, t, cube>() <= support::rounding<t>);
  CHECK(support::difference<averaged, t, cube>() <= support::rounding<t>);
  CHECK(support::difference<enveloped, t, row>() <= support::rounding<t>);
  CHECK(support::difference<projected, t, row>() <= support::rounding<t>);
  CHECK(support::difference<enveloped, t, flat>() <= support::rounding<t>);
  CHECK(support::difference<esp::per_filter(averaged), t, flat>() <= support::rounding<t>);
  CHECK(support::difference<esp::whole_weight(averaged), t, cube>() <= support::rounding<t>);
}

TEST_CASE("the gradient of a table's product is the table's multiple") {
  constexpr auto g = esp::explain<esp::extents{1, 1, 3}>([](auto w) { return w * esp::at<lever>; });
  CHECK(g.gradient == "at(-1, 0, 1) * g");
  CHECK(esp::explain(projected).gradient == "g - at(w: -1, 0, 1) * sum(at(w: -1, 0, 1) * g / 18)");
}

TEST_CASE("tables print their numbers, or how many there are") {
  CHECK(esp::explain<esp::extents{3, 1, 3}>(esp::assign<esp::at<share>>).formula ==
        "at(0, 0.111111, 0.222222, 0.111111, 0.222222, 0.333333, 0.222222, 0.333333, 0.444444)");
  CHECK(esp::explain(esp::assign<esp::at<share>>).formula == "at(27 numbers from 0 to 0.148148)");
}
