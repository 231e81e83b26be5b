// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <espalier/optim/options.hpp>
#include <string>

#include "support/layer.hpp"

TEST_CASE("numbers in sentences and files are short and read back exactly", "[optim]") {
  REQUIRE(esp::number_text(0.01) == "0.01");
  REQUIRE(esp::number_text(0) == "0");
  REQUIRE(esp::number_text(-1) == "-1");
  REQUIRE(esp::number_text(1e-8) == "1e-08");
  for (const double x : {0.1, 1.0 / 3, 3.14159265358979323846, 1e300, 5e-324, -0.7, 0.1 + 0.2}) {
    REQUIRE(std::strtod(esp::number_text(x).c_str(), nullptr) == x);
  }
}

TEST_CASE("an option out of range is refused with its name, its value and the range", "[optim]") {
  const auto check = [](bool good, double value) {
    return [=] { esp::detail::require_option(good, "ESP-143", "beta1", value, "below 1"); };
  };
  REQUIRE(support::sentence(check(true, 0.5)).empty());
  REQUIRE(support::throws(check(false, 1.5), "ESP-143", "beta1 is 1.5", "must be below 1"));
  REQUIRE(support::throws(check(true, std::numeric_limits<double>::infinity()), "ESP-143", "inf"));
  REQUIRE(support::throws(check(true, std::numeric_limits<double>::quiet_NaN()), "ESP-143", "nan"));
}
