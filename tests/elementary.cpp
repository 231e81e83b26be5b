// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/elementary.hpp>
#include <espalier/elementary_functions.hpp>

#include "support/catch.hpp"
#include "support/units.hpp"

namespace {

/// A number that is multiplied and divided by its lanes alone, so that an operator `*` in the algorithm, which a
/// compiler might join with a sum, does not compile.
struct guarded {
  double x;
  friend constexpr guarded operator+(guarded a, guarded b) { return {a.x + b.x}; }
  friend constexpr guarded operator-(guarded a, guarded b) { return {a.x - b.x}; }
  friend constexpr bool operator<(guarded a, guarded b) { return a.x < b.x; }
};
struct guarded_lanes {
  using value = guarded;
  using number = double;
  using plain = esp::one_number<double>;
  static constexpr guarded of(double x) { return {x}; }
  static constexpr guarded product(guarded a, guarded b) { return {plain::product(a.x, b.x)}; }
  static constexpr guarded quotient(guarded a, guarded b) { return {a.x / b.x}; }
  static constexpr guarded select(bool c, guarded a, guarded b) { return c ? a : b; }
  static constexpr guarded as_exponent(guarded a) { return {plain::as_exponent(a.x)}; }
  struct parts {
    guarded exponent;
    guarded fraction;
  };
  static constexpr parts split(guarded a) {
    const auto p = plain::split(a.x);
    return {{p.exponent}, {p.fraction}};
  }
};

using functions = esp::elementary<guarded_lanes>;

}  // namespace

TEST_CASE("the algorithms take any lanes, and multiply through them alone") {
  for (double x = -30; x <= 30; x += 0.37) {
    const guarded away{-std::fabs(x)};
    REQUIRE(functions::exponential({x}).x == esp::exponential(x));
    REQUIRE(functions::sigmoid({x}, away).x == esp::logistic(x));
    REQUIRE(functions::softplus({x}, away).x == esp::soft_plus(x));
    if (x > 0) REQUIRE(functions::logarithm({x}).x == esp::logarithm(x));
    if (std::fabs(x) < 1) REQUIRE(functions::tangent_near_zero({x}).x == esp::hyperbolic_tangent(x));
    if (x >= 1 && x < 20) REQUIRE(functions::tangent_from_one({x}).x == esp::hyperbolic_tangent(x));
  }
}

TEST_CASE("either algorithm of tanh is right where they meet") {
  for (const double x : {0.99, 1.0, 1.01}) {
    const long double exact = std::tanh(static_cast<long double>(x));
    if (x <= 1) REQUIRE(support::units_apart<double>(functions::tangent_near_zero({x}).x, exact) < 2);
    REQUIRE(support::units_apart<double>(functions::tangent_from_one({x}).x, exact) < 2);
  }
}
