// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/whole_weight.hpp>

#include "support/catch.hpp"
#include "support/scopes.hpp"

namespace {

using scopes::in, scopes::of, scopes::weight;

}  // namespace

TEST_CASE("reductions run over the whole tensor") {
  STATIC_REQUIRE(of<esp::whole_weight(esp::modes::zero_mean)>(in) ==
                 weight{-1.5, -0.5, 0.5, 1.5, 2.5, 6.5, -3.5, -4.5, -5.5, -2.5, -2.5, 9.5});
  constexpr auto from_bottom = [](auto w) { return w - esp::min(w); };
  STATIC_REQUIRE(of<esp::whole_weight(from_bottom)>(in) == weight{4, 5, 6, 7, 8, 12, 2, 1, 0, 3, 3, 15});
}

TEST_CASE("a policy of the whole weight follows one of a filter") {
  constexpr auto filter_max = [](auto w) { return w / esp::max(w); };
  constexpr auto whole_sum = [](auto w) { return w + esp::sum(w); };
  constexpr weight out = of<(esp::per_filter(filter_max) >> esp::whole_weight(whole_sum))>(in);
  // 24 / 9 + 6 / 12 = 19 / 6
  STATIC_REQUIRE(out[5] - (1 + 19.0 / 6) < 1e-14);
  STATIC_REQUIRE((1 + 19.0 / 6) - out[5] < 1e-14);
  STATIC_REQUIRE(out[9] - 19.0 / 6 < 1e-14);
}

TEST_CASE("facts hold at the scope of the whole weight") {
  STATIC_REQUIRE(esp::establishes<esp::whole_weight(esp::modes::zero_mean), esp::whole_weight(esp::zero_sum)>);
  STATIC_REQUIRE(!esp::establishes<esp::whole_weight(esp::modes::zero_mean), esp::per_filter(esp::zero_sum)>);
  STATIC_REQUIRE(esp::establishes<esp::whole_weight(esp::modes::unit_l2), esp::bounds<-1, 1>> == false);
  STATIC_REQUIRE(esp::policy_name<decltype(esp::whole_weight(esp::modes::nonneg))>() == "whole_weight(clamp<0>)");
}
