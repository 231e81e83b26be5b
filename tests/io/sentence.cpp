// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/sentence.hpp>
#include <string>
#include <vector>

#include "support/layer.hpp"

using esp::detail::clean_name;

TEST_CASE("a name keeps its letters and loses what steers a terminal", "[sentence]") {
  REQUIRE(clean_name("/tmp/a b.npy") == "/tmp/a b.npy");
  REQUIRE(clean_name("B\xC3\xBC"
                     "cher/\xE6\x9C\xAC/\xF0\x9F\x98\x80") ==
          "B\xC3\xBC"
          "cher/\xE6\x9C\xAC/\xF0\x9F\x98\x80");
  REQUIRE(clean_name("\x1b[2J\r\n\t\x7f" + std::string(1, '\0')) == "?[2J?????");
  REQUIRE(clean_name("\xC2\x9B"
                     "31m\xC2\x80\xC2\xA0") == "?31m?\xC2\xA0");
  REQUIRE(clean_name("a\xE2\x80\xAE"
                     "b\xE2\x81\xA6"
                     "c\xE2\x80\xA8\xE2\x80\x8F\xD8\x9C") == "a?b?c???");
  // No UTF-8: a byte each. 0x9B alone starts a sequence on eight-bit terminals.
  REQUIRE(clean_name("\x9B\xFF\xC3") == "???");
  REQUIRE(clean_name("\xC0\x80|\xE0\x80\x80|\xED\xA0\x80|\xF4\x90\x80\x80|\xF5\x80\x80\x80|\xE2\x82") ==
          "??|???|???|????|????|??");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string out = clean_name(std::string(1, static_cast<char>(byte)));
    REQUIRE(out == (byte >= 0x20 && byte < 0x7F ? std::string(1, static_cast<char>(byte)) : "?"));
  }
}

TEST_CASE("text and shapes for sentences", "[sentence]") {
  REQUIRE(esp::detail::printable("a\x1b[2J\n\xff") == "a?[2J??");
  REQUIRE(esp::detail::quoted("ab\n") == "\"ab?\"");
  REQUIRE(esp::detail::quoted(std::string(30, 'x')) == "\"" + std::string(24, 'x') + "...\"");
  REQUIRE(esp::detail::shape_text(std::vector<esp::index_t>{}) == "()");
  REQUIRE(esp::detail::shape_text(std::vector<esp::index_t>{2, 3}) == "(2, 3)");
  REQUIRE(support::throws([] { esp::detail::refuse_path("ESP-160", "a\x1b", "is so"); }, "ESP-160", "'a?' is so"));
}
