// SPDX-License-Identifier: BSD-3-Clause
// Formulas about which a careless proof would claim too much: regions and fixed taps.
#include <espalier/dsl.hpp>

#include "support/laws.hpp"

namespace {

using esp::center_tap, esp::neighbors, esp::tap_index;
using esp::eps, esp::inside, esp::mean, esp::select, esp::sum;
using laws::check;

template <auto P, esp::fact Fact>
constexpr bool claims_for = esp::establishes<P, Fact, esp::extents{1, 3, 3}>;

constexpr auto row = esp::mask<[](tap_index t) { return t.h == 0; }>;
constexpr auto column = esp::mask<[](tap_index t) { return t.w == 0; }>;
constexpr auto scaled = [](auto w) { return w / (sum(w) + eps); };

}  // namespace

TEST_CASE("x / x on a region, a sum of one tap") {
  constexpr auto quotient = [](auto w) { return select(inside(center_tap), w / w, w - mean(w, neighbors)); };
  static_assert(claims_for<quotient, esp::center_is<1>>);
  static_assert(claims_for<quotient, esp::sum_is<1>>);
  check<quotient>("w / w at the centre");
  constexpr auto ratio = [](auto w) { return w / sum(w, center_tap); };
  static_assert(!claims_for<ratio, esp::sum_is<1>> && !claims_for<ratio, esp::center_is<0>>);
  check<ratio>("w / centre");
}

TEST_CASE("the mean of a region is not the mean of the block") {
  constexpr auto partial = [](auto w) { return w - mean(w, neighbors); };
  static_assert(!claims_for<partial, esp::zero_sum>);
  check<partial>("w - mean(w; neighbors)");
  static_assert(!claims_for<esp::on<neighbors>(esp::subtract<mean>), esp::zero_sum>);
  constexpr auto both = esp::on<neighbors>(esp::subtract<mean>) >> esp::on<center_tap>(esp::assign<0>);
  static_assert(claims_for<both, esp::zero_sum> && claims_for<both, esp::center_is<0>>);
  check<both>("neighbours of zero mean around a zero");
}

TEST_CASE("regions in regions, and regions that overlap") {
  constexpr auto nested = esp::on<neighbors>(esp::on<row>(scaled));
  static_assert(!claims_for<nested, esp::sum_is<1>>);
  check<nested>("on<neighbors>(on<row>(sum 1))");
  constexpr auto overlapping = esp::on<row>(scaled) >> esp::on<column>(esp::assign<0.5>);
  static_assert(!claims_for<overlapping, esp::sum_is<1>> && claims_for<overlapping, esp::tap_is<0, 0, 0, 0.5>>);
  check<overlapping>("on<row>(sum 1) >> on<column>(1/2)");
  constexpr auto hole = esp::modes::unit_l2 >> esp::on<center_tap>(esp::assign<0>);
  static_assert(!claims_for<hole, esp::l2_is<1>>);
  check<hole>("unit_l2 with a hole");
}

TEST_CASE("a fixed tap that a later policy moves") {
  constexpr auto clamped = esp::on<center_tap>(esp::assign<-5>) >> esp::clamp<-1, 1>;
  static_assert(claims_for<clamped, esp::center_is<-1>> && !claims_for<clamped, esp::center_is<-5>>);
  check<clamped>("assign >> clamp");
  constexpr auto balanced = esp::modes::fixed_center<-1, 1>;
  constexpr auto shifted = balanced >> esp::modes::zero_mean;
  static_assert(claims_for<shifted, esp::center_is<-1>>);  // its sum is zero already
  check<shifted>("fixed_center >> zero_mean");
  constexpr auto heavy = esp::modes::fixed_center<-1, 10>;
  constexpr auto moved = heavy >> esp::modes::zero_mean;
  static_assert(claims_for<moved, esp::center_is<-2>>);
  check<moved>("fixed_center<-1, 10> >> zero_mean");
}
