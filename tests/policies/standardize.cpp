// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/evaluate.hpp>
#include <espalier/facts.hpp>
#include <espalier/gradient.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/standardize.hpp>

#include "support/catch.hpp"
#include "support/scopes.hpp"

namespace {

using scopes::of, scopes::weight;
constexpr esp::weight_shape shape{.out = 2, .in = 2, .kernel = esp::extents{1, 1, 3}};

constexpr weight gradient_of(const weight& in, const weight& incoming) {
  using f = esp::gradient_formula<esp::standardize_t, shape>;
  weight out{};
  esp::evaluator<f, double>{}(in.data(), out.data(), nullptr, incoming.data());
  return out;
}
constexpr bool near(const weight& a, const weight& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i] - b[i] <= 1e-15 && b[i] - a[i] <= 1e-15)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("each filter has mean 0 and deviation 1, with n - 1 below and 1e-5 beside the deviation") {
  // Means of 4 and 1, sums of squares about them of 40 and 160: deviations of sqrt(8) and sqrt(32).
  constexpr double a = 2.8284271247461903 + 1e-5, b = 5.656854249492381 + 1e-5;
  STATIC_REQUIRE(near(of<esp::standardize>({1, 2, 3, 4, 5, 9, -1, -2, -3, 2, -2, 12}),
                      {-3 / a, -2 / a, -1 / a, 0, 1 / a, 5 / a, -2 / b, -3 / b, -4 / b, 1 / b, -3 / b, 11 / b}));
}

TEST_CASE("a filter of equal taps becomes zero, and its gradient is that of w - mean, over 1e-5") {
  constexpr weight equal{3, 3, 3, 3, 3, 3};
  STATIC_REQUIRE(of<esp::standardize>(equal) == weight{});
  constexpr weight gradient = gradient_of(equal, {6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12});
  constexpr weight expected{5, -1, -1, -1, -1, -1, -2, -2, -2, -2, -2, 10};
  for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(std::abs(gradient[i] - expected[i] * 1e5) <= 1e-9);
}

TEST_CASE("a region inside a filter is standardised by itself") {
  constexpr auto centres = esp::on<esp::center_tap>(esp::standardize);
  constexpr double s = 0.7071067811865476 + 1e-5, t = 1.4142135623730951 + 1e-5;
  STATIC_REQUIRE(near(of<centres>({1, 2, 3, 4, 3, 9, -1, -2, -3, 2, 0, 12}),
                      {1, -0.5 / s, 3, 4, 0.5 / s, 9, -1, -1 / t, -3, 2, 1 / t, 12}));
}

TEST_CASE("what standardize establishes") {
  STATIC_REQUIRE(esp::establishes<esp::standardize, esp::per_filter(esp::zero_sum)>);
  STATIC_REQUIRE(!esp::establishes<esp::standardize, esp::zero_sum>);
  STATIC_REQUIRE(esp::establishes<esp::standardize, esp::whole_weight(esp::zero_sum)>);
  STATIC_REQUIRE(
      esp::establishes<esp::standardize, esp::always_finite, esp::weight_shape{.out = 8, .in = 4, .kernel = 3}>);
  STATIC_REQUIRE(
      esp::establishes<(esp::standardize >> esp::per_filter(esp::cap<esp::l2, 1>)), esp::per_filter(esp::zero_sum)>);
  STATIC_REQUIRE(esp::policy_name<esp::standardize_t>() == "standardize");
}
