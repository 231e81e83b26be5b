// SPDX-License-Identifier: BSD-3-Clause
#include <sys/wait.h>

#include <espalier/io/posix_atomic_file.hpp>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::detail::posix_atomic_file;
using support::read_file, support::throws, support::write_file;

void put(posix_atomic_file& file, const std::string& text) { file.write(std::as_bytes(std::span(text))); }

std::vector<std::string> names(const std::filesystem::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) result.push_back(entry.path().filename());
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace

TEST_CASE("a file appears at its commit, over the old one, or never", "[atomic]") {
  const support::temp_dir dir;
  const auto folder = dir / "new" / "folder";
  {
    posix_atomic_file file(folder, "a");
    put(file, "one");
    put(file, " two");
    REQUIRE_FALSE(std::filesystem::exists(folder / "a"));
    file.commit();
    REQUIRE(read_file(folder / "a") == "one two");
    REQUIRE(names(folder) == std::vector<std::string>{"a"});
  }
  {
    posix_atomic_file file(folder, "a");
    put(file, "three");
  }
  REQUIRE(read_file(folder / "a") == "one two");
  REQUIRE(names(folder) == std::vector<std::string>{"a"});

  posix_atomic_file first(folder, "a"), second(folder, "a");
  put(first, "first");
  put(second, "second");
  first.commit();
  REQUIRE(read_file(folder / "a") == "first");
  second.commit();
  REQUIRE(read_file(folder / "a") == "second");
}

TEST_CASE("a file is written at any place, and what is left out is zero", "[atomic]") {
  const support::temp_dir dir;
  const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  posix_atomic_file file(dir.path(), "a");
  file.write_at(4, bytes("late"));
  put(file, "so");
  file.write_at(6, bytes("st"));
  file.commit();
  REQUIRE(read_file(dir / "a") == std::string("so\0\0last", 8));
}

TEST_CASE("links are replaced and never followed", "[atomic]") {
  const support::temp_dir dir;
  write_file(dir / "other", "other");
  std::filesystem::create_symlink(dir / "other", dir / "a");
  const std::string mine = ".a." + std::to_string(::getpid()) + ".";
  for (int i = 0; i < 3; ++i)
    std::filesystem::create_symlink(dir / "other", dir / (mine + std::to_string(i) + ".partial"));
  std::filesystem::create_symlink(dir / "none", dir / (mine + "3.partial"));
  posix_atomic_file file(dir.path(), "a");
  put(file, "new");
  file.commit();
  REQUIRE(read_file(dir / "a") == "new");
  REQUIRE_FALSE(std::filesystem::is_symlink(dir / "a"));
  REQUIRE(read_file(dir / "other") == "other");
  REQUIRE_FALSE(std::filesystem::exists(dir / "none"));
}

TEST_CASE("what a dead writer left is removed, what a living one writes and what is no such file is not", "[atomic]") {
  const support::temp_dir dir;
  for (const char* name : {".a.99999.0.partial", ".a.1.partial"}) write_file(dir / name, "left");
  const std::vector<std::string> others{".a..partial.x", ".a.b.partial", ".a.partial", ".ab.1.0.partial",
                                        "a.1.0.partial"};
  for (const std::string& name : others) write_file(dir / name, "other");
  std::filesystem::create_directory(dir / ".a.5.0.partial");
  write_file(dir / "target", "target");
  std::filesystem::create_symlink(dir / "target", dir / ".a.6.0.partial");

  int ready[2] = {}, done[2] = {};
  REQUIRE((::pipe(ready) == 0 && ::pipe(done) == 0));
  const pid_t child = ::fork();
  if (child == 0) {
    posix_atomic_file file(dir.path(), "a");
    put(file, "child");
    char byte = 0;
    const bool told = ::write(ready[1], &byte, 1) == 1 && ::read(done[0], &byte, 1) == 1;
    file.commit();
    ::_exit(told ? 0 : 1);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const std::string living = ".a." + std::to_string(child) + ".0.partial";
  REQUIRE(std::filesystem::exists(dir / living));
  REQUIRE_FALSE(std::filesystem::exists(dir / ".a.99999.0.partial"));
  {
    posix_atomic_file file(dir.path(), "a");
    put(file, "parent");
    file.commit();
  }
  REQUIRE(std::filesystem::exists(dir / living));
  REQUIRE(::write(done[1], &byte, 1) == 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  REQUIRE(read_file(dir / "a") == "child");
  for (const std::string& name : others) REQUIRE(read_file(dir / name) == "other");
  REQUIRE(std::filesystem::is_directory(dir / ".a.5.0.partial"));
  REQUIRE(std::filesystem::is_symlink(dir / ".a.6.0.partial"));
  REQUIRE(read_file(dir / "target") == "target");
  REQUIRE(names(dir.path()).size() == others.size() + 4);
  for (const int end : {ready[0], ready[1], done[0], done[1]}) ::close(end);
}

TEST_CASE("a folder that cannot be made and a file that cannot be replaced are errors", "[atomic]") {
  const support::temp_dir dir;
  write_file(dir / "file", "");
  REQUIRE(throws([&] { posix_atomic_file file(dir / "file", "a"); }, "ESP-163", "cannot be created"));
  REQUIRE(throws([&] { posix_atomic_file file(dir / "file" / "below", "a"); }, "ESP-163", "below"));
  std::filesystem::create_directories(dir / "a" / "inside");
  posix_atomic_file file(dir.path(), "a");
  REQUIRE(throws([&] { file.commit(); }, "ESP-163", "cannot be replaced"));
  REQUIRE(throws(
              [&] {
                posix_atomic_file other(dir / "\x1b[2J", "a\x07");
                other.commit();
              },
              "") == false);
  REQUIRE(throws([&] { posix_atomic_file other(dir / "file" / "\x1b[2J", "a"); }, "ESP-163", "?[2J"));
}

TEST_CASE("which names are unfinished files", "[atomic]") {
  using esp::detail::is_partial_of;
  STATIC_REQUIRE(is_partial_of(".a.npz.12.0.partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of(".a.npz.12.x.partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of(".a.npz..partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of(".a.npz.partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of("a.npz.12.0.partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of(".b.npz.12.0.partial", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of(".a.npz.12.0.partial~", "a.npz"));
  STATIC_REQUIRE_FALSE(is_partial_of("", ""));
}
