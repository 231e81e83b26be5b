// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <espalier/weights/random_bits.hpp>
#include <random>

#include "support/catch.hpp"

TEST_CASE("the bits are those of the standard's engine", "[random_bits]") {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{42}, ~std::uint64_t{0}}) {
    esp::random_bits ours(seed);
    std::mt19937_64 standard(seed);
    int different = 0;
    for (int i = 0; i < 2000; ++i) different += ours() == standard() ? 0 : 1;
    REQUIRE(different == 0);
  }
}

TEST_CASE("the 10000th number of the default seed is the standard's", "[random_bits]") {
  esp::random_bits bits(5489);
  for (int i = 1; i < 10000; ++i) static_cast<void>(bits());
  REQUIRE(bits() == 9981545732273789042U);
}
