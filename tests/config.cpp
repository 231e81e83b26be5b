// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/config.hpp>
#include <string>

#include "support/catch.hpp"

#define ESPALIER_TEST_TEXT_OF(x) #x
#define ESPALIER_TEST_TEXT(x) ESPALIER_TEST_TEXT_OF(x)

TEST_CASE("the inline namespace carries version and instruction set") {
  const std::string abi = ESPALIER_TEST_TEXT(ESPALIER_ABI);
  const std::string version =
      "v" + std::to_string(ESPALIER_VERSION_MAJOR) + "_" + std::to_string(ESPALIER_VERSION_MINOR) + "_";
  REQUIRE(abi.substr(0, version.size()) == version);
#if defined(__AVX2__)
  REQUIRE(abi.find("sse") == std::string::npos);
#elif defined(__x86_64__) && !defined(__AVX__)
  REQUIRE(abi.find("sse") != std::string::npos);
#endif
}

TEST_CASE("a hidden pointer points where it did") {
  float value = 3;
  float* ESPALIER_RESTRICT pointer = &value;
  ESPALIER_HIDE(pointer);
  REQUIRE(pointer == &value);
}
