// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/identity.hpp>
#include <espalier/policy.hpp>
#include <espalier/reduction.hpp>
#include <limits>
#include <type_traits>

#include "support/catch.hpp"

namespace {

struct halve_t : esp::policy<halve_t> {
  static constexpr auto map(auto w) { return w / 2; }
};
struct named_t : esp::policy<named_t> {
  static constexpr esp::text name() { return {"a name of its own"}; }
  static constexpr auto map(auto w) { return w; }
};
struct constant_t : esp::policy<constant_t> {
  static constexpr auto map(auto) { return 1; }
};
struct without_map : esp::policy<without_map> {};
struct with_data : esp::policy<with_data> {
  double factor = 2;
  static constexpr auto map(auto w) { return w; }
};
struct maps_to_text : esp::policy<maps_to_text> {
  static constexpr const char* map(auto) { return "w"; }
};
struct not_derived {
  static constexpr auto map(auto w) { return w; }
};

constexpr auto quick = [](auto w) { return w * w; };
constexpr auto of_a_number = [](int i) { return i; };
constexpr auto no_formula = [](auto) { return "w"; };

template <auto F>
using type_of = std::remove_const_t<decltype(F)>;

}  // namespace

TEST_CASE("a policy is an empty type with one expression") {
  STATIC_REQUIRE(esp::Policy<halve_t>);
  STATIC_REQUIRE(esp::Policy<constant_t>);
  STATIC_REQUIRE(esp::Policy<esp::identity_t>);
  STATIC_REQUIRE(!esp::Policy<without_map>);
  STATIC_REQUIRE(!esp::Policy<with_data>);
  STATIC_REQUIRE(!esp::Policy<maps_to_text>);
  STATIC_REQUIRE(!esp::Policy<not_derived>);
}

TEST_CASE("a lambda that captures nothing and returns a formula is a policy") {
  STATIC_REQUIRE(esp::Policy<type_of<quick>>);
  STATIC_REQUIRE(!esp::Policy<type_of<of_a_number>>);
  STATIC_REQUIRE(!esp::Policy<type_of<no_formula>>);
  const double factor = 2;
  const auto capturing = [factor](auto w) { return w * factor; };
  STATIC_REQUIRE(!esp::Policy<std::remove_const_t<decltype(capturing)>>);
  REQUIRE(capturing(esp::tap_t{}).y.value == 2);
}

TEST_CASE("expressions, conditions, reductions and numbers are no policies") {
  STATIC_REQUIRE(!esp::Policy<esp::tap_t>);
  STATIC_REQUIRE(!esp::Policy<decltype(esp::tap_t{} < 0)>);
  STATIC_REQUIRE(!esp::Policy<esp::mean_t>);
  STATIC_REQUIRE(!esp::Policy<esp::l2_t>);
  STATIC_REQUIRE(!esp::Policy<double>);
  STATIC_REQUIRE(!esp::Policy<const char*>);
}

TEST_CASE("a policy object is a function inside another formula") {
  constexpr auto once = halve_t{}(esp::tap_t{});
  STATIC_REQUIRE(std::is_same_v<decltype(once), const decltype(esp::tap_t{} / 2)>);
  STATIC_REQUIRE(esp::Expression<decltype(constant_t{}(esp::tap_t{}))>);
}

TEST_CASE("what stands for a policy inside a pipeline") {
  STATIC_REQUIRE(std::is_same_v<esp::to_policy_t<halve_t>, halve_t>);
  STATIC_REQUIRE(std::is_same_v<esp::to_policy_t<const halve_t&>, halve_t>);
  STATIC_REQUIRE(std::is_same_v<esp::to_policy_t<type_of<quick>>, esp::quick_t<type_of<quick>>>);
  STATIC_REQUIRE(std::is_same_v<esp::to_policy_t<with_data>, esp::refused_t>);
  STATIC_REQUIRE(std::is_same_v<esp::to_policy_t<int>, esp::refused_t>);
}

TEST_CASE("the name is the policy's own, or its type's") {
  STATIC_REQUIRE(esp::policy_name<halve_t>() == "halve");
  STATIC_REQUIRE(esp::policy_name<named_t>() == "a name of its own");
  STATIC_REQUIRE(esp::policy_name<esp::to_policy_t<type_of<quick>>>() == "lambda");
}

TEST_CASE("arguments of policies are finite numbers or named parameters") {
  STATIC_REQUIRE(esp::FiniteArgument<1>);
  STATIC_REQUIRE(esp::FiniteArgument<-0.5>);
  STATIC_REQUIRE(esp::FiniteArgument<esp::param<"c">>);
  STATIC_REQUIRE(!esp::FiniteArgument<std::numeric_limits<double>::infinity()>);
  STATIC_REQUIRE(!esp::FiniteArgument<std::numeric_limits<double>::quiet_NaN()>);
  STATIC_REQUIRE(!esp::FiniteArgument<esp::identity_t{}>);
}
