// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/known_value.hpp>
#include <espalier/node.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using esp::detail::applied_to_numbers, esp::detail::node, esp::detail::operation;
template <class T>
using value = esp::detail::known_value<T>;
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
constexpr value<T> made(operation op, double a, double b) {
  return applied_to_numbers<T>(node{.op = op, .a = 0, .b = 1}, value<T>::of(a), value<T>::of(b));
}

}  // namespace

TEST_CASE("a number is what its type rounds it to", "[known_value]") {
  CHECK(value<float>::of(0.1).number == 0.1F);
  CHECK(value<double>::of(0.1).number == 0.1);
  CHECK(value<float>::of(0.1).is_one_number());
  CHECK(value<float>::of(0.25).is_exactly(0.25));
  CHECK_FALSE(value<float>::of(0.25).is_exactly(0.5));
  CHECK(value<float>::of(std::numeric_limits<double>::quiet_NaN()).is_own());
}

TEST_CASE("what vanishes in a type is zero there, and not on wide numbers", "[known_value]") {
  const value<float> tiny = value<float>::of(1e-60);
  CHECK(tiny.number == 0);
  CHECK(tiny.is_one_number());  // a block that is computed again writes 0 too
  CHECK_FALSE(tiny.is_exactly(0));
  CHECK(made<float>(operation::multiply, 1e-60, 1e60).is_own());  // 0 * infinity, or 1
}

TEST_CASE("arithmetic is that of the type, and a block that is computed again may differ", "[known_value]") {
  CHECK(made<float>(operation::divide, 1, 27).number == 1.0F / 27);
  CHECK(made<float>(operation::divide, 1, 27).is_one_number());
  CHECK(made<float>(operation::add, 1, 2).is_exactly(3));
  const value<float> third = made<float>(operation::divide, 1, 3);
  const value<float> rest =
      applied_to_numbers<float>(node{.op = operation::subtract, .a = 0, .b = 1}, third, value<float>::of(1.0F / 3));
  CHECK(rest.number == 0);
  CHECK_FALSE(rest.is_one_number());
  CHECK_FALSE(rest.is_exactly(0));
}

TEST_CASE("nothing is said of what is not finite, nor of functions", "[known_value]") {
  CHECK(made<double>(operation::divide, 1, 0).is_own());
  CHECK(made<double>(operation::subtract, infinity, infinity).is_own());
  CHECK(made<double>(operation::exp, 1, 1).is_own());
  CHECK(made<double>(operation::sqrt, -1, 0).is_own());
}

TEST_CASE("extremes and conditions of numbers are numbers", "[known_value]") {
  CHECK(made<float>(operation::min, 2, 3).is_exactly(2));
  CHECK(made<float>(operation::max, 2, 3).is_exactly(3));
  CHECK(made<float>(operation::max, -infinity, 3).is_exactly(3));
  CHECK(made<float>(operation::abs, -2, 0).is_exactly(2));
  CHECK(made<float>(operation::less, 2, 3).is_exactly(1));
  CHECK(made<float>(operation::less_equal, 4, 3).is_exactly(0));
  CHECK(made<float>(operation::conjunction, 1, 0).is_exactly(0));
  CHECK(made<float>(operation::disjunction, 1, 0).is_exactly(1));
  CHECK(made<float>(operation::less, 0, 1e-60).is_own());  // false in float, true on wide numbers
}

TEST_CASE("values are equal as numbers or as one expression with one sign; what is not known equals nothing",
          "[known_value]") {
  const value<float> x = value<float>::shared(3);
  CHECK(x == value<float>::shared(3));
  CHECK_FALSE(x == -x);
  CHECK(x == (-x).without_sign());
  CHECK((-x).is_negative());
  CHECK(-(-x) == x);
  CHECK_FALSE(x == value<float>::shared(4));
  CHECK_FALSE(value<float>{} == value<float>{});
  CHECK(value<float>::of(2) == -value<float>::of(-2));
  CHECK_FALSE(value<float>::of(0.1) == value<float>::of(0.2));
}
