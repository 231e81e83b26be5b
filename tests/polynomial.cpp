// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/polynomial.hpp>

#include "support/catch.hpp"

namespace {

using esp::polynomial, esp::term, esp::factor;

/// c * atom^(halves / 2) on the taps of a class.
constexpr term power(double c, int atom, int halves, int tap_class = -1) {
  return {.weight = c, .tap_class = tap_class, .factors = factor{atom, halves}};
}

}  // namespace

TEST_CASE("like terms join and cancel exactly") {
  constexpr polynomial x = power(1, 0, 2);
  STATIC_REQUIRE(scaled_sum(x, x, -1).empty());
  STATIC_REQUIRE(scaled_sum(x, power(1.000000000000001, 0, 2), -1).size() == 1);
  STATIC_REQUIRE(scaled_sum(x, power(1, 1, 2), 1).size() == 2);
  STATIC_REQUIRE(scaled_sum(x, x, 2)[0].weight == esp::coefficient(3));
}

TEST_CASE("what is not known well enough overflows") {
  constexpr polynomial x = power(1, 0, 2);
  constexpr polynomial y = scaled_sum(polynomial{}, x, esp::coefficient(0.8) * esp::coefficient(0.3));
  STATIC_REQUIRE(!y.overflow());
  STATIC_REQUIRE(scaled_sum(y, y, -1).overflow());
}

TEST_CASE("products add exponents, and classes of taps never meet") {
  constexpr polynomial x = power(2, 0, 2);
  constexpr polynomial inverse = power(0.5, 0, -2);
  STATIC_REQUIRE(product(x, inverse).size() == 1);
  STATIC_REQUIRE(product(x, inverse)[0].factors.empty());
  STATIC_REQUIRE(product(power(1, 0, 2, 0), power(1, 0, 2, 1)).empty());
  constexpr polynomial both = scaled_sum(power(1, 0, 2, 0), power(3, 0, 2, 1), 1);
  STATIC_REQUIRE(part(both, 1).size() == 1);
  STATIC_REQUIRE(part(both, 1)[0].weight == esp::coefficient(3));
  STATIC_REQUIRE(part(both, 2).empty());
}
