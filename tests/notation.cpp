// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/notation.hpp>

#include "support/catch.hpp"

TEST_CASE("operations are written as a person writes them") {
  using esp::notation, esp::operation;
  STATIC_REQUIRE(notation(operation::add) == " + ");
  STATIC_REQUIRE(notation(operation::less_equal) == " <= ");
  STATIC_REQUIRE(notation(operation::negate) == "-");
  STATIC_REQUIRE(notation(operation::softplus) == "softplus");
  STATIC_REQUIRE(notation(operation::smallest) == notation(operation::min));
  STATIC_REQUIRE(notation(operation::sum) == "sum");
}
