// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <cstdint>
#include <espalier/io/atomic_file.hpp>
#include <espalier/io/mapped_file.hpp>
#include <string>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

std::string text_of(const esp::mapped_file& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace

TEST_CASE("a file is mapped as it is, and stays so when it is replaced", "[io]") {
  const support::temp_dir dir;
  support::write_file(dir / "a", "twelve bytes");
  const esp::mapped_file file(dir / "a");
  REQUIRE(text_of(file) == "twelve bytes");
  REQUIRE(reinterpret_cast<std::uintptr_t>(file.bytes().data()) % 64 == 0);
  esp::atomic_file other(dir.path(), "a");
  other.commit();
  REQUIRE(text_of(file) == "twelve bytes");
  const esp::mapped_file empty(dir / "a");
  REQUIRE(empty.bytes().empty());
}

TEST_CASE("what is no file that can be read is refused", "[io]") {
  const support::temp_dir dir;
  const auto map = [](const std::filesystem::path& path) { return [path] { const esp::mapped_file file(path); }; };
  REQUIRE(support::throws(map(dir / "missing"), "ESP-274", "missing'"));
  REQUIRE(support::throws(map(dir.path()), "ESP-274", "no regular file"));
}
