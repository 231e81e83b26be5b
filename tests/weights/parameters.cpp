// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/weights/parameters.hpp>

#include "support/layer.hpp"

namespace {

template <auto Prior>
using formula_of = esp::formula<std::remove_const_t<decltype(Prior)>>;

template <auto Prior>
using formula_of_lambda = esp::formula<esp::to_policy_t<decltype(Prior)>>;

using none = formula_of<esp::modes::unit_l2>;
using one = formula_of<esp::modes::max_l2<esp::param<"c">>>;
constexpr auto two_names = esp::cap < esp::l2, esp::param < "c" >>>> esp::normalize<esp::sum, esp::param<"total">>;
using two = formula_of<two_names>;

}  // namespace

TEST_CASE("only the names in the formula are parameters", "[parameters]") {
  STATIC_REQUIRE(esp::PriorNamesParameter<one, "c">);
  STATIC_REQUIRE_FALSE(esp::PriorNamesParameter<one, "C">);
  STATIC_REQUIRE_FALSE(esp::PriorNamesParameter<one, "">);
  STATIC_REQUIRE_FALSE(esp::PriorNamesParameter<none, "c">);
  STATIC_REQUIRE(esp::PriorNamesParameter<two, "total">);
  STATIC_REQUIRE(two::value.parameter_count == 2);
}

TEMPLATE_TEST_CASE("a parameter is NaN until it is set", "[parameters]", float, double) {
  esp::parameters<two, TestType> named;
  REQUIRE(std::isnan(named.template get<"c">()));
  REQUIRE(std::isnan(named.template get<"total">()));
  named.template set<"total">(TestType(2.5));
  REQUIRE(std::isnan(named.template get<"c">()));
  REQUIRE(named.template get<"total">() == TestType(2.5));
  named.template set<"c">(TestType(0.5));
  REQUIRE(named.template get<"c">() == TestType(0.5));
  // In the order in which the formula names them.
  REQUIRE(named.data()[0] == TestType(0.5));
  REQUIRE(named.data()[1] == TestType(2.5));
}

TEST_CASE("a missing value is named in the error", "[parameters]") {
  esp::parameters<two, float> named;
  REQUIRE(support::throws([&] { named.require_all(); }, "ESP-110", "\"c\" of the prior has no value", "set<\"c\">"));
  named.set<"c">(1);
  REQUIRE(support::throws([&] { named.require_all(); }, "ESP-110", "\"total\""));
  named.set<"total">(1);
  REQUIRE(support::sentence([&] { named.require_all(); }).empty());
  named[0] = std::numeric_limits<float>::quiet_NaN();
  REQUIRE(support::throws([&] { named.require_all(); }, "ESP-110", "\"c\""));

  const esp::parameters<none, float> empty;
  REQUIRE(support::sentence([&] { empty.require_all(); }).empty());
}

TEST_CASE("parameters are usable in constant expressions", "[parameters]") {
  constexpr auto value = [] {
    esp::parameters<one, double> named;
    named.set<"c">(0.8);
    return named.get<"c">();
  }();
  STATIC_REQUIRE(value == 0.8);
}

TEMPLATE_TEST_CASE("a value obeys the rule that a written number obeys, or nothing changes", "[parameters]", float,
                   double) {
  const auto inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  SECTION("cap") {
    esp::parameters<two, TestType> named;
    named.template set<"c">(0.5);
    for (const double wrong : {-1.0, 0.0, -0.0, -inf, -1e-30}) {
      REQUIRE(support::throws([&] { named.template set<"c">(wrong); }, "ESP-027", "the bound of cap<norm, c>",
                              "param<\"c\"> = ", "must be positive"));
    }
    REQUIRE(support::throws([&] { named.template set<"c">(nan); }, "ESP-027", "would be NaN"));
    REQUIRE(support::throws([&] { named.template set<"c">(TestType(0.3) - TestType(0.3)); }, "ESP-027"));
    REQUIRE(named.template get<"c">() == TestType(0.5));
    named.template set<"c">(inf);  // as cap<l2, infinity>: no bound
  }
  SECTION("normalize and assign") {
    esp::parameters<formula_of<esp::normalize<esp::l2, esp::param<"s">>>, TestType> target;
    esp::parameters<formula_of<esp::on<esp::center_tap>(esp::assign<esp::param<"v">>)>, TestType> value;
    for (const double wrong : {inf, -inf, nan}) {
      REQUIRE(support::throws([&] { target.template set<"s">(wrong); }, "ESP-029", "must be finite"));
      REQUIRE(support::throws([&] { value.template set<"v">(wrong); }, "ESP-032", "must be finite"));
    }
    target.template set<"s">(-2);
    value.template set<"v">(0);
    REQUIRE(target.template get<"s">() == -2);
    REQUIRE(value.template get<"v">() == 0);
  }
  SECTION("clamp") {
    esp::parameters<formula_of<esp::clamp<esp::param<"lo">, esp::param<"hi">>>, TestType> named;
    named.template set<"lo">(2);
    REQUIRE(support::throws([&] { named.template set<"hi">(1); }, "ESP-026", "param<\"lo\"> = 2, param<\"hi\"> = 1"));
    named.template set<"hi">(3);
    REQUIRE(support::throws([&] { named.template set<"lo">(4); }, "ESP-026", "not be below the lower one"));
    REQUIRE(support::throws([&] { named.template set<"lo">(nan); }, "ESP-026", "NaN"));
    named.template set<"lo", "hi">(4, 5);  // both at once pass the other
    named.template set<"hi", "lo">(inf, -inf);
    REQUIRE(support::throws([&] { named.template set<"hi", "lo">(4, 5); }, "ESP-026"));
    REQUIRE(named.template get<"lo">() == TestType(-inf));
    esp::parameters<formula_of<esp::clamp<0, esp::param<"hi">>>, TestType> above;
    REQUIRE(support::throws([&] { above.template set<"hi">(-1); }, "ESP-026"));
    above.template set<"hi">(0);
  }
  SECTION("a policy of a program, and one without a rule") {
    constexpr auto leaky = [](auto w) {
      auto leak = esp::checked<esp::is_within<0, 1>>(esp::param<"leak">);
      return esp::select(w < 0, leak * w, w) + esp::param<"free">;
    };
    esp::parameters<formula_of_lambda<leaky>, TestType> named;
    REQUIRE(support::throws([&] { named.template set<"leak">(1.5); }, "ESP-115", "within [0, 1]", "1.5"));
    REQUIRE(support::throws([&] { named.template set<"leak">(nan); }, "ESP-115", "NaN"));
    REQUIRE(support::throws([&] { named.template set<"free">(nan); }, "ESP-115", "\"free\"", "NaN"));
    named.template set<"leak", "free">(1, inf);
  }
  SECTION("what entered past set is found at the next use") {
    esp::parameters<two, TestType> named;
    named.template set<"c", "total">(1, 1);
    named[0] = -1;
    REQUIRE(support::throws([&] { named.require_all(); }, "ESP-027"));
    REQUIRE(support::throws([&] { named.require_valid(); }, "ESP-027"));
  }
}

TEST_CASE("a value beyond the element type is refused before it is converted", "[parameters]") {
  esp::parameters<two, float> named;
  REQUIRE(support::throws([&] { named.set<"c">(1e39); }, "ESP-116", "1e+39", "largest float, 3.4028235e+38"));
  REQUIRE(support::throws([&] { named.set<"total">(-1e39); }, "ESP-116", "\"total\""));
  REQUIRE(support::throws([&] { named.set<"c">(1e-50); }, "ESP-027", "would be 0"));
  named.set<"c", "total">(3e38, 0);
  esp::parameters<two, double> wide;
  wide.set<"c">(1e39);
  REQUIRE(wide.get<"c">() == 1e39);
}
