// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/element_range.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

template <auto Prior>
using formula_of = esp::formula<esp::to_policy_t<decltype(Prior)>>;
template <auto Prior, class T = float>
constexpr bool fits = esp::NumbersFitTheElement<formula_of<Prior>, T>;

constexpr auto guarded = [](auto w) { return w / (esp::l2(w) + 1e-60); };
constexpr auto cancelled = [](auto w) { return w * 0x1p300 * 0x1p-300; };
constexpr auto nearly_cancelled = [](auto w) { return w * 1e200 * 1e-200; };

}  // namespace

TEST_CASE("a number keeps what it is in the element type", "[range]") {
  STATIC_REQUIRE(esp::fits_element<float>(3e38));
  STATIC_REQUIRE(!esp::fits_element<float>(4e38));
  STATIC_REQUIRE(!esp::fits_element<float>(-1e39));
  STATIC_REQUIRE(esp::fits_element<float>(1e-45));
  STATIC_REQUIRE(!esp::fits_element<float>(1e-46));
  STATIC_REQUIRE(esp::fits_element<float>(0));
  STATIC_REQUIRE(esp::fits_element<float>(esp::ieee::infinity));
  STATIC_REQUIRE(esp::fits_element<double>(1e308));
  STATIC_REQUIRE(esp::fits_element<double>(5e-324));
}

TEST_CASE("the numbers of every policy are asked", "[range]") {
  STATIC_REQUIRE(!fits<esp::on<esp::center_tap>(esp::assign<1e39>)>);
  STATIC_REQUIRE(fits<esp::on<esp::center_tap>(esp::assign<1e39>), double>);
  STATIC_REQUIRE(!fits<esp::cap<esp::l2, 1e-50>>);
  STATIC_REQUIRE(!fits<esp::clamp<-1e300, 1>>);
  STATIC_REQUIRE(!fits<esp::normalize<esp::l1, 1e40>>);
  STATIC_REQUIRE(!fits<(esp::clamp<0> >> esp::modes::max_l2<1e39>)>);
  STATIC_REQUIRE(!fits<guarded>);
  STATIC_REQUIRE(fits<cancelled>);          // one number, 1, is what is computed
  STATIC_REQUIRE(!fits<nearly_cancelled>);  // constants fold where that is exact
  STATIC_REQUIRE(fits<esp::modes::unit_l2>);
  STATIC_REQUIRE(fits<esp::modes::fixed_center<>>);
}

TEST_CASE("numbers near the end of double prove what they can, and nothing false", "[range]") {
  STATIC_REQUIRE(esp::establishes<esp::on<esp::center_tap>(esp::assign<1e200>), esp::center_is<1e200>>);
  STATIC_REQUIRE(esp::establishes<esp::clamp<-1e200, 1e200>, esp::bounds<-1e200, 1e200>>);
  STATIC_REQUIRE(esp::establishes<esp::assign<1e308>, esp::bounds<0, 1e308>>);
  STATIC_REQUIRE(!esp::establishes<esp::assign<1e308>, esp::sum_is<1e308>>);
  STATIC_REQUIRE(esp::establishes<esp::cap<esp::l2, 1e200>, esp::l2_at_most<1e200>>);
  STATIC_REQUIRE(!esp::establishes<esp::on<esp::center_tap>(esp::assign<1.7e308>), esp::center_is<-1.7e308>>);
  STATIC_REQUIRE(esp::establishes<esp::cap<esp::l2, 1.7e308>, esp::l2_at_most<1.79e308>>);
  STATIC_REQUIRE(!esp::establishes<esp::cap<esp::l2, 1.7e308>, esp::l2_at_most<1e308>>);
  constexpr auto roots = [](auto w) {
    return esp::select(w < 0, esp::sqrt(1e308 + 0 * w), w / esp::sqrt(1e-308 + 0 * w));
  };
  STATIC_REQUIRE(!esp::establishes<roots, esp::bounds<-1, 1>>);
  constexpr auto grows = [](auto w) {
    auto m = esp::min(esp::abs(w), 1e200);
    return m * m * m - 1e308;
  };
  STATIC_REQUIRE(!esp::establishes<grows, esp::bounds<-1e308, 1e308>>);
  constexpr auto opposite =
      esp::on<esp::center_tap>(esp::assign<1.7e308>) >> esp::on<esp::neighbors>(esp::assign<-1.7e308>);
  STATIC_REQUIRE(!esp::establishes<opposite, esp::zero_sum>);
  constexpr auto doubled = [](auto w) { return w * 1e200 * 1e200 - w * 1e200 * 1e200; };
  STATIC_REQUIRE(!esp::establishes<doubled, esp::bounds<1, 2>>);
}
