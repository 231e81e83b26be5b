// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/evaluate.hpp>
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/grouped.hpp>
#include <espalier/policies/on.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"
#include "support/scopes.hpp"

namespace {

using esp::axis, esp::establishes, esp::grouped, esp::lines, esp::planes;
using weight = std::array<double, 16>;

/// Blocks of two rows of two taps.
template <auto Prior>
constexpr weight of(const weight& in) {
  return scopes::of<Prior, esp::extents{1, 2, 2}>(in);
}
constexpr weight in{1, 3, 5, 9, 0, 2, 4, 4, 8, 8, 6, 2, 1, 1, 1, 5};

constexpr auto diagonal = [](esp::tap_index t) { return (t.h + t.w) % 2; };
constexpr auto centred = esp::subtract<esp::mean>;

}  // namespace

TEST_CASE("reductions of a grouped policy run over the group of the tap") {
  STATIC_REQUIRE(of<grouped<lines<axis::width>>(centred)>(in) ==
                 weight{-1, 1, -2, 2, -1, 1, 0, 0, 0, 0, 2, -2, 0, 0, -2, 2});
  STATIC_REQUIRE(of<grouped<planes<axis::width>>(centred)>(in) ==
                 weight{-2, -3, 2, 3, -2, -1, 2, 1, 1, 3, -1, -3, 0, -2, 0, 2});
  STATIC_REQUIRE(of<grouped<diagonal>(centred)>(in) == weight{-4, -1, 1, 4, -2, -1, 1, 2, 3, 1, -1, -3, -2, 0, 0, 2});
  constexpr auto from_top = [](auto w) { return w - esp::max(w, lines<axis::height>); };
  STATIC_REQUIRE(of<from_top>(in) == weight{-4, -6, 0, 0, -4, -2, 0, 0, 0, 0, -2, -6, 0, -4, 0, 0});
}

TEST_CASE("groups of a filter, of an input channel and of the weight are those of all their blocks") {
  constexpr auto total = [](auto w) { return esp::sum(w) + 0 * w; };
  STATIC_REQUIRE(of<esp::per_filter(grouped<esp::single_taps>(total))>(in) ==
                 weight{1, 5, 9, 13, 1, 5, 9, 13, 9, 9, 7, 7, 9, 9, 7, 7});
  STATIC_REQUIRE(of<esp::per_input(grouped<lines<axis::width>>(total))>(in) ==
                 weight{20, 20, 22, 22, 4, 4, 14, 14, 20, 20, 22, 22, 4, 4, 14, 14});
  STATIC_REQUIRE(of<grouped<lines<axis::width>>(esp::per_filter(total))>(in) ==
                 of<esp::per_filter(grouped<lines<axis::width>>(total))>(in));
  constexpr auto means = esp::per_filter(grouped<lines<axis::width>>([](auto w) { return esp::mean(w) + 0 * w; }));
  STATIC_REQUIRE(of<means>(in)[0] == 1.5);
}

TEST_CASE("a number of a block or a filter is reduced over groups when it is known") {
  constexpr auto times = [](auto w) { return 0 * w + esp::sum(esp::sum(w), lines<axis::width>); };
  constexpr auto most = [](auto w) { return 0 * w + esp::max(esp::sum(w), lines<axis::width>); };
  constexpr auto average = [](auto w) { return 0 * w + esp::mean(esp::max(w), lines<axis::width>); };
  STATIC_REQUIRE(of<times>(in) == weight{36, 36, 36, 36, 20, 20, 20, 20, 48, 48, 48, 48, 16, 16, 16, 16});
  STATIC_REQUIRE(of<esp::per_filter(times)>(in)[0] == 4 * 28);
  STATIC_REQUIRE(of<esp::per_filter(most)>(in) ==
                 weight{28, 28, 28, 28, 28, 28, 28, 28, 32, 32, 32, 32, 32, 32, 32, 32});
  STATIC_REQUIRE(of<esp::per_input(most)>(in)[4] == 18);
  STATIC_REQUIRE(of<esp::whole_weight(average)>(in)[15] == 9);
}

TEST_CASE("a number of a block is reduced to nothing in a group without taps of the region") {
  constexpr auto first = esp::tap<0, 0, 0>;
  constexpr auto total = esp::on<first>([](auto w) { return w - esp::sum(esp::sum(w), lines<axis::width>); });
  STATIC_REQUIRE(of<total>(in)[0] == 0);
  constexpr auto all = [](auto w) { return 0 * w + esp::sum(w); };
  constexpr auto of_region = [](auto w) { return esp::sum(w, esp::tap<0, 0, 0>); };
  constexpr auto summed = all >> grouped<lines<axis::width>>(of_region);
  STATIC_REQUIRE(of<summed>(in)[0] == 18);
  STATIC_REQUIRE(of<summed>(in)[2] == 0);
  constexpr auto one = esp::assign<2> >> grouped<lines<axis::width>>(of_region);
  STATIC_REQUIRE(of<one>(in)[1] == 2);
  STATIC_REQUIRE(of<one>(in)[3] == 0);
}

TEST_CASE("two partitions work in one formula, and in two steps") {
  constexpr auto both = [](auto w) { return w - esp::mean(w, lines<axis::width>) - esp::mean(w, lines<axis::height>); };
  STATIC_REQUIRE(of<both>(in)[0] == 1 - 2 - 3);
  constexpr auto twice = grouped<lines<axis::width>>(centred) >> grouped<lines<axis::height>>(centred);
  STATIC_REQUIRE(of<twice>(in) == weight{0.5, -0.5, -0.5, 0.5, -0.5, 0.5, 0.5, -0.5, -1, 1, 1, -1, 1, -1, -1, 1});
  STATIC_REQUIRE(establishes<twice, esp::zero_sum>);
}

TEST_CASE("norms run over groups as sums do") {
  constexpr auto sizes = [](auto w) { return 0 * w + esp::l1(w, lines<axis::width>); };
  constexpr auto squares = [](auto w) { return 0 * w + esp::sum_of_squares(w, lines<axis::width>); };
  constexpr auto shares = [](auto w) { return w / esp::l2(w, lines<axis::width>); };
  STATIC_REQUIRE(of<sizes>(in) == weight{4, 4, 14, 14, 2, 2, 8, 8, 16, 16, 8, 8, 2, 2, 6, 6});
  STATIC_REQUIRE(of<squares>(in)[0] == 10);
  STATIC_REQUIRE(establishes<shares, esp::l2_is<3>>);
}

TEST_CASE("a region cuts the groups") {
  constexpr auto left = esp::mask<[](esp::tap_index t) { return t.w == 0 || t.h == 0; }>;
  STATIC_REQUIRE(of<esp::on<left>(grouped<lines<axis::width>>(centred))>(in) ==
                 weight{-1, 1, 0, 9, -1, 1, 0, 4, 0, 0, 0, 2, 0, 0, 0, 5});
}

TEST_CASE("what holds of every group holds of their sum") {
  STATIC_REQUIRE(establishes<grouped<planes<axis::depth>>(centred), esp::zero_sum>);
  STATIC_REQUIRE(establishes<grouped<planes<axis::depth>>(esp::normalize<esp::l1>), esp::l1_is<3>>);
  STATIC_REQUIRE(establishes<grouped<lines<axis::depth>>(esp::normalize<esp::l2>), esp::l2_is<3>>);
  STATIC_REQUIRE(establishes<grouped<esp::shells>(centred), esp::zero_sum>);
  STATIC_REQUIRE(!establishes<grouped<planes<axis::depth>>(centred), esp::sum_is<1>>);
  constexpr auto shares = [](auto w) {
    auto e = esp::exp(w - esp::max(w, lines<axis::width>));
    return e / esp::sum(e, lines<axis::width>);
  };
  STATIC_REQUIRE(establishes<shares, esp::sum_is<9>>);
  STATIC_REQUIRE(establishes<shares, esp::nonnegative>);
}

TEST_CASE("a divisor that is zero in every group is found") {
  constexpr auto by_nothing = [](auto w) {
    auto c = w - esp::mean(w, planes<axis::depth>);
    return w / esp::sum(c, planes<axis::depth>);
  };
  STATIC_REQUIRE(esp::divides_by_zero(esp::formula<esp::to_policy_t<decltype(by_nothing)>>::value));
}

TEST_CASE("the largest tap of a group that may have none is not always finite") {
  constexpr auto largest = [](auto w) { return esp::max(w); };
  constexpr auto of_a_region = [](auto w) { return esp::max(w, esp::tap<0, 0, 0>); };
  STATIC_REQUIRE(establishes<grouped<planes<axis::depth>>(largest), esp::always_finite>);
  STATIC_REQUIRE(establishes<of_a_region, esp::always_finite>);
  STATIC_REQUIRE(!establishes<grouped<planes<axis::depth>>(of_a_region), esp::always_finite>);
}

TEST_CASE("a sum of a group that may have no taps may be zero") {
  constexpr auto by_a_region = [](auto w) { return 1 / esp::sum(1 + esp::exp(esp::min(w, 0)), esp::tap<0, 0, 0>); };
  STATIC_REQUIRE(establishes<by_a_region, esp::always_finite>);
  STATIC_REQUIRE(!establishes<grouped<planes<axis::depth>>(by_a_region), esp::always_finite>);
  constexpr esp::value_range one = esp::range_of_constant(1);
  STATIC_REQUIRE(esp::range_of_total(one, {1, 4}).away > 0);
  STATIC_REQUIRE(esp::range_of_total(one, {0, 4}).away == 0);
}

TEST_CASE("a grouped policy is called as it is written") {
  STATIC_REQUIRE(esp::policy_name<decltype(grouped<lines<axis::width>>(esp::modes::nonneg))>() ==
                 "grouped<lines<width>>(clamp<0>)");
  STATIC_REQUIRE(esp::policy_name<decltype(grouped<diagonal>(esp::modes::nonneg))>() == "grouped<groups>(clamp<0>)");
}
