// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/threshold_search.hpp>
// The header under test stands alone above.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

double found(const std::vector<double>& x, double c) {
  const double largest = *std::max_element(x.begin(), x.end());
  const auto value = [&x](esp::index_t i) { return x[static_cast<std::size_t>(i)]; };
  return esp::search_threshold<double>(static_cast<esp::index_t>(x.size()), value, largest, c);
}
/// By sorting: the threshold is the first mean of the largest values, less c, that the next value is below.
long double sorted(std::vector<double> x, double c) {
  std::sort(x.begin(), x.end(), std::greater<>());
  const long double largest = x[0];
  long double sum = 0, t = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const long double below = x[k] - largest;
    if (k > 0 && below <= t) break;
    sum += below;
    t = (sum - c) / static_cast<long double>(k + 1);
  }
  return t;
}

}  // namespace

TEST_CASE("what stands above a threshold sums to what was asked for", "[threshold]") {
  REQUIRE(found({3}, 2) == -2);
  REQUIRE(found({1, 1, 1, 1}, 2) == -0.5);
  REQUIRE(found({0, 1, 2, 3}, 1) == -1);
  REQUIRE(found({0, 1, 2, 3}, 2) == -1.5);
  REQUIRE(found({-1e30, 5}, 1) == -1);
  REQUIRE(found({1e30, 1e30, -1e30}, 1) == -0.5);
}

TEST_CASE("the threshold is that of the sorted values, to rounding of the sum", "[threshold]") {
  std::mt19937 engine(7);
  for (int turn = 0; turn < 20000; ++turn) {
    std::vector<double> x(1 + engine() % 40);
    const double spread = std::pow(10.0, static_cast<double>(engine() % 13) - 6), c = turn % 3 == 0 ? 1 : 0.3;
    const double middle = turn % 4 == 0 ? 1e6 : 0;
    for (double& v : x) v = middle + spread * std::normal_distribution<double>()(engine);
    if (turn % 5 == 0) {
      for (double& v : x) v = std::round(v / spread * 2) * spread;  // ties
    }
    const long double wanted = sorted(x, c);
    const double t = found(x, c);
    INFO(x.size() << " values of spread " << spread << " around " << middle);
    REQUIRE(std::fabs(t - static_cast<double>(wanted)) <= 8 * 0x1p-53 * c);
  }
}

TEST_CASE("NaN is above nothing, and a sum that vanishes beside its taps leaves none above", "[threshold]") {
  const double nan = std::nan("");
  REQUIRE(found({1, 2}, 0) == 0);
  const auto value = [nan](esp::index_t i) { return i == 1 ? nan : 0.0; };
  REQUIRE(esp::search_threshold<double>(3, value, nan, 1.0) == -1);
}
