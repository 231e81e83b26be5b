// SPDX-License-Identifier: BSD-3-Clause
// Sums that do not know their order: over any division of drawn numbers and any order one result, next to the exact
// one.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <espalier/distributed/digit_sums.hpp>
#include <limits>
#include <random>
#include <vector>

#include "distributed/virtual_ranks.hpp"
#include "support/catch.hpp"

namespace {

template <class T>
T sum_over_ranks(const std::vector<T>& values, esp::index_t ranks) {
  drawn::virtual_ranks world(ranks);
  T result{};
  world.run([&](auto& halo) {
    esp::digit_sums<T> sums(2);
    for (auto i = static_cast<std::size_t>(halo.rank()); i < values.size(); i += static_cast<std::size_t>(ranks)) {
      const T pair[2] = {T(1), values[i]};
      sums.add(pair);
    }
    sums.combine(halo);
    if (halo.rank() == 0) result = sums.value(1);
    if (sums.value(0) != static_cast<T>(values.size())) std::terminate();
  });
  return result;
}

template <class T>
void check(unsigned seed, int exponents) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<T> values(1 + engine() % 60);
    double largest = 0;
    long double exact = 0;
    for (T& v : values) {
      v = static_cast<T>(
          std::ldexp(uniform(engine), static_cast<int>(engine() % static_cast<unsigned>(exponents)) - exponents / 2));
      largest = std::max(largest, std::abs(static_cast<double>(v)));
      exact += static_cast<long double>(v);
    }
    const T one = sum_over_ranks(values, 1);
    const auto off = std::abs(static_cast<long double>(one) - exact);
    REQUIRE(off <= largest * std::numeric_limits<T>::epsilon() * static_cast<double>(values.size()) / 2);
    for (const esp::index_t ranks : {2, 3, 5}) {
      std::shuffle(values.begin(), values.end(), engine);
      const T other = sum_over_ranks(values, ranks);
      REQUIRE(std::memcmp(&one, &other, sizeof one) == 0);
    }
  }
}

}  // namespace

TEST_CASE("sums are those of any order", "[distributed]") {
  check<float>(1, 2);
  check<float>(2, 100);
  check<double>(3, 2);
  check<double>(4, 200);
}

TEST_CASE("sums at the ends of the range", "[distributed]") {
  using real = std::numeric_limits<double>;
  const double tiny = real::denorm_min(), huge = real::max();
  REQUIRE(sum_over_ranks<double>({tiny, tiny, -3 * tiny}, 2) == -tiny);
  REQUIRE(sum_over_ranks<double>({huge, -huge, huge}, 3) == huge);
  REQUIRE(sum_over_ranks<double>({0.0, 0.0}, 2) == 0);
  REQUIRE(sum_over_ranks<double>({1.0, -1.0}, 2) == 0);
  REQUIRE(sum_over_ranks<float>({0x1p30F, 1, -0x1p30F}, 1) == 1);
  REQUIRE(sum_over_ranks<float>({3e38F, 3e38F}, 2) == std::numeric_limits<float>::infinity());
  REQUIRE(std::isnan(sum_over_ranks<float>({1, std::numeric_limits<float>::infinity(), 2}, 2)));
  REQUIRE(std::isnan(sum_over_ranks<double>({real::quiet_NaN(), 2}, 2)));
}
