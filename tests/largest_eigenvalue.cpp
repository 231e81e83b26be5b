// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/largest_eigenvalue.hpp>
// The header under test stands alone above.
#include <cmath>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/symmetric_eigenvalues.hpp"

namespace {

using esp::index_t;
constexpr double never = HUGE_VAL;

/// What is found of a diagonal matrix, and in how many products.
template <class T>
struct search {
  std::vector<double> diagonal;
  int products = 0;

  double run(double tolerance, double enough = never) {
    return esp::largest_eigenvalue<T>(static_cast<index_t>(diagonal.size()), tolerance, enough,
                                      [this](const std::vector<T>& v, std::vector<T>& w) {
                                        ++products;
                                        double along = 0;
                                        for (std::size_t i = 0; i < v.size(); ++i) {
                                          w[i] = static_cast<T>(diagonal[i] * static_cast<double>(v[i]));
                                          along += static_cast<double>(v[i]) * static_cast<double>(w[i]);
                                        }
                                        return along;
                                      });
  }
};

}  // namespace

TEST_CASE("the largest eigenvalue of a tridiagonal matrix is that of Jacobi's rotations") {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  for (std::size_t n = 1; n < 24; ++n) {
    std::vector<double> diagonal(n), beside(n - 1), dense(n * n);
    for (std::size_t i = 0; i < n; ++i) dense[i * n + i] = diagonal[i] = normal(random);
    for (std::size_t i = 0; i + 1 < n; ++i) {
      beside[i] = i % 5 == 4 ? 0 : normal(random);
      dense[i * n + i + 1] = dense[(i + 1) * n + i] = beside[i];
    }
    const double expected = support::largest_by_rotations(dense, n);
    INFO(n);
    REQUIRE(std::fabs(esp::largest_of_tridiagonal(diagonal, beside) - expected) <= 1e-12 * (1 + std::fabs(expected)));
  }
}

// Eigenvalues that come ever closer to the largest one leave no gap for a criterion to rely on.
TEMPLATE_TEST_CASE("what is found is never above the largest eigenvalue, and within the tolerance", "", float, double) {
  const double rounding = sizeof(TestType) == 4 ? 1e-5 : 1e-12;
  for (const double tolerance : {0.3, 0.02, 0.001}) {
    for (const double power : {0.5, 1.0, 3.0}) {
      search<TestType> s{.diagonal = std::vector<double>(5000)};
      for (std::size_t i = 0; i < 5000; ++i) {
        s.diagonal[i] = 7 * (1 - std::pow(static_cast<double>(i + 1) / 5001, power));
      }
      const double largest = s.diagonal[0], found = s.run(tolerance);
      INFO(tolerance << ", " << power << ": " << found << " of " << largest << " in " << s.products);
      REQUIRE(found <= largest * (1 + rounding));
      REQUIRE(found >= largest * (1 - tolerance));
      REQUIRE(s.products <= 1 + (0.5 + std::log(1.648e6 * std::sqrt(5000))) / (2 * std::sqrt(tolerance)) + 1);
    }
  }
}

TEST_CASE("it ends where it knows enough") {
  SECTION("a value that is enough") {
    search<double> s{.diagonal = std::vector<double>(1000, 2)};
    s.diagonal[500] = 3;
    REQUIRE(s.run(1e-6, 1.9) >= 1.9);
    REQUIRE(s.products == 1);
  }
  SECTION("no more directions") {
    search<double> s{.diagonal = std::vector<double>(1000, 2)};
    REQUIRE(std::fabs(s.run(1e-6) - 2) < 1e-12);
    REQUIRE(s.products == 1);
    s = {.diagonal = {5, 1, 3}};
    REQUIRE(std::fabs(s.run(1e-9) - 5) < 1e-12);
    REQUIRE(s.products <= 3);
    s = {.diagonal = {4}};
    REQUIRE(std::fabs(s.run(0.1) - 4) < 1e-12);
    s = {.diagonal = {0, 0}};
    REQUIRE(s.run(0.1) == 0);
  }
  SECTION("what is no number") {
    search<double> s{.diagonal = {1, NAN, 2}};
    REQUIRE(std::isnan(s.run(0.1)));
    REQUIRE(s.products == 1);
  }
}
