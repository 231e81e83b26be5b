// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/ieee.hpp>

#include "support/catch.hpp"

namespace {

using namespace esp::ieee;
constexpr bool is_nan(double x) { return x != x; }

}  // namespace

TEST_CASE("sums, products and quotients leave the range of double in constant expressions", "[ieee]") {
  STATIC_REQUIRE(product(1e200, 1e200) == infinity);
  STATIC_REQUIRE(product(-1e200, 1e200) == -infinity);
  STATIC_REQUIRE(product(1e300, infinity) == infinity);
  STATIC_REQUIRE(product(0.5, -infinity) == -infinity);
  STATIC_REQUIRE(is_nan(product(0, infinity)));
  STATIC_REQUIRE(is_nan(product(not_a_number, 0)));
  STATIC_REQUIRE(product(1e-200, 1e-200) == 0);
  STATIC_REQUIRE(product(1e154, 1e154) == 1e154 * 1e154);
  STATIC_REQUIRE(sum(1.7e308, 1.7e308) == infinity);
  STATIC_REQUIRE(sum(-1.7e308, -1.7e308) == -infinity);
  STATIC_REQUIRE(sum(1.7e308, -1.7e308) == 0);
  STATIC_REQUIRE(sum(infinity, -1) == infinity);
  STATIC_REQUIRE(sum(-1, -infinity) == -infinity);
  STATIC_REQUIRE(is_nan(sum(infinity, -infinity)));
  STATIC_REQUIRE(quotient(1, 1e-310) == infinity);
  STATIC_REQUIRE(quotient(-1e300, 1e-300) == -infinity);
  STATIC_REQUIRE(quotient(1, infinity) == 0);
  STATIC_REQUIRE(quotient(0, 1e-310) == 0);
  STATIC_REQUIRE(is_nan(quotient(infinity, infinity)));
}

TEST_CASE("inside the range they are the operators'", "[ieee]") {
  for (const double a : {0.0, -0.0, 1.5, -3e-8, 7e120, -1e-300, 3e-310}) {
    for (const double b : {1.0, -2.5, 9e-9, 4e150, -5e-150}) {
      REQUIRE(sum(a, b) == a + b);
      REQUIRE(product(a, b) == a * b);
      REQUIRE(quotient(a, b) == a / b);
    }
  }
}
