// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/elementary_functions.hpp>
#include <espalier/prior/node_value.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using esp::operation;

template <class T>
T first_lane(const esp::batch<T>& value) {
  T lane[esp::lanes<T>];
  esp::simd::store_unaligned(lane, value);
  return lane[0];
}
template <operation Op, class T>
T applied(T a, T b) {
  return first_lane<T>(esp::simd::applied<Op, T>(esp::simd::broadcast(a), esp::simd::broadcast(b)));
}
template <operation Op, class T>
T reduced(T total, T x) {
  return first_lane<T>(esp::simd::reduced<Op, T>(esp::simd::broadcast(total), esp::simd::broadcast(x)));
}

}  // namespace

TEMPLATE_TEST_CASE("operations are those of the language", "[simd]", float, double) {
  using T = TestType;
  REQUIRE(applied<operation::add, T>(6, 1.5) == T(7.5));
  REQUIRE(applied<operation::subtract, T>(6, 1.5) == T(4.5));
  REQUIRE(applied<operation::multiply, T>(6, 1.5) == 9);
  REQUIRE(applied<operation::divide, T>(6, 1.5) == 4);
  REQUIRE(applied<operation::min, T>(6, 1.5) == T(1.5));
  REQUIRE(applied<operation::max, T>(6, 1.5) == 6);
  REQUIRE(applied<operation::negate, T>(6, 0) == -6);
  REQUIRE(applied<operation::sqrt, T>(6.25, 0) == T(2.5));
  REQUIRE(applied<operation::abs, T>(-6, 0) == 6);
  REQUIRE(applied<operation::detour, T>(6, 1) == 6);
  REQUIRE(applied<operation::exp, T>(1.5, 0) == esp::exponential(T(1.5)));
  REQUIRE(applied<operation::log, T>(1.5, 0) == esp::logarithm(T(1.5)));
  REQUIRE(applied<operation::tanh, T>(1.5, 0) == esp::hyperbolic_tangent(T(1.5)));
  REQUIRE(applied<operation::sigmoid, T>(1.5, 0) == esp::logistic(T(1.5)));
  REQUIRE(applied<operation::softplus, T>(1.5, 0) == esp::soft_plus(T(1.5)));
}

TEMPLATE_TEST_CASE("a reduction starts from what changes nothing and keeps a NaN", "[simd]", float, double) {
  using T = TestType;
  constexpr T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
  REQUIRE(first_lane<T>(esp::simd::neutral<operation::sum, T>()) == 0);
  REQUIRE(first_lane<T>(esp::simd::neutral<operation::smallest, T>()) == infinity);
  REQUIRE(first_lane<T>(esp::simd::neutral<operation::largest, T>()) == -infinity);
  REQUIRE(reduced<operation::sum, T>(2, 3) == 5);
  REQUIRE(reduced<operation::smallest, T>(2, 3) == 2);
  REQUIRE(reduced<operation::largest, T>(2, 3) == 3);
  for (const auto& [total, x] : {std::pair{nan, T(1)}, std::pair{T(1), nan}}) {
    REQUIRE(std::isnan(reduced<operation::sum, T>(total, x)));
    REQUIRE(std::isnan(reduced<operation::smallest, T>(total, x)));
    REQUIRE(std::isnan(reduced<operation::largest, T>(total, x)));
  }
}
