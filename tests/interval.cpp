// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/interval.hpp>
#include <random>

#include "support/catch.hpp"

namespace {

using esp::interval;
constexpr double infinity = interval::infinity;

class sampler {
 public:
  /// An interval with ends among small numbers, zero and the infinities.
  interval draw() {
    const double a = end();
    const double b = end();
    interval i{esp::smaller(a, b), esp::larger(a, b)};
    if (pick(6) == 0) i.lo = -infinity;
    if (pick(6) == 0) i.hi = infinity;
    return i;
  }
  /// A finite number inside, often an end.
  double inside(interval i) {
    const double lo = i.lo == -infinity ? esp::smaller(i.hi == infinity ? 0 : i.hi, 0) - 100 : i.lo;
    const double hi = i.hi == infinity ? esp::larger(lo, 0) + 100 : i.hi;
    const int choice = pick(4);
    return choice == 0 ? lo : choice == 1 ? hi : lo + (hi - lo) * std::uniform_real_distribution<>()(engine_);
  }

 private:
  int pick(int n) { return std::uniform_int_distribution<>(0, n - 1)(engine_); }
  double end() { return pick(3) == 0 ? 0 : pick(17) / 2.0 - 4; }
  std::mt19937 engine_{7};
};

bool covers(interval i, double x) {
  const double slack = 1e-12 * (1 + std::fabs(x));
  return std::isnan(x) || (i.lo - slack <= x && x <= i.hi + slack);
}

}  // namespace

TEST_CASE("every operation covers what its operands can give") {
  sampler s;
  for (int n = 0; n < 100000; ++n) {
    const interval a = s.draw();
    const interval b = s.draw();
    const double x = s.inside(a);
    const double y = s.inside(b);
    INFO("[" << a.lo << ", " << a.hi << "] has " << x << ", [" << b.lo << ", " << b.hi << "] has " << y);
    const bool all = covers(a + b, x + y) && covers(a - b, x - y) && covers(-a, -x) && covers(a * b, x * y) &&
                     (y == 0 || covers(a / b, x / y)) && covers(hull(a, b), x) && covers(hull(a, b), y) &&
                     covers(least(a, b), esp::smaller(x, y)) && covers(greatest(a, b), esp::larger(x, y)) &&
                     covers(magnitude_of(a), std::fabs(x)) && covers(root_of(a), std::sqrt(x));
    if (!all) REQUIRE(all);
  }
}

TEST_CASE("operations are as tight as the ends allow") {
  STATIC_REQUIRE(interval{-2, 3} * interval{-5, 1} == interval{-15, 10});
  STATIC_REQUIRE(interval{1, 2} / interval{4, 8} == interval{0.125, 0.5});
  STATIC_REQUIRE(interval{1, 2} / interval{-8, -4} == interval{-0.5, -0.125});
  STATIC_REQUIRE(interval{0, infinity} * interval{0, 0} == interval{0, 0});
  STATIC_REQUIRE(interval{1, infinity} / interval{1, infinity} == interval{0, infinity});
  STATIC_REQUIRE(magnitude_of(interval{-3, 2}) == interval{0, 3});
  STATIC_REQUIRE(magnitude_of(interval{-3, -2}) == interval{2, 3});
  STATIC_REQUIRE(root_of(interval{-1, 9}) == interval{0, 3});
  STATIC_REQUIRE(least(interval{0, 5}, interval{-1, 2}) == interval{-1, 2});
  STATIC_REQUIRE(greatest(interval{0, 5}, interval{-1, 2}) == interval{0, 5});
}

TEST_CASE("a divisor that may vanish keeps at most the sign") {
  STATIC_REQUIRE(interval{1, 2} / interval{0, 1} == interval{0, infinity});
  STATIC_REQUIRE(interval{-2, -1} / interval{0, 1} == interval{-infinity, 0});
  STATIC_REQUIRE(interval{-1, 1} / interval{0, 1} == interval{});
  STATIC_REQUIRE(interval{1, 2} / interval{-1, 1} == interval{});
}

TEST_CASE("an interval answers for sign and bounds, and nothing known answers no") {
  STATIC_REQUIRE(interval{0, 1}.nonnegative());
  STATIC_REQUIRE(!interval{-1e-300, 1}.nonnegative());
  STATIC_REQUIRE(interval{-1, 0}.nonpositive());
  STATIC_REQUIRE(interval{-1, 1}.within(-1, 1));
  STATIC_REQUIRE(!interval{-1, 1}.within(-1, 0.5));
  STATIC_REQUIRE(interval{-3, 2}.magnitude() == 3);
  STATIC_REQUIRE(interval::exactly(2) == interval{2, 2});
  STATIC_REQUIRE(!interval{}.nonnegative());
  STATIC_REQUIRE(!interval{}.nonpositive());
}

TEST_CASE("bounds round away from what is between them, and only where they round") {
  STATIC_REQUIRE((interval::exactly(0.1) + interval::exactly(0.2)).lo < 0.1 + 0.2);
  STATIC_REQUIRE((interval::exactly(0.1) + interval::exactly(0.2)).hi == 0.1 + 0.2);
  STATIC_REQUIRE(interval::exactly(0.5) + interval::exactly(0.25) == interval::exactly(0.75));
  STATIC_REQUIRE((interval::exactly(3) * interval::exactly(0.1)).lo <
                 (interval::exactly(3) * interval::exactly(0.1)).hi);
  STATIC_REQUIRE(interval::exactly(54) / interval::exactly(27) == interval::exactly(2));
  STATIC_REQUIRE((interval::exactly(1) / interval::exactly(3)).lo < 1.0 / 3);
  STATIC_REQUIRE((interval::exactly(1) / interval::exactly(3)).hi > 1.0 / 3);
  STATIC_REQUIRE(root_of(interval::exactly(2)).lo < root_of(interval::exactly(2)).hi);
  STATIC_REQUIRE(root_of(interval::exactly(9)) == interval::exactly(3));
}

TEST_CASE("bounds beyond double's range stay bounds") {
  STATIC_REQUIRE((interval{1e308, 1e308} + interval{1e308, 1e308}).lo == std::numeric_limits<double>::max());
  STATIC_REQUIRE((interval{1e308, 1e308} + interval{1e308, 1e308}).hi == infinity);
  STATIC_REQUIRE((interval{1e300, 1e300} * interval{-1e300, -1e300}).hi == -std::numeric_limits<double>::max());
  STATIC_REQUIRE((interval{1e-300, 1e-300} * interval{1e-300, 1e-300}).hi > 0);
  STATIC_REQUIRE((interval{1e-300, 1e-300} * interval{1e-300, 1e-300}).nonnegative());
  STATIC_REQUIRE(esp::ieee_product(1e200, -1e200) == -infinity);
  STATIC_REQUIRE(esp::ieee_quotient(1e300, 1e-300) == infinity);
  STATIC_REQUIRE(esp::ieee_sum(1e308, 1e308) == infinity);
}
