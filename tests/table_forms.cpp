// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table_forms.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w - 1); }
constexpr double tenths(esp::tap_index t) { return 0.1 + 0.1 * static_cast<double>(t.h); }

constexpr auto x = esp::at<lever>;
constexpr auto y = esp::at<tenths>;
constexpr auto other = esp::at<[](esp::tap_index t) { return 2 * t.w + 1; }>;
constexpr auto by_x = [](auto w) { return w * x; };

template <auto P>
constexpr bool sums_to_zero = esp::establishes<P, esp::zero_sum>;

}  // namespace

TEST_CASE("sums of tables alone are numbers of a proof") {
  STATIC_REQUIRE(esp::establishes<([](auto) { return x * x; }), esp::sum_is<18>>);
  STATIC_REQUIRE(esp::establishes<([](auto) { return x * x / 18; }), esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<([](auto) { return esp::abs(x) / 3; }), esp::l1_is<6>>);
  STATIC_REQUIRE(esp::establishes<([](auto) { return x * x - y; }), esp::sum_is<18 - 5.4>>);
}

TEST_CASE("a sum that is rounded cancels against itself and nothing else") {
  STATIC_REQUIRE(sums_to_zero<([](auto) { return y - esp::sum(y) / 27; })>);
  STATIC_REQUIRE(!sums_to_zero<([](auto) { return y - 0.2; })>);  // zero but for the rounding of tenths
  STATIC_REQUIRE(esp::establishes<([](auto) { return y / esp::l2(y); }), esp::l2_is<1>>);
}

TEST_CASE("sums of weights times tables cancel weight by weight") {
  // Of two tables, one a multiple of the other plus a number: no two sums are the same.
  constexpr auto off = [](auto w) { return w - (esp::sum(w * other) - 3 * esp::sum(w)) / 2 * (x / 18); };
  STATIC_REQUIRE(sums_to_zero<(esp::identity >> off >> by_x)>);
  STATIC_REQUIRE(!sums_to_zero<off>);
  constexpr auto half = [](auto w) { return w - (esp::sum(w * other) - 2 * esp::sum(w)) / 2 * (x / 18); };
  STATIC_REQUIRE(!sums_to_zero<(esp::identity >> half >> by_x)>);
}

TEST_CASE("and so they do within regions and scaled by what a weight decides") {
  constexpr auto projected = [](auto w) {
    const auto e = esp::exp(w);
    return (e - x * (esp::sum(e * x) / esp::sum(x * x))) / (1 + esp::l1(w));
  };
  STATIC_REQUIRE(sums_to_zero<(esp::identity >> projected >> by_x)>);
  STATIC_REQUIRE(
      sums_to_zero<(esp::on<esp::neighbors>(projected) >> esp::on<esp::center_tap>(esp::assign<0>) >> by_x)>);
  // Two steps with different masks: the second takes off what the first does not see.
  STATIC_REQUIRE(!sums_to_zero<(esp::on<esp::tap<0, 0, 0>>(projected) >> by_x)>);
}

TEST_CASE("a value is known tap by tap") {
  constexpr auto mixed = [](auto w) { return w * esp::at<[](esp::tap_index t) { return t.w == 0 ? 0 : 1; }> + x; };
  STATIC_REQUIRE(esp::establishes<mixed, esp::tap_is<1, 1, 0, -1>>);
  STATIC_REQUIRE(!esp::establishes<mixed, esp::tap_is<1, 1, 1, 0>>);
  STATIC_REQUIRE(!esp::establishes<mixed, esp::tap_is<1, 1, 0, 1>>);
}
