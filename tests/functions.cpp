// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/functions.hpp>
#include <limits>
#include <type_traits>

#include "support/catch.hpp"
#include "support/units.hpp"

namespace {

template <auto F>
constexpr esp::graph graph_of = esp::formula<esp::to_policy_t<decltype(F)>, esp::weight_shape{1, 1, {1, 1, 3}}>::value;
template <auto F>
std::string_view text_of() {
  static constexpr esp::explanation e = esp::explain(esp::identity >> F);
  return e.formula;
}
constexpr int count(const esp::graph& g, esp::operation op) {
  int result = 0;
  for (int id = 0; id < g.size; ++id) result += g[id].op == op ? 1 : 0;
  return result;
}

constexpr auto softmax = [](auto w) {
  auto e = esp::exp(w - esp::max(w));
  return e / esp::sum(e);
};
constexpr auto plain_softmax = [](auto w) { return esp::exp(w) / esp::sum(esp::exp(w)); };
constexpr auto shell = esp::on<esp::neighbors>(softmax) >> esp::on<esp::center_tap>(esp::assign<0>);
constexpr auto positive = [](auto w) { return esp::softplus(w); };
constexpr auto log_sum_exp = [](auto w) { return w - esp::log(esp::sum(esp::exp(w))); };

}  // namespace

TEST_CASE("a power is products of squares and one quotient", "[functions]") {
  constexpr auto ninth = [](auto w) { return esp::pow<9>(w); };
  constexpr auto inverse = [](auto w) { return esp::pow<-3>(w); };
  STATIC_REQUIRE(count(graph_of<ninth>, esp::operation::multiply) == 4);
  STATIC_REQUIRE(count(graph_of<ninth>, esp::operation::divide) == 0);
  STATIC_REQUIRE(count(graph_of<inverse>, esp::operation::divide) == 1);
  constexpr auto at_two = esp::evaluate<ninth, esp::extents{1, 1, 3}>(std::array{2.0, -1.0, 0.5});
  STATIC_REQUIRE((at_two == std::array{512.0, -1.0, 0x1p-9}));
  constexpr auto inverses = esp::evaluate<inverse, esp::extents{1, 1, 3}>(std::array{2.0, -1.0, 0.5});
  STATIC_REQUIRE((inverses == std::array{0.125, -1.0, 8.0}));
  constexpr auto none = [](auto w) { return esp::pow<0>(w) + esp::pow<1>(w); };
  STATIC_REQUIRE(esp::evaluate<none, esp::extents{1, 1, 1}>(std::array{2.0})[0] == 3);
  REQUIRE(text_of<ninth>() == "w * ((w^2)^2)^2");
  REQUIRE(text_of<inverse>() == "1 / (w * w^2)");
}

TEST_CASE("functions fold where their value is exact, and tanh is odd", "[functions]") {
  esp::graph g = graph_of<positive>;
  const int zero = g.constant(0), one = g.constant(1), w = g.tap();
  REQUIRE(g.function(esp::operation::exp, zero) == one);
  REQUIRE(g.function(esp::operation::log, one) == zero);
  REQUIRE(g.function(esp::operation::tanh, zero) == zero);
  REQUIRE(g.function(esp::operation::sigmoid, zero) == g.constant(0.5));
  REQUIRE(g[g.function(esp::operation::softplus, zero)].op == esp::operation::softplus);
  REQUIRE(g.function(esp::operation::tanh, g.negate(w)) == g.negate(g.function(esp::operation::tanh, w)));
}

TEST_CASE("facts follow from functions", "[functions]") {
  STATIC_REQUIRE(esp::establishes<softmax, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<softmax, esp::bounds<0, 1>>);
  STATIC_REQUIRE(esp::establishes<plain_softmax, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<plain_softmax, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<positive, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<[](auto w) { return esp::sigmoid(w); }, esp::bounds<0, 1>>);
  STATIC_REQUIRE(esp::establishes<[](auto w) { return esp::tanh(w); }, esp::bounds<-1, 1>>);
  STATIC_REQUIRE(esp::establishes<[](auto w) { return esp::exp(w); }, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<[](auto w) { return esp::exp(-esp::abs(w)); }, esp::bounds<0, 1>>);
  STATIC_REQUIRE(!esp::establishes<[](auto w) { return esp::log(w); }, esp::nonnegative>);
  STATIC_REQUIRE(esp::establishes<[](auto w) { return esp::log(1 + w * w); }, esp::nonnegative>);
  STATIC_REQUIRE(!esp::establishes<[](auto w) { return esp::exp(w); }, esp::bounds<0, 1>>);
  STATIC_REQUIRE(esp::establishes<shell, esp::sum_is<1>>);
  STATIC_REQUIRE(esp::establishes<shell, esp::center_is<0>>);
  STATIC_REQUIRE(esp::establishes<esp::per_filter(softmax), esp::per_filter(esp::sum_is<1>)>);
  STATIC_REQUIRE(esp::establishes<softmax, esp::l1_is<1>>);
  STATIC_REQUIRE(esp::establishes<positive, esp::always_finite>);
  STATIC_REQUIRE(!esp::establishes<[](auto w) { return esp::log(w); }, esp::always_finite>);
}

TEMPLATE_TEST_CASE("a softmax whose exponentials leave the range is computed again", "[functions]", float, double) {
  using T = TestType;
  using block = std::array<T, 3>;
  constexpr block shares = esp::evaluate<softmax, esp::extents{1, 1, 3}>(block{1, 2, 3});
  constexpr block high = esp::evaluate<plain_softmax, esp::extents{1, 1, 3}>(block{1001, 1002, 1003});
  constexpr block low = esp::evaluate<plain_softmax, esp::extents{1, 1, 3}>(block{-1003, -1002, -1001});
  constexpr block logs = esp::evaluate<log_sum_exp, esp::extents{1, 1, 3}>(block{2001, 2002, 2003});
  for (std::size_t i = 0; i < 3; ++i) {
    REQUIRE(std::fabs(high[i] - shares[i]) < 8 * std::numeric_limits<T>::epsilon());
    REQUIRE(std::fabs(low[i] - shares[i]) < 8 * std::numeric_limits<T>::epsilon());
    REQUIRE(std::fabs(logs[i] - std::log(shares[i])) < 4096 * std::numeric_limits<T>::epsilon());
  }
}
