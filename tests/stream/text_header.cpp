// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/stream/text_header.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::text_header;
using support::throws;

}  // namespace

TEST_CASE("a header of text is read line by line", "[stream]") {
  const support::temp_dir dir;
  support::write_file(dir / "a", "one\r\n\n three  \nrest");
  esp::raw_file file(dir / "a");
  text_header header(file);
  REQUIRE(header.line() == "one");
  REQUIRE(header.line().empty());
  REQUIRE(header.line() == " three  ");
  REQUIRE(header.at() == 15);
  REQUIRE(throws([&] { static_cast<void>(header.line()); }, "ESP-268", "no end of its header within 19 bytes"));

  REQUIRE(text_header::split(" a key\t = of = two ", '=') ==
          std::pair<std::string_view, std::string_view>("a key", "of = two"));
  REQUIRE(text_header::split(" alone ", '=') == std::pair<std::string_view, std::string_view>("alone", ""));
  REQUIRE(text_header::words(" a  b\tc ") == std::vector<std::string_view>{"a", "b", "c"});
  REQUIRE(header.sizes("3 14  15") == std::vector<index_t>{3, 14, 15});
  for (const char* wrong : {"0", "-1", "+1", "1.5", "3x", "1 0", "1234567890123456789"}) {
    REQUIRE(throws([&] { static_cast<void>(header.sizes(wrong)); }, "ESP-268", "has the size \""));
  }
}

TEST_CASE("axes, a type and the file's length make a layout", "[stream]") {
  const support::temp_dir dir;
  support::write_file(dir / "a", std::string(10 + 48, 'x'));
  esp::raw_file file(dir / "a");
  const text_header header(file);
  REQUIRE(header.layout({4, 3, 2}, {'i', 2}, 10).shape == dims5{1, 1, 2, 3, 4});
  REQUIRE(header.layout({4, 3, 2, 2}, {'u', 1}, 10).shape == dims5{1, 2, 2, 3, 4});
  REQUIRE(throws([&] { static_cast<void>(header.layout({4, 3, 2}, {'f', 4}, 10)); }, "ESP-269", "24 voxels of float32",
                 "48 bytes follow"));
  REQUIRE(throws([&] { static_cast<void>(header.layout({4, 3}, {'i', 2}, 10)); }, "ESP-268", "has 2 axes"));
  const index_t many = index_t{1} << 40;
  REQUIRE(throws([&] { static_cast<void>(header.layout({many, many, 1}, {'i', 1}, 10)); }, "ESP-155"));
  REQUIRE(throws([&] { static_cast<void>(header.layout({many, 1 << 20, 1}, {'f', 8}, 10)); }, "ESP-103"));
  REQUIRE(esp::spacing_text({1, 2, 0.5F}) == "0.5 2 1");
  esp::require_one_sample({1, 5, 1, 1, 1}, "a");
  REQUIRE(throws([&] { esp::require_one_sample({2, 1, 1, 1, 1}, "a"); }, "ESP-267", "one sample"));
}
