// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/parameter_check.hpp>
// The header under test stands alone above.
#include <cmath>
#include <espalier/dsl.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

namespace {

template <auto Prior>
using formula_of = esp::formula<esp::to_policy_t<decltype(Prior)>>;

constexpr double unset_value = std::numeric_limits<double>::quiet_NaN();
constexpr auto difference = esp::cap<esp::l2, esp::param<"a"> - esp::param<"b">>;
using check = esp::parameter_check<formula_of<difference>, double>;

constexpr auto everything = [](auto w) {
  auto a = esp::param<"a">;
  auto root = esp::sqrt(esp::max(esp::min(-a, 7) + 2 * a, 1));
  return w * esp::checked<esp::is_within<9, 9>>(
                 esp::select(a < 0 || !(a <= 2 && 1 < a), 0, root / 0.5 + esp::abs(1 - a) - 1));
};

}  // namespace

TEST_CASE("a rule is asked of the value that the parameters make", "[rules]") {
  constexpr double good[] = {2, 1}, bad[] = {1, 2}, unset[] = {1, unset_value};
  STATIC_REQUIRE(check::count == 1);
  STATIC_REQUIRE(check::find(good).broken < 0);
  STATIC_REQUIRE(check::find(bad).broken == 0);
  STATIC_REQUIRE(check::find(bad).value == -1);
  STATIC_REQUIRE(check::find(bad).reads == 3);
  STATIC_REQUIRE(check::find(unset).broken < 0);
  REQUIRE(check::find_given(unset, 3).broken == 0);
}

TEST_CASE("what no weight decides is computed with every operation", "[rules]") {
  using all = esp::parameter_check<formula_of<everything>, double>;
  const double two[] = {2}, three[] = {3}, between[] = {1.5};
  REQUIRE(std::fabs(all::find(two).value - 2 * std::sqrt(2.0)) < 1e-14);
  REQUIRE(all::find(three).broken == 0);
  REQUIRE(all::find(three).value == 0);
  REQUIRE(std::fabs(all::find(between).value - (2 * std::sqrt(1.5) - 0.5)) < 1e-14);
}

TEST_CASE("evaluate refuses a number that a policy refuses", "[rules]") {
  const std::array<float, 27> block{3, 4};
  const auto capped = [&](float c) { return esp::evaluate<esp::cap<esp::l2, esp::param<"c">>, 3>(block, c); };
  REQUIRE(std::fabs(capped(1)[0] - 0.6F) < 1e-6F);
  for (const float c : {0.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
    try {
      static_cast<void>(capped(c));
      FAIL("accepted");
    } catch (const esp::refused_number& e) {
      REQUIRE(std::string(e.what()) == "ESP-027: the bound of cap<norm, c> must be positive");
    }
  }
}
