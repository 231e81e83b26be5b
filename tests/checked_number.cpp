// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/checked_number.hpp>
// The header under test stands alone above.
#include <limits>

#include "support/catch.hpp"

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr auto times = [](auto a, auto b) { return a * b; };

}  // namespace

TEST_CASE("what leaves the range is what IEEE says, in constant expressions too") {
  STATIC_REQUIRE(esp::checked_arithmetic(1e300, 1e300, times) == infinity);
  STATIC_REQUIRE(esp::checked_arithmetic(1e-300, 1e-300, times) == 0);
  STATIC_REQUIRE(esp::checked_arithmetic(3.0f, 0.5f, times) == 1.5f);
  STATIC_REQUIRE(esp::checked_quotient(-1.0, 0.0) == -infinity);
  STATIC_REQUIRE(esp::checked_quotient(1.0, 4.0) == 0.25);
  constexpr double nan = esp::checked_quotient(0.0, 0.0);
  STATIC_REQUIRE(nan != nan);
}

TEST_CASE("a checked number computes as its type does") {
  using number = esp::checked_number<float>;
  constexpr number large = number::of(std::numeric_limits<float>::max());
  STATIC_REQUIRE((large + large).value == std::numeric_limits<float>::infinity());
  STATIC_REQUIRE((number(1) / number(3)).value == 1.0f / 3);
  STATIC_REQUIRE((number(1) - number(3)).value == -2);
  STATIC_REQUIRE(number(1) < number(3));
  STATIC_REQUIRE(number(3) <= number(3));
  STATIC_REQUIRE(!(number(3) < number(3)));
}
