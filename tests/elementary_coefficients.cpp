// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstddef>
#include <espalier/elementary_coefficients.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

template <class T, std::size_t Count>
long double polynomial(const T (&coefficients)[Count], long double x) {
  long double total = 0;
  for (std::size_t i = Count; i-- > 0;) total = total * x + coefficients[i];
  return total;
}

}  // namespace

TEMPLATE_TEST_CASE("the parts of ln 2 leave room for every exponent", "", float, double) {
  using k = esp::elementary_coefficients<TestType>;
  const long double unit = std::numeric_limits<TestType>::epsilon();
  REQUIRE(std::fabs(static_cast<long double>(k::ln2_high) + k::ln2_low - std::log(2.0L)) < unit * 0x1p-14L);
  REQUIRE(std::fabs(k::per_ln2 * std::log(2.0L) - 1) < unit);
  for (int n = -1100; n <= 1100; ++n) {
    if (sizeof(TestType) == 4 && (n < -150 || n > 130)) continue;
    const TestType product = static_cast<TestType>(n) * k::ln2_high;
    REQUIRE(static_cast<long double>(product) == static_cast<long double>(n) * k::ln2_high);
  }
}

TEMPLATE_TEST_CASE("arguments end where results do", "", float, double) {
  using k = esp::elementary_coefficients<TestType>;
  using limits = std::numeric_limits<TestType>;
  const long double largest = limits::max(), next = std::nextafter(k::largest_argument, limits::infinity());
  REQUIRE(std::exp(static_cast<long double>(k::largest_argument)) <= largest);
  REQUIRE(std::exp(next) > largest);
  REQUIRE(k::most_argument > k::largest_argument);
  REQUIRE(std::exp(static_cast<long double>(k::least_argument)) < limits::denorm_min() / 2.0L);
  REQUIRE(1 - 2 / (std::exp(2 * static_cast<double>(k::saturated)) + 1) == 1);
  REQUIRE(limits::denorm_min() * k::normalizer >= limits::min());
  REQUIRE(std::exp2(k::normalizer_exponent) == k::normalizer);
}

TEMPLATE_TEST_CASE("each polynomial is as near as its comment says", "", float, double) {
  using k = esp::elementary_coefficients<TestType>;
  const long double unit = std::numeric_limits<TestType>::epsilon();
  for (int i = 1; i <= 1000; ++i) {
    const long double r = 0.34657L * i / 1000, s = 0.2L * i / 1000, x = 1.0L * i / 1000;
    for (const long double signed_r : {r, -r}) {
      const long double e = 1 + signed_r + signed_r * signed_r * polynomial(k::exponential, signed_r);
      REQUIRE(std::fabs(e - std::exp(signed_r)) < 0.05L * unit);
    }
    const long double log = 2 * s + s * s * s * polynomial(k::logarithm, s * s);
    REQUIRE(std::fabs(log / std::log1p(2 * s / (1 - s)) - 1) < 0.003L * unit);
    const long double tanh = x - x * x * x * polynomial(k::hyperbolic_tangent, x * x);
    REQUIRE(std::fabs(tanh / std::tanh(x) - 1) < 0.16L * unit);
  }
}
