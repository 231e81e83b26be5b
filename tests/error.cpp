// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/error.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
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

TEST_CASE("a sentence is put together from words and whole numbers of any type", "[error]") {
  const std::string words = "of ";
  const esp::error e("ESP-103", {std::string_view(words), -1, ", ", std::numeric_limits<long long>::min(), " and ",
                                 std::numeric_limits<unsigned long long>::max(), "; pass ", short{0}});
  REQUIRE(std::string(e.id()) == "ESP-103");
  REQUIRE(std::string(e.what()) == "ESP-103: of -1, -9223372036854775808 and 18446744073709551615; pass 0");
  const esp::error one("ESP-104", {"words alone"});
  REQUIRE(std::string(one.what()) == "ESP-104: words alone");
}

TEST_CASE("a sentence of parts that is too long is cut", "[error]") {
  const std::string words(700, 'w');
  const esp::error e("ESP-103", {std::string_view(words), 17, std::string_view(words)});
  const std::string text = e.what();
  REQUIRE(text.size() == esp::detail::sentence_text::capacity);
  REQUIRE(text.substr(0, 12) == "ESP-103: www");
  REQUIRE(text.substr(709, 3) == "17w");
}
