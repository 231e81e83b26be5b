// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/portable_atomic_file.hpp>
#include <string>
#include <utility>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::detail::portable_atomic_file;
using support::read_file, support::throws, support::write_file;

void put(portable_atomic_file& file, const std::string& text) { file.write(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("without POSIX too, a file appears at its commit or never", "[atomic]") {
  const support::temp_dir dir;
  {
    portable_atomic_file one(dir / "new", "a"), two(dir / "new", "a");
    put(one, "one");
    put(two, "two");
    one.commit();
    REQUIRE(read_file(dir / "new" / "a") == "one");
    two.commit();
    REQUIRE(read_file(dir / "new" / "a") == "two");
  }
  {
    portable_atomic_file file(dir / "new", "a");
    put(file, "three");
  }
  REQUIRE(read_file(dir / "new" / "a") == "two");
  REQUIRE(std::distance(std::filesystem::directory_iterator(dir / "new"), {}) == 1);
}

TEST_CASE("without POSIX too, a file is written at any place", "[atomic]") {
  const support::temp_dir dir;
  portable_atomic_file file(dir.path(), "a");
  for (const auto& [at, text] : {std::pair<esp::index_t, std::string>{4, "late"}, {0, "so"}, {6, "st"}}) {
    file.write_at(at, std::as_bytes(std::span(text)));
  }
  file.commit();
  REQUIRE(read_file(dir / "a") == std::string("so\0\0last", 8));
}

TEST_CASE("without POSIX too, failures are errors and links are not followed", "[atomic]") {
  const support::temp_dir dir;
  write_file(dir / "file", "kept");
  REQUIRE(throws([&] { portable_atomic_file file(dir / "file", "a"); }, "ESP-163", "cannot be created"));
  std::filesystem::create_directories(dir / "b" / "inside");
  portable_atomic_file blocked(dir.path(), "b");
  REQUIRE(throws([&] { blocked.commit(); }, "ESP-163", "cannot be replaced"));
  std::filesystem::create_symlink(dir / "file", dir / ".a.0.partial");
  portable_atomic_file file(dir.path(), "a");
  put(file, "new");
  file.commit();
  REQUIRE(read_file(dir / "a") == "new");
  REQUIRE(read_file(dir / "file") == "kept");
  REQUIRE(std::filesystem::is_symlink(dir / ".a.0.partial"));
}
