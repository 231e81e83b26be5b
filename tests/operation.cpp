// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/operation.hpp>

#include "support/catch.hpp"

using esp::operation;

TEST_CASE("every operation is of its kind", "[operation]") {
  const auto kinds = [](operation op) {
    return (esp::is_leaf(op) ? 1 : 0) + (esp::is_condition(op) ? 2 : 0) + (esp::is_reduction(op) ? 4 : 0);
  };
  for (operation op : {operation::tap, operation::incoming, operation::constant, operation::epsilon, operation::parts,
                       operation::table, operation::known_sum, operation::parameter}) {
    REQUIRE(kinds(op) == 1);
  }
  for (operation op : {operation::less, operation::less_equal, operation::negation, operation::conjunction,
                       operation::disjunction, operation::inside}) {
    REQUIRE(kinds(op) == 2);
  }
  for (operation op : {operation::sum, operation::smallest, operation::largest, operation::threshold}) {
    REQUIRE(kinds(op) == 4);
    REQUIRE(esp::is_fold(op) == (op != operation::threshold));
  }
  for (operation op :
       {operation::add, operation::subtract, operation::multiply, operation::divide, operation::negate, operation::sqrt,
        operation::abs, operation::min, operation::max, operation::select, operation::detour, operation::mean}) {
    REQUIRE(!esp::is_function(op));
    REQUIRE(kinds(op) == 0);
  }
}

TEST_CASE("the functions stand together", "[operation]") {
  for (operation op : {operation::exp, operation::log, operation::tanh, operation::sigmoid, operation::softplus}) {
    REQUIRE(esp::is_function(op));
    REQUIRE(!(esp::is_leaf(op) || esp::is_condition(op) || esp::is_reduction(op)));
  }
  REQUIRE(!esp::is_function(operation::less));
}

TEST_CASE("the order of operations has no operation that no kind was asked for", "[operation]") {
  // Eight leaves, ten values, five functions, six conditions, a detour, a spread, four reductions and the mean.
  STATIC_REQUIRE(static_cast<int>(operation::mean) == 35);
}
