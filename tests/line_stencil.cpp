// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/line_stencil.hpp>
// The header under test stands alone above.
#include <cmath>

#include "support/catch.hpp"

using esp::line_stencil, esp::line_stencil_of;

namespace {

constexpr bool is(const line_stencil& s, std::int64_t denominator, auto... numerators) {
  const std::int64_t expected[]{numerators...};
  bool same =
      s.valid && s.denominator == denominator && 2 * s.reach + 1 == static_cast<esp::index_t>(std::size(expected));
  for (std::size_t i = 0; same && i < std::size(expected); ++i) same = s.numerator[i] == expected[i];
  return same;
}

/// The moments of all degrees below derivative + order, in whole numbers.
constexpr bool is_exact(unsigned derivative, unsigned order) {
  const line_stencil s = line_stencil_of(derivative, order);
  std::int64_t factorial = 1;
  for (unsigned i = 2; i <= derivative; ++i) factorial *= i;
  for (unsigned degree = 0; degree < derivative + order; ++degree) {
    std::int64_t total = 0;
    for (esp::index_t x = -s.reach; x <= s.reach; ++x) {
      std::int64_t power = 1;
      for (unsigned i = 0; i < degree; ++i) power *= x;
      total += power * static_cast<std::int64_t>(s.at(x));
    }
    if (total != (degree == derivative ? factorial * s.denominator : 0)) return false;
  }
  return s.valid;
}

}  // namespace

TEST_CASE("finite differences as every table has them") {
  STATIC_REQUIRE(is(line_stencil_of(1, 2), 2, -1, 0, 1));
  STATIC_REQUIRE(is(line_stencil_of(1, 4), 12, 1, -8, 0, 8, -1));
  STATIC_REQUIRE(is(line_stencil_of(2, 2), 1, 1, -2, 1));
  STATIC_REQUIRE(is(line_stencil_of(2, 4), 12, -1, 16, -30, 16, -1));
  STATIC_REQUIRE(is(line_stencil_of(3, 2), 2, -1, 2, 0, -2, 1));
  STATIC_REQUIRE(is(line_stencil_of(4, 2), 1, 1, -4, 6, -4, 1));
  STATIC_REQUIRE(is(line_stencil_of(1, 8), 840, 3, -32, 168, -672, 0, 672, -168, 32, -3));
  STATIC_REQUIRE(is(line_stencil_of(0, 4), 1, 1));
}

TEST_CASE("every stencil is exact for the polynomials that its order promises") {
  for (unsigned derivative = 1; derivative <= 6; ++derivative) {
    for (unsigned order = 1; derivative + order <= 12; ++order) {
      INFO(derivative << " " << order);
      CHECK(is_exact(derivative, order));
    }
  }
}

TEST_CASE("an odd order is rounded up, and what is too long is invalid") {
  STATIC_REQUIRE(line_stencil_of(1, 3).reach == line_stencil_of(1, 4).reach);
  STATIC_REQUIRE(line_stencil_of(1, 12).valid);
  STATIC_REQUIRE(!line_stencil_of(1, 14).valid);
  STATIC_REQUIRE(!line_stencil_of(1, 0).valid);
}

TEST_CASE("a stencil fits an odd axis that is long enough") {
  STATIC_REQUIRE(line_stencil_of(1, 4).fits(5));
  STATIC_REQUIRE(line_stencil_of(1, 4).fits(7));
  STATIC_REQUIRE(!line_stencil_of(1, 4).fits(3));
  STATIC_REQUIRE(!line_stencil_of(1, 4).fits(6));
  STATIC_REQUIRE(line_stencil_of(0, 4).fits(1));
  STATIC_REQUIRE(line_stencil_of(1, 2).at(5) == 0);
}
