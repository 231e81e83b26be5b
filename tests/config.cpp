// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/config.hpp>
#include <string>
#include <type_traits>

#include "support/catch.hpp"

namespace esp::inline ESPALIER_ABI {
struct marker {};
}  // namespace esp::inline ESPALIER_ABI

namespace {

ESPALIER_ALWAYS_INLINE int twice(const int* ESPALIER_RESTRICT value) { return 2 * *value; }

}  // namespace

// Tags of other units: tests/odr.
TEST_CASE("the inline namespace names the version and the instruction set", "[config]") {
  static_assert(std::is_same_v<esp::marker, esp::ESPALIER_ABI::marker>);
  const std::string abi = ESPALIER_ABI_TEXT;
  const std::string version =
      "v" + std::to_string(ESPALIER_VERSION_MAJOR) + "_" + std::to_string(ESPALIER_VERSION_MINOR);
  REQUIRE(abi.find(version) == 0);
#if defined(__x86_64__)
#if defined(_OPENMP)
  REQUIRE(abi.find(version + "p") == 0);
#endif
  const auto has = [&](const char* letter) { return abi.find(letter) != std::string::npos; };
#if defined(__AVX512F__)
  REQUIRE(has("aF"));
  REQUIRE(has("f"));
#else
  REQUIRE(!has("f"));
#endif
#if defined(__AVX2__)
  REQUIRE(has("b"));
#endif
#if !defined(__SSE3__)
  REQUIRE(abi.size() <= version.size() + 1);
#endif
#endif
}

TEST_CASE("hiding a pointer changes nothing but what the compiler knows", "[config]") {
  const int values[2] = {20, 21};
  const int* p = values;
  ESPALIER_HIDE(p);
  REQUIRE(twice(p + 1) == 42);
}
