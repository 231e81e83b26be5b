// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/formula_text.hpp>
#include <espalier/gradient.hpp>
#include <espalier/modes.hpp>

#include "support/catch.hpp"

namespace {

template <auto Prior>
using policy_of = esp::to_policy_t<decltype(Prior)>;

template <auto Prior>
constexpr esp::text formula = esp::formula_text(esp::formula<policy_of<Prior>>::value);
template <auto Prior>
constexpr esp::text gradient = esp::gradient_text(esp::gradient_formula<policy_of<Prior>>::value);

}  // namespace

TEST_CASE("formulas read as a person would write them") {
  REQUIRE(formula<esp::modes::zero_mean> == "w - mean(w)");
  REQUIRE(formula<esp::modes::fixed_center<-1, 2>> == "neighbors: w * 2 / (sum(w; neighbors) + eps)\ncenter_tap: -1");
}

TEST_CASE("gradients read as in a textbook, shared scalars under letters") {
  REQUIRE(gradient<esp::modes::none> == "g");
  REQUIRE(gradient<esp::modes::nonneg> == "select(0 < w, g, 0)");
  REQUIRE(gradient<esp::modes::zero_mean> == "g - mean(g)");
  REQUIRE(gradient<esp::modes::sum_to_one> == "a = sum(w) + eps\ng / a - sum(w * g) / a / a");
  REQUIRE(gradient<esp::modes::nonneg_sum1> ==
          "a = sum(max(w, 0)) + eps\nselect(0 < w, g / a - sum(max(w, 0) * g) / a / a, 0)");
  REQUIRE(gradient<esp::modes::unit_l2> == "a = sqrt(sum(w^2) + eps)\ng / a - w * (sum(w * g) / a / a) / a");
}

TEST_CASE("what a region makes zero is no term of a gradient") {
  REQUIRE(gradient<esp::modes::fixed_center<>>.view().find("center_tap: 0") != std::string_view::npos);
}
