// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/stream/partial_file.hpp>
#include <filesystem>
#include <string>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

struct opened_file : esp::partial_file<float> {
  using esp::partial_file<float>::open;
};

}  // namespace

TEST_CASE("a header and voxels become a file when they are whole", "[stream]") {
  const support::temp_dir dir;
  opened_file file;
  file.open(dir / "a", "head", {1, 2, 1, 1, 2});
  const float voxels[] = {1, 2};
  file.write(0, 1, {{0, 0, 0}, {1, 1, 2}}, voxels);
  REQUIRE_FALSE(std::filesystem::exists(dir / "a"));
  file.finish();
  const std::string found = support::read_file(dir / "a");
  REQUIRE(found.substr(0, 12) == std::string("head") + std::string(8, '\0'));
  REQUIRE(found.substr(12) == std::string("\0\0\x80\x3f\0\0\0\x40", 8));
}

TEST_CASE("a file without a folder lies in the current one", "[stream]") {
  const support::temp_dir dir;
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  opened_file file;
  file.open("a", "h", {1, 1, 1, 1, 0});
  file.finish();
  std::filesystem::current_path(here);
  REQUIRE(support::read_file(dir / "a") == "h");
}
