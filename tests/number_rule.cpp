// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/number_rule.hpp>
// The header under test stands alone above.
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

struct even_t {
  static constexpr std::string_view must = "be even";
  static constexpr bool holds(double x) { return x == 2 * static_cast<int>(x / 2); }
};
struct no_rule_t {
  static constexpr bool holds(double) { return true; }
};

template <auto Prior>
constexpr const esp::graph& graph_of = esp::formula<esp::to_policy_t<decltype(Prior)>>::value;

constexpr auto c = esp::param<"c">;
constexpr auto named_inside = [](auto w) { return w + esp::cap<esp::l2, esp::param<"c">>(w); };

}  // namespace

TEST_CASE("rules say what a number must be", "[rules]") {
  constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  STATIC_REQUIRE(esp::is_positive.holds(1e-300));
  STATIC_REQUIRE(esp::is_positive.holds(infinity));
  STATIC_REQUIRE(!esp::is_positive.holds(0));
  STATIC_REQUIRE(!esp::is_positive.holds(nan));
  STATIC_REQUIRE(esp::is_finite.holds(-1e308));
  STATIC_REQUIRE(!esp::is_finite.holds(-infinity));
  STATIC_REQUIRE(!esp::is_finite.holds(nan));
  STATIC_REQUIRE(esp::is_number.holds(infinity));
  STATIC_REQUIRE(!esp::is_number.holds(nan));
  STATIC_REQUIRE(esp::is_within<0, 1>.holds(1));
  STATIC_REQUIRE(!esp::is_within<0, 1>.holds(1.0000001));
  STATIC_REQUIRE(!esp::is_within<0, 1>.holds(nan));
  STATIC_REQUIRE(esp::is_within<0, 0.5>.must == "be within [0, 0.5]");
  STATIC_REQUIRE(esp::NumberRule<even_t>);
  STATIC_REQUIRE(!esp::NumberRule<no_rule_t>);
  STATIC_REQUIRE(!esp::NumberRule<int>);
}

TEST_CASE("a checked formula is the formula, and its rule stands in the graph once", "[rules]") {
  constexpr auto plain = [](auto w) { return w * esp::param<"c">; };
  constexpr auto checked = [](auto w) {
    return w * esp::checked<even_t{}>(esp::param<"c">) + 0 * esp::checked<even_t{}>(esp::param<"c">);
  };
  STATIC_REQUIRE(graph_of<plain>.requirement_count == 0);
  STATIC_REQUIRE(graph_of<checked>.requirement_count == 1);
  STATIC_REQUIRE(graph_of<checked>.requirements[0].must == "be even");
  STATIC_REQUIRE(graph_of<checked>.requirements[0].id == "ESP-115");
  STATIC_REQUIRE(graph_of<checked>.requirements[0].holds(4, 0));
  STATIC_REQUIRE(!graph_of<checked>.requirements[0].holds(3, 0));
}

TEST_CASE("every way to write a policy carries its rules", "[rules]") {
  constexpr auto is_cap = [](const esp::graph& g) {
    return g.requirement_count == 1 && g.requirements[0].id == "ESP-027";
  };
  STATIC_REQUIRE(is_cap(graph_of<esp::cap<esp::l2, c>>));
  STATIC_REQUIRE(is_cap(graph_of<esp::modes::max_l2<c>>));
  STATIC_REQUIRE(is_cap(graph_of<(esp::clamp<0> >> esp::cap<esp::l1, c>)>));
  STATIC_REQUIRE(is_cap(graph_of<esp::on<esp::neighbors>(esp::cap<esp::l1, c>)>));
  STATIC_REQUIRE(is_cap(graph_of<esp::per_filter(esp::cap<esp::l1, c>)>));
  STATIC_REQUIRE(is_cap(graph_of<named_inside>));
  STATIC_REQUIRE(is_cap(graph_of<esp::cap<esp::l2, c * 2 - 1>>));
  STATIC_REQUIRE(graph_of<esp::on<esp::center_tap>(esp::assign<c>)>.requirements[0].id == "ESP-032");
  STATIC_REQUIRE(graph_of<esp::normalize<esp::sum, c>>.requirements[0].id == "ESP-029");
  // Each bound is a number, and the two are ordered.
  STATIC_REQUIRE(graph_of<esp::clamp<c, esp::param<"d">>>.requirement_count == 3);
  STATIC_REQUIRE(graph_of<esp::clamp<c>>.requirement_count == 1);
}

TEST_CASE("written numbers that obey and numbers that weights decide are not asked at run time", "[rules]") {
  constexpr auto of_weights = [](auto w) { return w * esp::checked<esp::is_positive>(esp::mean(w)); };
  STATIC_REQUIRE(graph_of<of_weights>.requirement_count == 0);
  STATIC_REQUIRE(graph_of<esp::clamp<-1, 1>>.requirement_count == 0);
  STATIC_REQUIRE(graph_of<esp::modes::fixed_center<>>.requirement_count == 0);
}
