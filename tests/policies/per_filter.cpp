// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>

#include "support/catch.hpp"
#include "support/scopes.hpp"

namespace {

using scopes::in, scopes::of, scopes::weight;

}  // namespace

TEST_CASE("reductions run over all input channels of an output channel") {
  STATIC_REQUIRE(of<esp::per_filter(esp::modes::zero_mean)>(in) == weight{-3, -2, -1, 0, 1, 5, -2, -3, -4, -1, -1, 11});
  constexpr auto from_top = [](auto w) { return w - esp::max(w); };
  STATIC_REQUIRE(of<esp::per_filter(from_top)>(in) == weight{-8, -7, -6, -5, -4, 0, -13, -14, -15, -12, -12, 0});
}

TEST_CASE("a region inside a filter is that region of each of its blocks") {
  constexpr auto centres = esp::per_filter(esp::on<esp::center_tap>(esp::modes::zero_mean));
  STATIC_REQUIRE(of<centres>(in) == weight{1, -1.5, 3, 4, 1.5, 9, -1, -1, -3, 0, 1, 12});
}

TEST_CASE("the scope ends with the policy") {
  constexpr auto prior = esp::per_filter(esp::modes::zero_mean) >> esp::modes::zero_mean;
  STATIC_REQUIRE(of<prior>(in) == of<esp::modes::zero_mean>(in));
}

TEST_CASE("facts hold at the filter's scope") {
  STATIC_REQUIRE(esp::establishes<esp::per_filter(esp::modes::unit_l2), esp::per_filter(esp::l2_is<1>)>);
  STATIC_REQUIRE(!esp::establishes<esp::per_filter(esp::modes::unit_l2), esp::l2_is<1>>);
  STATIC_REQUIRE(esp::policy_name<decltype(esp::per_filter(esp::modes::nonneg))>() == "per_filter(clamp<0>)");
}
