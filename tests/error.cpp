// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/error.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

TEST_CASE("an error carries its id and one sentence that starts with it", "[error]") {
  static_assert(std::is_base_of_v<std::runtime_error, esp::error>);
  const esp::error e("ESP-101", "the input has 3 channels; pass 4");
  REQUIRE(std::string(e.id()) == "ESP-101");
  REQUIRE(std::string(e.what()) == "ESP-101: the input has 3 channels; pass 4");
}

TEST_CASE("an error is caught as a standard exception", "[error]") {
  std::string text;
  try {
    throw esp::error("ESP-102", "too small");
  } catch (const std::exception& e) {
    text = e.what();
  }
  REQUIRE(text == "ESP-102: too small");
}
