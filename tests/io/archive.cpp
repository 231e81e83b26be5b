// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/io/archive.hpp>
#include <random>
#include <string>

#include "io/zip_file.hpp"
#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::detail::archive;
using support::throws, support::write_file;

struct memory_file {
  std::string bytes{};
  void write(std::span<const std::byte> more) { bytes.append(reinterpret_cast<const char*>(more.data()), more.size()); }
};

std::string sample() {
  memory_file file;
  esp::detail::archive_writer<memory_file> to(file);
  to.add("one", "first", {});
  to.add("two", std::string(10000, 'x'), {});
  to.finish();
  return file.bytes;
}

std::string content(archive& from, const char* name) {
  const archive::member& member = from.at(name);
  return from.read(member, [&](const auto& read) {
    std::string text(static_cast<std::size_t>(member.size), '\0');
    read(text.data(), member.size);
    return text;
  });
}

}  // namespace

TEST_CASE("members are read in any order, in parts, and not beyond their end", "[archive]") {
  const support::temp_dir dir;
  write_file(dir / "a", sample());
  archive from(dir / "a");
  REQUIRE(content(from, "two") == std::string(10000, 'x'));
  REQUIRE(content(from, "one") == "first");
  REQUIRE(from.find("three") == nullptr);
  REQUIRE(throws([&] { static_cast<void>(from.at("three")); }, "ESP-160", "three"));
  // What the caller leaves is read for the sum.
  REQUIRE(from.read(from.at("two"), [](const auto& read) {
    char byte = 0;
    read(&byte, 1);
    return byte;
  }) == 'x');
  REQUIRE(throws(
      [&] {
        static_cast<void>(from.read(from.at("one"), [](const auto& read) {
          char bytes[6] = {};
          read(bytes, 6);
          return 0;
        }));
      },
      "ESP-160", "damaged"));
}

TEST_CASE("a reader keeps the file that it opened", "[archive]") {
  const support::temp_dir dir;
  write_file(dir / "a", sample());
  archive from(dir / "a");
  write_file(dir / "b", "another file");
  std::filesystem::rename(dir / "b", dir / "a");
  REQUIRE(content(from, "one") == "first");
}

TEST_CASE("whatever bytes a file has, it is read or refused", "[archive]") {
  const support::temp_dir dir;
  const std::string good = sample();
  std::mt19937 engine(1);
  int refused = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    std::string bytes = good;
    // The ends and the headers are where numbers are.
    const std::size_t from_end = 300;
    for (auto change = 0UL; change <= engine() % 3; ++change) {
      const std::size_t at = engine() % 2 == 0 ? bytes.size() - 1 - engine() % from_end : engine() % 60;
      const auto kind = engine() % 3;
      bytes[at] = kind == 0 ? '\xff' : kind == 1 ? '\0' : static_cast<char>(engine() & 255u);
    }
    if (trial % 5 == 0) bytes.resize(engine() % (bytes.size() + 1));
    write_file(dir / "a", bytes);
    const std::string said = support::sentence([&] {
      archive from(dir / "a");
      for (const char* name : {"one", "two"}) static_cast<void>(content(from, name));
    });
    REQUIRE((said.empty() || said.starts_with("ESP-160: ") || said.starts_with("ESP-166: ")));
    refused += said.empty() ? 0 : 1;
  }
  REQUIRE(refused > 1500);
  REQUIRE(throws([&] { archive from(dir / "none"); }, "ESP-160", "cannot be found"));
  REQUIRE(throws([&] { archive from(dir.path()); }, "ESP-160", "regular file"));
  REQUIRE(throws([&] { archive from("/dev/zero"); }, "ESP-160", "regular file"));
}
