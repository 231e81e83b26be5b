// SPDX-License-Identifier: BSD-3-Clause
// What is bounded, each beside a bound that is a little too strong. As the algebra finds it: a formula's own.
#include <espalier/algebra.hpp>
#include <espalier/form_bounds.hpp>
#include <espalier/lower.hpp>
#include <espalier/policies/identity.hpp>

#include "support/catch.hpp"

namespace {

using esp::abs, esp::eps, esp::l1, esp::max, esp::min, esp::sum;

/// The bound of a formula that ends in a scalar, on blocks of 1 x 3 x 3.
template <auto Formula>
constexpr std::optional<double> bound_of = [] {
  using f =
      esp::formula<esp::to_policy_t<decltype(Formula)>, esp::weight_shape{.out = 2, .in = 2, .kernel = {1, 3, 3}}>;
  return esp::algebra(f::value).upper_bound(f::value.output);
}();
constexpr bool near(std::optional<double> v, double expected) {
  return v && *v - expected < 1e-12 && expected - *v < 1e-12;
}

}  // namespace

TEST_CASE("a minimum is at most either operand", "[form_bounds]") {
  STATIC_REQUIRE(near(bound_of<[](auto w) { return l1(w) * min(1, 3 / (l1(w) + eps)); }>, 3));
  STATIC_REQUIRE(near(bound_of<[](auto w) { return l1(w) * min(5 / (l1(w) + eps), 3 / (l1(w) + eps)); }>, 3));
  STATIC_REQUIRE(!bound_of<[](auto w) { return l1(w) * min(1, 3 / (sum(w) + eps)); }>);
  STATIC_REQUIRE(!bound_of<[](auto w) { return l1(w) * max(1, 3 / (l1(w) + eps)); }>);
}

TEST_CASE("a minimum in several terms, beside what has none", "[form_bounds]") {
  constexpr auto parts = [](auto w) {
    auto k = min(1, 2 / (l1(w, esp::center_tap) + l1(w, esp::neighbors) + eps));
    return l1(w, esp::center_tap) * k + l1(w, esp::neighbors) * k + 0.5;
  };
  STATIC_REQUIRE(near(bound_of<parts>, 2.5));
  constexpr auto unlike = [](auto w) {
    auto k = min(1, 2 / (l1(w, esp::center_tap) + l1(w, esp::neighbors) + eps));
    return l1(w, esp::center_tap) * k + l1(w, esp::neighbors);
  };
  STATIC_REQUIRE(!bound_of<unlike>);
}

TEST_CASE("a part's share of a sum is at most its weight in it", "[form_bounds]") {
  constexpr auto share = [](auto w) { return l1(w, esp::center_tap) / (l1(w) + eps) * 3; };
  STATIC_REQUIRE(near(bound_of<share>, 3));
  constexpr auto weighted = [](auto w) {
    return l1(w, esp::center_tap) / (4 * l1(w, esp::center_tap) + l1(w, esp::neighbors) + eps);
  };
  STATIC_REQUIRE(near(bound_of<weighted>, 0.25));
  constexpr auto signed_sum = [](auto w) {
    return l1(w, esp::center_tap) / (l1(w, esp::center_tap) + sum(w, esp::neighbors) + eps);
  };
  STATIC_REQUIRE(!bound_of<signed_sum>);
  constexpr auto other = [](auto w) { return l1(w) / (l1(w, esp::neighbors) + l1(w * w, esp::center_tap) + eps); };
  STATIC_REQUIRE(!bound_of<other>);
}

TEST_CASE("what a double cannot hold is no bound", "[form_bounds]") {
  constexpr auto tiny = [](auto w) {
    return 1e-200 * l1(w, esp::center_tap) / (1e200 * l1(w, esp::center_tap) + l1(w, esp::neighbors) + eps);
  };
  STATIC_REQUIRE(!bound_of<tiny>);
}
