// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <espalier/decimal_text.hpp>
#include <limits>
#include <string>

#include "support/catch.hpp"

TEST_CASE("a number is written as short as it reads back") {
  using esp::decimal_text;
  REQUIRE(decimal_text(0.8F).view() == "0.8");
  REQUIRE(decimal_text(1e-8).view() == "1e-08");
  REQUIRE(decimal_text(-std::numeric_limits<double>::infinity()).view() == "-inf");
  REQUIRE(decimal_text(std::numeric_limits<float>::quiet_NaN()).view() == "nan");
  REQUIRE(decimal_text(std::numeric_limits<double>::quiet_NaN(), "NaN").view() == "NaN");
  for (const double x :
       {0.1, 1 / 3.0, -std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()}) {
    REQUIRE(std::strtod(std::string(decimal_text(x).view()).c_str(), nullptr) == x);
  }
}

TEST_CASE("a number with a fraction stands in a sentence") {
  const esp::sentence_text text({"it is ", esp::decimal_text(0.25), " and not ", 3});
  REQUIRE(text.view() == "it is 0.25 and not 3");
}
