// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/explain.hpp>
#include <espalier/modes.hpp>
#include <espalier/step_facts.hpp>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using esp::assign, esp::cap, esp::clamp, esp::l1, esp::on;

template <auto Prior>
using formula_of = esp::formula<esp::to_policy_t<decltype(Prior)>>;

template <auto Prior>
std::string_view steps() {
  static constexpr esp::text words = esp::steps_text<formula_of<Prior>>();
  return words;
}
template <auto Prior, esp::fact Fact>
constexpr int lost_by = esp::losing_step<formula_of<Prior>, Fact, 3>();

}  // namespace

TEST_CASE("what each step gains, keeps and loses", "[step_facts]") {
  REQUIRE(steps<modes::nonneg_sum1>() ==
          "clamp<0>: gains w >= 0\n"
          "normalize<l1>: gains sum = 1, w <= 1; keeps w >= 0");
  REQUIRE(steps<(modes::zero_mean >> modes::unit_l2 >> modes::nonneg)>() ==
          "subtract<mean>: gains sum = 0\n"
          "normalize<l2>: gains l2 norm = 1, w >= -1, w <= 1; keeps sum = 0\n"
          "clamp<0>: gains w >= 0; keeps l2 norm <= 1, w <= 1; loses sum = 0, l2 norm = 1");
  REQUIRE(steps<(modes::nonneg >> cap<l1, 1> >> modes::zero_mean)>() ==
          "clamp<0>: gains w >= 0\n"
          "cap<l1, 1>: gains l1 norm <= 1, w <= 1; keeps w >= 0\n"
          "subtract<mean>: gains sum = 0; keeps l1 norm <= 2, w >= -2, w <= 2; loses l1 norm <= 1, w >= 0, w <= 1");
}

TEST_CASE("fixed taps are gained, kept and lost by class", "[step_facts]") {
  REQUIRE(steps<(on<esp::center_tap>(assign<0>) >> modes::nonneg)>() ==
          "on<center_tap>(assign<0>): gains center_tap = 0\n"
          "clamp<0>: gains w >= 0; keeps center_tap = 0");
  REQUIRE(steps<(on<esp::center_tap>(assign<2>) >> modes::zero_mean)>() ==
          "on<center_tap>(assign<2>): gains center_tap = 2\n"
          "subtract<mean>: gains sum = 0; loses center_tap = 2");
  REQUIRE(steps<(assign<2> >> on<esp::center_tap>(clamp<0>))>().find("loses") == std::string_view::npos);
}

TEST_CASE("one policy has no steps, and a step may change nothing", "[step_facts]") {
  REQUIRE(steps<modes::unit_l2>().empty());
  REQUIRE(steps<([](auto w) { return 2 * w; } >> modes::none)>() ==
          "lambda(w * 2): nothing is proved before or after\n"
          "identity: nothing is proved before or after");
}

TEST_CASE("the step that loses a fact, where one does", "[step_facts]") {
  STATIC_REQUIRE(lost_by<(modes::zero_mean >> modes::nonneg), esp::zero_sum> == 1);
  STATIC_REQUIRE(lost_by<(modes::zero_mean >> modes::unit_l2 >> modes::nonneg), esp::zero_sum> == 2);
  STATIC_REQUIRE(lost_by<(modes::zero_mean >> modes::nonneg >> modes::unit_l2), esp::zero_sum> == 1);
  STATIC_REQUIRE(lost_by<(cap<l1, 1> >> modes::zero_mean), esp::l1_at_most<1>> == 1);
  STATIC_REQUIRE(lost_by<(modes::unit_l2 >> modes::nonneg), esp::zero_sum> == -1);
  STATIC_REQUIRE(lost_by<modes::unit_l2, esp::zero_sum> == -1);
}
