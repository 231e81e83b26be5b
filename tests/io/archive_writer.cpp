// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/io/archive_writer.hpp>
#include <span>
#include <string>

#include "io/zip_file.hpp"
#include "support/catch.hpp"

namespace {

struct memory_file {
  std::string bytes{};
  void write(std::span<const std::byte> more) { bytes.append(reinterpret_cast<const char*>(more.data()), more.size()); }
};

}  // namespace

TEST_CASE("an archive is what another writer makes of the same members, byte by byte", "[archive]") {
  memory_file file;
  esp::detail::archive_writer<memory_file> archive(file);
  const std::string body = "body";
  archive.add("a.txt", "head", std::as_bytes(std::span(body)));
  archive.add("b", "", {});
  archive.add("c/d.npy", std::string(1000, '\xff'), {});
  archive.finish();
  const test::zip_file read(file.bytes);
  REQUIRE(read.names() == std::vector<std::string>{"a.txt", "b", "c/d.npy"});
  REQUIRE(read["a.txt"] == "headbody");
  REQUIRE(read["b"].empty());
  REQUIRE(read["c/d.npy"] == std::string(1000, '\xff'));
  REQUIRE(read.bytes() == file.bytes);
}

TEST_CASE("an archive of nothing is an archive", "[archive]") {
  memory_file file;
  esp::detail::archive_writer<memory_file>(file).finish();
  REQUIRE(file.bytes.size() == 98);
}
