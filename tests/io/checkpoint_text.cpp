// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/checkpoint_text.hpp>
#include <espalier/optim/options.hpp>
#include <string>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::detail::text_lines;
using support::throws;

struct memory_file {
  std::string bytes{};
  void write(std::span<const std::byte> more) { bytes.append(reinterpret_cast<const char*>(more.data()), more.size()); }
};

/// Calls `body` with the lines of an archive whose member "t" is `text`.
void with_text(const std::string& text, const auto& body) {
  const support::temp_dir dir;
  memory_file file;
  esp::detail::archive_writer<memory_file> to(file);
  to.add("t", text, {});
  to.finish();
  support::write_file(dir / "a", file.bytes);
  esp::detail::archive from(dir / "a");
  text_lines lines(from, "t", "layer");
  body(lines);
}
bool refused(const std::string& text, const char* id, const char* part) {
  return throws([&] { with_text(text, [](const text_lines&) {}); }, id, part);
}

template <class T>
std::string parameter(std::string_view text) {
  T value = 7;
  if (!esp::detail::take_parameter(text, value) || !text.empty()) return "none";
  return std::isnan(value) ? "nan" : esp::number_text(static_cast<double>(value));
}

}  // namespace

TEST_CASE("lines come one after the other and end", "[checkpoint]") {
  with_text("espalier layer, format 1\none\n\nthree\n", [](text_lines& lines) {
    REQUIRE(lines.next("x") == "one");
    REQUIRE(lines.next("x").empty());
    REQUIRE(throws([&] { lines.require_end(); }, "ESP-160", "three", "nothing more"));
    lines.require_end();
    REQUIRE(throws([&] { static_cast<void>(lines.next("`x`")); }, "ESP-160", "a/t", "ends where `x` must stand"));
  });
  REQUIRE(refused("", "ESP-160", "empty"));
  REQUIRE(refused("espalier layer, format 1", "ESP-160", "cut off"));
  REQUIRE(refused("\n", "ESP-160", "format 1"));
  REQUIRE(refused("espalier optimizer, format 1\n", "ESP-160", "format 1"));
  REQUIRE(refused("espalier layer, format 2\n", "ESP-164", "format 2"));
  REQUIRE(refused("espalier \x1b[2J\n", "ESP-160", "?[2J"));
}

TEST_CASE("numbers of a text are of their type and in their range", "[checkpoint]") {
  REQUIRE(parameter<float>("0.5") == "0.5");
  REQUIRE(parameter<float>("-0") == "-0");
  REQUIRE(parameter<float>("nan") == "nan");
  REQUIRE(parameter<float>("3.4028234663852886e+38") == "3.4028234663852886e+38");
  for (const char* text : {"inf", "-inf", "1e39", "-3.5e38", "0.1", "1e-300", "1e999", "", "x", "0x10", "1 "}) {
    INFO(text);
    REQUIRE(parameter<float>(text) == "none");
  }
  REQUIRE(parameter<double>("0.1") == "0.1");
  REQUIRE(parameter<double>("1e39") == "1e+39");
  REQUIRE(parameter<double>("inf") == "none");
}
