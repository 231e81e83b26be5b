// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/io/crc32.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

std::uint32_t sum(std::string_view text, std::uint32_t start = 0) {
  return esp::detail::crc32(start, std::as_bytes(std::span(text)));
}

}  // namespace

TEST_CASE("the check value of the standard, and sums in parts", "[crc32]") {
  REQUIRE(sum("") == 0);
  REQUIRE(sum("123456789") == 0xCBF43926u);
  REQUIRE(sum("The quick brown fox jumps over the lazy dog") == 0x414FA339u);
  const std::string_view text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    REQUIRE(sum(text.substr(cut), sum(text.substr(0, cut))) == sum(text));
}

TEST_CASE("every single wrong bit changes the sum", "[crc32]") {
  std::vector<std::byte> bytes(100, std::byte{7});
  const std::uint32_t good = esp::detail::crc32(0, bytes);
  for (std::size_t bit = 0; bit < 800; ++bit) {
    bytes[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    REQUIRE(esp::detail::crc32(0, bytes) != good);
    bytes[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
  }
}
