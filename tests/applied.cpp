// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/applied.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using esp::operation;

/// The value of an operation on numbers.
template <class T>
constexpr T of(operation op, T a, T b = 0, T c = 0) {
  const T given[]{a, b, c};
  return esp::detail::applied<T, true>(esp::node{.op = op, .a = 0, .b = 1, .c = 2}, [&](int i) { return given[i]; });
}
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("operations on numbers are those of IEEE, in constants too") {
  STATIC_REQUIRE(of(operation::subtract, 3.0, 5.0) == -2);
  STATIC_REQUIRE(of(operation::multiply, 1e200, 1e200) == infinity);
  STATIC_REQUIRE(of(operation::divide, -1.0, 0.0) == -infinity);
  STATIC_REQUIRE(of(operation::add, 0x1p-149F, 0x1p-149F) == 0x1p-148F);
  STATIC_REQUIRE(of(operation::sqrt, 2.25) == 1.5);
  STATIC_REQUIRE(of(operation::exp, 0.0) == 1);
  STATIC_REQUIRE(of(operation::divide, 1.0, of(operation::abs, -0.0)) == infinity);
}

TEST_CASE("a NaN in the first operand of min and max stays") {
  REQUIRE(std::isnan(of(operation::min, no_number, 1.0)));
  REQUIRE(of(operation::max, 1.0, no_number) == 1);
  STATIC_REQUIRE(of(operation::select, 0.0, 1.0, 2.0) == 2);
  STATIC_REQUIRE(of(operation::less, 1.0, 1.0) == 0);
  STATIC_REQUIRE(of(operation::less_equal, 1.0, 1.0) == 1);
}

TEST_CASE("a NaN stays in every total") {
  for (operation op : {operation::sum, operation::smallest, operation::largest}) {
    double total = 3;
    esp::detail::add_to(op, total, no_number);
    esp::detail::add_to(op, total, 5.0);
    REQUIRE(std::isnan(total));
  }
  double least = 3;
  esp::detail::add_to(operation::smallest, least, -2.0);
  REQUIRE(least == -2);
}
