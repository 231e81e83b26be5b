// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/elementary_functions.hpp>
#include <espalier/operation.hpp>
#include <espalier/wide_functions.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using esp::operation;
using wide = esp::wide_number;

constexpr operation functions[] = {operation::exp, operation::log, operation::tanh, operation::sigmoid,
                                   operation::softplus};

/// |a / b - 1|, of numbers that no double holds.
double apart(wide a, wide b) { return std::fabs((a / b).to<double>() - 1); }

}  // namespace

TEST_CASE("where double holds the result, it is that of double", "[wide_functions]") {
  for (operation op : functions) {
    for (double x = 0x1p-40; x < 600; x *= 1.37) {
      for (const double y : {x, -x}) {
        const double wanted = esp::function_of(op, y), got = esp::wide_function_of(op, wide(y)).to<double>();
        INFO("function " << static_cast<int>(op) << " of " << y);
        REQUIRE(((std::isnan(wanted) && std::isnan(got)) || wanted == got ||
                 std::fabs(got - wanted) <= 4e-16 * std::fabs(wanted)));
      }
    }
  }
}

TEST_CASE("exponentials beyond double multiply as they should", "[wide_functions]") {
  for (const double x : {500.0, 700.5, 1234.5678, 5e4, 1e6 + 0.125, 1e9}) {
    for (const double sign : {1.0, -1.0}) {
      const wide whole = exponential(wide(sign * x));
      const wide half = exponential(wide(sign * x / 2));
      REQUIRE(whole.is_regular());
      REQUIRE(apart(whole, half * half) < 1e-14);
      const wide step = exponential(wide(sign * x + 0.25)) / whole;
      REQUIRE(std::fabs(step.to<double>() - std::exp(0.25)) < 1e-13);
    }
  }
  REQUIRE(exponential(wide(1e12)).to<double>() == std::numeric_limits<double>::infinity());
  REQUIRE(exponential(wide(-1e12)).to<double>() == 0);
}

TEST_CASE("logarithms of what double does not hold", "[wide_functions]") {
  for (const double x : {800.0, -800.0, 3000.25, -3000.25, 1e6, -1e8}) {
    REQUIRE(apart(logarithm(exponential(wide(x))), wide(x)) < 1e-14);
  }
  const wide tiny = wide(1e-300) * wide(1e-300);
  REQUIRE(std::fabs(logarithm(tiny).to<double>() / (-600 * std::log(10.0)) - 1) < 1e-14);
  REQUIRE(logarithm(-tiny).is_nan());
  REQUIRE(logarithm(wide(0.0)).to<double>() == -std::numeric_limits<double>::infinity());
}

TEST_CASE("beside their steep parts functions go on", "[wide_functions]") {
  const wide tiny = wide(1e-300) * wide(1e-300), huge = wide(1e300) * wide(1e300);
  REQUIRE(apart(esp::wide_function_of(operation::tanh, tiny), tiny) < 1e-15);
  REQUIRE(esp::wide_function_of(operation::tanh, -huge).to<double>() == -1);
  REQUIRE(apart(esp::wide_function_of(operation::softplus, huge), huge) < 1e-15);
  REQUIRE(esp::wide_function_of(operation::sigmoid, huge).to<double>() == 1);
  REQUIRE(apart(esp::wide_function_of(operation::sigmoid, wide(-2000.0)), exponential(wide(-2000.0))) < 1e-15);
  REQUIRE(apart(esp::wide_function_of(operation::softplus, wide(-2000.0)), exponential(wide(-2000.0))) < 1e-15);
}
