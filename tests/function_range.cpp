// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/elementary_functions.hpp>
#include <espalier/function_range.hpp>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/units.hpp"

namespace {

using esp::interval, esp::operation, esp::value_range;

constexpr operation functions[] = {operation::exp, operation::log, operation::tanh, operation::sigmoid,
                                   operation::softplus};

long double exactly(operation op, long double x) {
  switch (op) {
    case operation::exp:
      return std::exp(x);
    case operation::log:
      return std::log(x);
    case operation::tanh:
      return std::tanh(x);
    case operation::sigmoid:
      return support::exact_sigmoid(x);
    default:
      return support::exact_softplus(x);
  }
}

/// What is said of one of `xs` is true of `x`, in exact arithmetic or as it was computed.
bool covers(const value_range& r, double x) {
  if (x != x) return r.nan;
  if (x < r.lo || x > r.hi) return false;
  if (std::isinf(x)) return !r.finite && (x > 0 ? r.may_reach_infinity() : r.may_reach_minus_infinity());
  if (x == 0 && std::signbit(x) && !r.minus_zero) return false;
  return std::fabs(x) >= r.away * (1 - 1e-6);
}

value_range knowledge_of(const std::vector<double>& xs) {
  value_range r = esp::range_of_constant(xs.front());
  for (double x : xs) r = esp::range_of_either(r, esp::range_of_constant(x));
  return r;
}

}  // namespace

TEST_CASE("the range of a function holds its exact and its computed values", "[function_range]") {
  constexpr double numbers[] = {-1e308, -1e30, -750, -104, -88,  -20, -1, -0.5, -1e-20, -0.0, 0.0,  1e-310,
                                1e-40,  1e-8,  0.5,  1,    1.25, 20,  60, 88,   100,    720,  1e30, 1e308};
  std::mt19937 engine(5);
  for (int n = 0; n < 4000; ++n) {
    std::vector<double> xs;
    while (xs.empty()) {
      for (double x : numbers) {
        if (engine() % 5 == 0) xs.push_back(x);
      }
    }
    const value_range a = knowledge_of(xs);
    for (operation op : functions) {
      const value_range r = esp::range_of_function(op, a);
      for (double x : xs) {
        const double computed = esp::function_of(op, x);
        const long double exact = exactly(op, x);
        INFO("function " << static_cast<int>(op) << " of " << x << " is " << computed << ", said to be in [" << r.lo
                         << ", " << r.hi << "]");
        if (!covers(r, computed)) REQUIRE(covers(r, computed));
        if (exact == exact) REQUIRE((exact >= r.lo && exact <= r.hi));
        const float narrow = esp::function_of(op, static_cast<float>(x));
        if (std::isnan(narrow)) REQUIRE(r.nan);
      }
    }
  }
}

TEST_CASE("bounds of functions are near what they bound", "[function_range]") {
  const interval unit{0, 1};
  REQUIRE(esp::values_of_function(operation::exp, {}) == interval{0, interval::infinity});
  REQUIRE(esp::values_of_function(operation::tanh, {}) == interval{-1, 1});
  REQUIRE(esp::values_of_function(operation::sigmoid, {}) == unit);
  REQUIRE(esp::values_of_function(operation::softplus, {}) == interval{0, interval::infinity});
  REQUIRE(esp::values_of_function(operation::log, {}) == interval{});
  REQUIRE(esp::values_of_function(operation::log, {-2, -1}) == interval{});
  REQUIRE(esp::values_of_function(operation::exp, {-interval::infinity, 0}) == unit);
  REQUIRE(esp::values_of_function(operation::log, {1, interval::infinity}) == interval{0, interval::infinity});
  const interval e = esp::values_of_function(operation::exp, {-1, 1});
  REQUIRE((e.lo < std::exp(-1.0) && e.lo > std::exp(-1.0) * (1 - 1e-15)));
  REQUIRE((e.hi > std::exp(1.0) && e.hi < std::exp(1.0) * (1 + 1e-15)));
}

TEST_CASE("signs, NaN and infinities of functions", "[function_range]") {
  const value_range tap = esp::range_of_finite(), square = esp::range_of_product(tap, tap, true);
  const value_range e = esp::range_of_function(operation::exp, tap);
  REQUIRE(e.surely_nonnegative());
  REQUIRE(e.may_be_zero());  // it underflows
  REQUIRE(e.may_reach_infinity());
  REQUIRE(!e.nan);
  REQUIRE(!esp::range_of_function(operation::exp, esp::range_of_negative(square)).may_be_infinite());
  REQUIRE(!esp::range_of_function(operation::exp, square).may_be_zero());
  REQUIRE(esp::range_of_function(operation::log, tap).nan);
  REQUIRE(!esp::range_of_function(operation::log, square).nan);
  REQUIRE(esp::range_of_function(operation::log, square).may_reach_minus_infinity());
  REQUIRE(!esp::range_of_function(operation::sigmoid, esp::range_of_sum(square, square)).may_be_infinite());
  REQUIRE(esp::range_of_function(operation::tanh, esp::range_of_any()).nan);
}
