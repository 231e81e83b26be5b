// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/evaluate.hpp>
#include <espalier/modes.hpp>
#include <limits>
#include <type_traits>

#include "support/catch.hpp"

namespace {

namespace modes = esp::modes;
using block = std::array<double, 9>;
constexpr esp::extents plane{1, 3, 3};

template <class A, class B>
constexpr bool same(A, B) {
  return std::is_same_v<A, B>;
}
double total(const block& b) {
  double sum = 0;
  for (double v : b) sum += v;
  return sum;
}
double norm(const block& b) {
  double squares = 0;
  for (double v : b) squares += v * v;
  return std::sqrt(squares);
}

constexpr block mixed{1, -2, 3, 0.5, 4, -1, 2, 0, -0.5};

}  // namespace

TEST_CASE("each mode is one line in the language") {
  STATIC_REQUIRE(same(modes::none, esp::identity));
  STATIC_REQUIRE(same(modes::nonneg, esp::clamp<0>));
  STATIC_REQUIRE(same(modes::sum_to_one, esp::normalize<esp::sum>));
  STATIC_REQUIRE(same(modes::zero_mean, esp::subtract<esp::mean>));
  STATIC_REQUIRE(same(modes::nonneg_sum1, esp::clamp<0> >> esp::normalize<esp::l1>));
  STATIC_REQUIRE(same(modes::unit_l2, esp::normalize<esp::l2>));
  STATIC_REQUIRE(same(modes::max_l2<0.8>, esp::cap<esp::l2, 0.8>));
  constexpr auto by_default = modes::fixed_center<>;
  constexpr auto spelled = modes::fixed_center<-1, 1>;
  STATIC_REQUIRE(same(by_default, spelled));
}

TEST_CASE("what each mode does to a block") {
  REQUIRE(esp::evaluate<modes::none, plane>(mixed) == mixed);
  for (double v : esp::evaluate<modes::nonneg, plane>(mixed)) REQUIRE(v >= 0);
  REQUIRE(std::fabs(total(esp::evaluate<modes::sum_to_one, plane>(mixed)) - 1) < 1e-11);
  REQUIRE(std::fabs(total(esp::evaluate<modes::zero_mean, plane>(mixed))) < 1e-14);
  REQUIRE(std::fabs(total(esp::evaluate<modes::nonneg_sum1, plane>(mixed)) - 1) < 1e-11);
  REQUIRE(std::fabs(norm(esp::evaluate<modes::unit_l2, plane>(mixed)) - 1) < 1e-12);
  REQUIRE(std::fabs(norm(esp::evaluate<modes::max_l2<0.8>, plane>(mixed)) - 0.8) < 1e-12);
  REQUIRE(esp::evaluate<modes::max_l2<100>, plane>(mixed) == mixed);
}

TEST_CASE("the fixed centre stands among neighbours of a given sum") {
  constexpr auto prior = modes::fixed_center<2, 0.5>;
  const block out = esp::evaluate<prior, plane>(mixed);
  REQUIRE(out[4] == 2);
  REQUIRE(std::fabs(total(out) - 2.5) < 1e-11);
  REQUIRE(std::fabs(out[0] / out[2] - 1.0 / 3) < 1e-12);
}

TEST_CASE("blocks without a positive tap, and zero blocks, become zero") {
  REQUIRE(esp::evaluate<modes::nonneg_sum1, plane>(block{-1, -2, -3, -1, -1, -1, -1, -1, -1}) == block{});
  REQUIRE(esp::evaluate<modes::unit_l2, plane>(block{}) == block{});
  REQUIRE(esp::evaluate<modes::max_l2<1>, plane>(block{}) == block{});
  REQUIRE(esp::evaluate<modes::sum_to_one, plane>(block{}) == block{});
}

TEST_CASE("a NaN under the fixed centre is replaced, one beside it reaches every neighbour") {
  constexpr auto prior = modes::fixed_center<-1, 1>;
  block at_centre = mixed;
  at_centre[4] = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(esp::evaluate<prior, plane>(at_centre) == esp::evaluate<prior, plane>(mixed));
  block beside = mixed;
  beside[0] = std::numeric_limits<double>::quiet_NaN();
  const block out = esp::evaluate<prior, plane>(beside);
  for (std::size_t i = 0; i < 9; ++i) REQUIRE(std::isnan(out[i]) == (i != 4));
  REQUIRE(out[4] == -1);
}
