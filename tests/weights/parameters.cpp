// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/weights/parameters.hpp>

#include "support/layer.hpp"

namespace {

template <auto Prior>
using formula_of = esp::formula<std::remove_const_t<decltype(Prior)>>;

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
  named.template set<"c">(TestType(0));
  REQUIRE(named.template get<"c">() == 0);
  // In the order in which the formula names them.
  REQUIRE(named.data()[0] == 0);
  REQUIRE(named.data()[1] == TestType(2.5));
}

TEST_CASE("a missing value is named in the error", "[parameters]") {
  esp::parameters<two, float> named;
  REQUIRE(support::throws([&] { named.require_all(); }, "ESP-110", "\"c\" of the prior has no value", "set<\"c\">"));
  named.set<"c">(1);
  REQUIRE(support::throws([&] { named.require_all(); }, "ESP-110", "\"total\""));
  named.set<"total">(1);
  REQUIRE(support::sentence([&] { named.require_all(); }).empty());
  named.set<"c">(std::numeric_limits<float>::quiet_NaN());
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
