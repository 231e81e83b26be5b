// SPDX-License-Identifier: BSD-3-Clause
#include <bit>
#include <cmath>
#include <cstdint>
#include <espalier/wide_number.hpp>
#include <limits>

#include "support/catch.hpp"

using esp::wide_number;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

double drawn(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  const std::uint64_t bits = state ^ state >> 29;
  const double x = std::bit_cast<double>(bits);
  return x - x == 0 ? x : 1.5;
}
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("wide numbers round as double does where its results are in range", "[wide_number]") {
  std::uint64_t state = 5;
  long compared = 0;
  for (int i = 0; i < 20000; ++i) {
    const double a = drawn(state);
    double b = drawn(state);
    if (i % 3 == 0) b = a * (1 + std::fabs(b - std::floor(b)) * 0x1p-20);  // sums that cancel
    const wide_number x(a), y(b);
    REQUIRE(x.to<double>() == a);
    REQUIRE((x < y) == (a < b));
    REQUIRE((x <= y) == (a <= b));
    const double wanted[] = {a + b, a - b, a * b, a / b, std::sqrt(a)};
    const double got[] = {(x + y).to<double>(), (x - y).to<double>(), (x * y).to<double>(), (x / y).to<double>(),
                          square_root(x).to<double>()};
    for (int k = 0; k < 5; ++k) {
      // A subnormal result is rounded a second time.
      if (std::fabs(wanted[k]) < std::numeric_limits<double>::min()) continue;
      REQUIRE(same(got[k], wanted[k]));
      ++compared;
    }
    REQUIRE(x.to<float>() == static_cast<float>(a));
  }
  REQUIRE(compared > 50000);
}

TEST_CASE("no exponent is too large or too small", "[wide_number]") {
  wide_number up = 1e300, down = 1e-320;
  const wide_number first = down;
  for (int i = 0; i < 40; ++i) up = up * up, down = down * down;
  REQUIRE(up.to<double>() == infinity);
  REQUIRE((-up).to<float>() == -std::numeric_limits<float>::infinity());
  REQUIRE(down.to<double>() == 0);
  REQUIRE(down < wide_number(5e-324));
  REQUIRE(wide_number(0.0) < down);
  for (int i = 0; i < 40; ++i) up = square_root(up), down = square_root(down);
  REQUIRE(std::fabs(up.to<double>() / 1e300 - 1) < 1e-12);
  REQUIRE(down.to<double>() == first.to<double>());
}

TEST_CASE("zeros, infinities and NaN are IEEE's, in constant expressions too", "[wide_number]") {
  const double special[] = {0.0, -0.0, 1.0, -2.0, infinity, -infinity, not_a_number};
  for (double a : special) {
    for (double b : special) {
      const wide_number x(a), y(b);
      REQUIRE(same((x + y).to<double>(), a + b));
      REQUIRE(same((x - y).to<double>(), a - b));
      REQUIRE(same((x * y).to<double>(), a * b));
      REQUIRE(same((x / y).to<double>(), a / b));
      REQUIRE(std::signbit((x / wide_number(4.0)).to<double>()) == std::signbit(a / 4));
      REQUIRE((x < y) == (a < b));
      REQUIRE((x <= y) == (a <= b));
    }
    REQUIRE(same(square_root(wide_number(a)).to<double>(), std::sqrt(a)));
  }
  STATIC_REQUIRE((wide_number(1e200) * wide_number(1e200) / wide_number(1e300)).to<double>() > 9.9e99);
  STATIC_REQUIRE((wide_number(1e200) * wide_number(1e200)).to<float>() == std::numeric_limits<float>::infinity());
  STATIC_REQUIRE((wide_number(infinity) - wide_number(infinity)).is_nan());
  STATIC_REQUIRE(wide_number(1e-40).to<float>() == 1e-40F);
}
