// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/coefficient.hpp>

#include "support/catch.hpp"

namespace {

using esp::coefficient;

constexpr coefficient of(double v) { return v; }
constexpr coefficient inverse_of(double v) { return coefficient(v).inverse(); }

}  // namespace

TEST_CASE("fractions are exact") {
  STATIC_REQUIRE((of(1) + -(of(27) * inverse_of(27))).is_zero());
  STATIC_REQUIRE((inverse_of(3) + inverse_of(6) + -inverse_of(2)).is_zero());
  STATIC_REQUIRE((of(0.8) * of(27) * inverse_of(27) + of(-0.8)).is_zero());
  STATIC_REQUIRE(!(of(0.1) + of(0.2) + of(-0.3)).is_zero());  // as doubles they are no tenths
  STATIC_REQUIRE((of(0.1) + of(0.2) + of(-0.3)).value() == 0x1p-55);
  STATIC_REQUIRE((of(1.000000000000001) + of(-1)).value() == 1.000000000000001 - 1);
  STATIC_REQUIRE((of(0x1p60) + of(1) + of(-0x1p60)).value() == 1);
  STATIC_REQUIRE(coefficient{}.is_zero());
  STATIC_REQUIRE(of(0).is_zero());
  STATIC_REQUIRE(of(6) == of(3) * of(2));
  STATIC_REQUIRE(of(-0.5).negative());
  STATIC_REQUIRE(inverse_of(-4).value() == -0.25);
}

TEST_CASE("what fits no more keeps a bound of its error") {
  constexpr coefficient square = of(0.8) * of(0.3);
  STATIC_REQUIRE(!square.exact());
  STATIC_REQUIRE(!square.unknown());
  REQUIRE(square.value() == support::Approx(0.24).epsilon(1e-14));
  // It could be zero, or anything small: nothing is concluded.
  STATIC_REQUIRE((square + -square).unknown());
  STATIC_REQUIRE(!(square + -square).is_zero());
  STATIC_REQUIRE(!(square + square).unknown());
  STATIC_REQUIRE((of(0x1p100) + of(1)).value() == 0x1p100);
  STATIC_REQUIRE(((of(0x1p100) + of(1)) + of(-0x1p100)).unknown());
}

TEST_CASE("roots of squares are exact") {
  STATIC_REQUIRE(of(4).root() == of(2));
  STATIC_REQUIRE((inverse_of(81) * of(25)).root() == inverse_of(9) * of(5));
  STATIC_REQUIRE(of(0.25).root().value() == 0.5);
  STATIC_REQUIRE(!of(2).root().exact());
  REQUIRE(of(2).root().value() == support::Approx(1.4142135623730951).epsilon(1e-15));
  REQUIRE(of(0.5).root().value() == support::Approx(0.70710678118654757).epsilon(1e-15));
  STATIC_REQUIRE(of(0).root().is_zero());
}

TEST_CASE("far from every double") {
  STATIC_REQUIRE((of(1e300) * of(1e300)).value() == std::numeric_limits<double>::infinity());
  REQUIRE((of(1e300) * of(1e300)).root().value() == support::Approx(1e300));
  STATIC_REQUIRE((of(1e-300) * of(1e-300)).value() == 0);
  STATIC_REQUIRE(!(of(1e-300) * of(1e-300)).is_zero());
  STATIC_REQUIRE(of(std::numeric_limits<double>::infinity()).unknown());
  STATIC_REQUIRE(of(5e-324).value() == 5e-324);
}
