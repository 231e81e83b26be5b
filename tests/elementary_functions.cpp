// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/elementary_functions.hpp>
#include <limits>
#include <utility>

#include "support/catch.hpp"
#include "support/units.hpp"

namespace {

constexpr std::size_t per_table = 128;

/// A drawn argument: any bits, or from -8 to 8.
template <class T>
constexpr T drawn(std::uint64_t i) {
  std::uint64_t z = (i + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z ^= z >> 27;
  if (i % 2 == 0) return static_cast<T>(static_cast<double>(z >> 11) * 0x1p-49 - 8);
  return std::bit_cast<T>(static_cast<support::bits_of<T>>(z));
}

template <class T>
using results = std::array<T, 5>;
template <class T>
constexpr results<T> all_of(T x) {
  return {esp::exponential(x), esp::logarithm(x), esp::hyperbolic_tangent(x), esp::logistic(x), esp::soft_plus(x)};
}

template <std::size_t Table, class T>
constexpr std::array<results<T>, per_table> constants = [] {
  std::array<results<T>, per_table> table{};
  for (std::size_t i = 0; i < per_table; ++i) table[i] = all_of(drawn<T>(Table * per_table + i));
  return table;
}();

template <class T, std::size_t... Table>
void compare(std::index_sequence<Table...>) {
  const auto one = [](std::size_t table, const std::array<results<T>, per_table>& wanted) {
    for (std::size_t i = 0; i < per_table; ++i) {
      volatile T x = drawn<T>(table * per_table + i);
      const results<T> got = all_of<T>(x);
      for (std::size_t f = 0; f < 5; ++f) {
        INFO("function " << f << " of " << x);
        REQUIRE(support::identical(got[f], wanted[i][f]));
      }
    }
  };
  (one(Table, constants<Table, T>), ...);
}

}  // namespace

TEMPLATE_TEST_CASE("constant evaluation gives the bits of run time", "", float, double) {
  compare<TestType>(std::make_index_sequence<8>{});
}

TEMPLATE_TEST_CASE("at most 2 units in the last place, over all numbers", "", float, double) {
  using T = TestType;
  using R = support::wider<T>;
  if (std::numeric_limits<R>::digits < std::numeric_limits<T>::digits + 10) return;
  std::array<double, 5> worst{};
  std::array<T, 5> where{};
  support::for_arguments<T>(200'000, [&](T x) {
    const R exact[] = {std::exp(R{x}), std::log(R{x}), std::tanh(R{x}), support::exact_sigmoid(R{x}),
                       support::exact_softplus(R{x})};
    const results<T> got = all_of(x);
    for (std::size_t f = 0; f < 5; ++f) {
      const double apart = support::units_apart<T>(got[f], exact[f]);
      if (apart > worst[f]) worst[f] = apart, where[f] = x;
    }
  });
  constexpr std::array allowed{1.0, 1.0, 1.5, 1.5, 2.0};
  for (std::size_t f = 0; f < 5; ++f) {
    INFO("function " << f << " at " << where[f]);
    CHECK(worst[f] <= allowed[f]);
    CHECK(worst[f] > 0.5);  // the comparison sees rounding
  }
}

TEMPLATE_TEST_CASE("the edges of the format", "", float, double) {
  using T = TestType;
  using limits = std::numeric_limits<T>;
  constexpr T infinity = limits::infinity(), nan = limits::quiet_NaN(), zero = 0;
  STATIC_REQUIRE(esp::exponential(zero) == 1);
  STATIC_REQUIRE(esp::exponential(-infinity) == 0);
  STATIC_REQUIRE(esp::exponential(infinity) == infinity);
  STATIC_REQUIRE(esp::exponential(limits::max()) == infinity);
  STATIC_REQUIRE(esp::exponential(limits::lowest()) == 0);
  STATIC_REQUIRE(esp::logarithm(zero) == -infinity);
  STATIC_REQUIRE(esp::logarithm(-zero) == -infinity);
  STATIC_REQUIRE(esp::logarithm(infinity) == infinity);
  STATIC_REQUIRE(std::bit_cast<support::bits_of<T>>(esp::logarithm(T(1))) == 0);
  STATIC_REQUIRE(esp::hyperbolic_tangent(infinity) == 1);
  STATIC_REQUIRE(esp::hyperbolic_tangent(-infinity) == -1);
  STATIC_REQUIRE(std::bit_cast<support::bits_of<T>>(esp::hyperbolic_tangent(-zero)) != 0);
  STATIC_REQUIRE(esp::hyperbolic_tangent(limits::denorm_min()) == limits::denorm_min());
  STATIC_REQUIRE(esp::logistic(zero) == T(0.5));
  STATIC_REQUIRE(esp::logistic(infinity) == 1);
  STATIC_REQUIRE(esp::logistic(-infinity) == 0);
  STATIC_REQUIRE(esp::soft_plus(infinity) == infinity);
  STATIC_REQUIRE(esp::soft_plus(limits::max()) == limits::max());
  STATIC_REQUIRE(esp::soft_plus(-infinity) == 0);
  constexpr auto of_nan = all_of(nan);
  for (const T x : of_nan) REQUIRE(std::isnan(x));
  REQUIRE(std::isnan(esp::logarithm(-limits::denorm_min())));
  REQUIRE(std::isnan(esp::logarithm(-infinity)));
  constexpr T subnormal = esp::exponential(sizeof(T) == 4 ? T(-100) : T(-740));
  REQUIRE((subnormal > 0 && subnormal < limits::min()));
}
