// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/error.hpp>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

TEST_CASE("an error says its id first and keeps it") {
  const esp::error e("ESP-101", "the input has rank 4; reshape it to (N, C, D, H, W)");
  REQUIRE(std::string(e.id()) == "ESP-101");
  REQUIRE(std::string(e.what()) == "ESP-101: the input has rank 4; reshape it to (N, C, D, H, W)");
}

TEST_CASE("an error is a std::runtime_error and survives a copy") {
  try {
    throw esp::error("ESP-102", "sentence");
  } catch (const std::runtime_error& e) {
    REQUIRE(std::string(e.what()) == "ESP-102: sentence");
    const esp::error copy = dynamic_cast<const esp::error&>(e);
    REQUIRE(std::string(copy.id()) == "ESP-102");
  }
}
