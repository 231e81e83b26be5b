// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/io/folder.hpp>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using support::throws;

/// Names in a folder, sorted.
std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) result.push_back(entry.path().filename());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("files of a set appear together, or not at all", "[folder]") {
  const support::temp_dir dir;
  const auto folder = dir / "a" / "b";
  {
    esp::detail::file_set files(folder);
    files.add_text("one.txt", "1\n");
    files.add_text("two.txt", "2\n");
    REQUIRE(names(folder) == std::vector<std::string>{"one.txt.partial", "two.txt.partial"});
    files.commit();
    REQUIRE(names(folder) == std::vector<std::string>{"one.txt", "two.txt"});
  }
  {
    esp::detail::file_set files(folder);
    files.add_text("one.txt", "new\n");
  }
  REQUIRE(names(folder) == std::vector<std::string>{"one.txt", "two.txt"});
  REQUIRE(support::read_file(folder / "one.txt") == "1\n");
  esp::detail::file_set files(folder);
  files.add_text("one.txt", "new\n");
  files.commit();
  REQUIRE(support::read_file(folder / "one.txt") == "new\n");
}

TEST_CASE("a folder that cannot be made, or a file that cannot be replaced, is an error", "[folder]") {
  const support::temp_dir dir;
  support::write_file(dir / "file", "");
  REQUIRE(throws([&] { esp::detail::file_set files(dir / "file"); }, "ESP-163", "cannot be created"));
  REQUIRE(throws([&] { esp::detail::file_set files(dir / "file" / "below"); }, "ESP-163", "below"));
  esp::detail::file_set files(dir.path());
  files.add_text("one.txt", "1\n");
  files.add_text("two.txt", "2\n");
  std::filesystem::create_directories(dir / "two.txt");
  REQUIRE(throws([&] { files.commit(); }, "ESP-163", "two.txt"));
  REQUIRE_FALSE(std::filesystem::exists(dir / "one.txt"));
  std::filesystem::create_directories(dir / "three.txt.partial");
  REQUIRE(throws([&] { files.add_text("three.txt", "3\n"); }, "ESP-163", "cannot be written"));
}

TEST_CASE("lines of a small text are read, anything else is refused", "[folder]") {
  const support::temp_dir dir;
  const auto path = dir / "a.txt";
  const auto lines = [&](const std::string& text) {
    support::write_file(path, text);
    return esp::detail::read_lines(path);
  };
  REQUIRE(lines("one\n\nthree\n") == std::vector<std::string>{"one", "", "three"});
  REQUIRE(lines(std::string(65535, 'x').append("\n")).size() == 1);
  REQUIRE(throws([&] { lines(""); }, "ESP-160", "empty"));
  REQUIRE(throws([&] { lines("one"); }, "ESP-160", "cut off"));
  REQUIRE(throws([&] { lines(std::string(65536, 'x').append("\n")); }, "ESP-160", "64 KiB"));
  REQUIRE(throws([&] { static_cast<void>(esp::detail::read_lines(dir / "none")); }, "ESP-160", "cannot be found"));
  REQUIRE(throws([&] { static_cast<void>(esp::detail::read_lines(dir.path())); }, "ESP-160"));
  REQUIRE(throws([&] { static_cast<void>(esp::detail::read_lines("/dev/zero")); }, "ESP-160"));
}

TEST_CASE("text for sentences", "[folder]") {
  REQUIRE(esp::detail::printable("a\x1b[2J\n\xff") == "a?[2J??");
  REQUIRE(esp::detail::shape_text(std::vector<esp::index_t>{}) == "()");
  REQUIRE(esp::detail::shape_text(std::vector<esp::index_t>{2, 3}) == "(2, 3)");
}
