// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstdint>
#include <espalier/io/npy_value.hpp>
#include <limits>

#include "support/catch.hpp"

TEST_CASE("the value of each half is that of its sign, exponent and fraction", "[npy]") {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    const float found = esp::detail::half_value(static_cast<std::uint16_t>(bits));
    const int exponent = static_cast<int>(bits >> 10 & 31u);
    const double fraction = bits & 1023u;
    const double size = exponent == 31  ? (fraction == 0 ? HUGE_VAL : NAN)
                        : exponent == 0 ? std::ldexp(fraction, -24)
                                        : std::ldexp(1024 + fraction, exponent - 25);
    if (std::isnan(size) != std::isnan(found)) FAIL(bits);
    if (!std::isnan(size) && static_cast<double>(found) != ((bits & 0x8000u) != 0 ? -size : size)) FAIL(bits);
    if (std::signbit(found) != ((bits & 0x8000u) != 0)) FAIL(bits);
  }
}

TEST_CASE("an integer is exact where it comes back", "[npy]") {
  const auto exact = [](auto value) {
    bool exact_value = true, finite = true;
    static_cast<void>(esp::detail::converted<float>(value, exact_value, finite));
    REQUIRE(finite);
    return exact_value;
  };
  for (std::int64_t near = 16777200; near < 16777300; ++near) {
    for (const std::int64_t sign : {1, -1}) {
      REQUIRE(exact(sign * near) == (static_cast<std::int64_t>(static_cast<float>(near)) == near));
    }
  }
  REQUIRE(exact(std::numeric_limits<std::int64_t>::min()));
  REQUIRE_FALSE(exact(std::numeric_limits<std::int64_t>::max()));
  REQUIRE_FALSE(exact(std::numeric_limits<std::uint64_t>::max()));
  REQUIRE(exact(std::int8_t{-128}));
}

TEST_CASE("types have NumPy's names", "[npy]") {
  REQUIRE(esp::npy_type{'f', 2}.name() == "float16");
  REQUIRE(esp::npy_type{'u', 8}.name() == "uint64");
  REQUIRE(esp::npy_type{'i', 1}.name() == "int8");
  REQUIRE(esp::npy_type{'b', 1}.name() == "bool");
}
