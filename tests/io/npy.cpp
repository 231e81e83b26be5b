// SPDX-License-Identifier: BSD-3-Clause
#include "support/npy.hpp"

#include <sys/stat.h>

#include <cmath>
#include <cstring>
#include <espalier/io/npy.hpp>
#include <limits>
#include <string>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::index_t;
using support::throws;

template <class T>
esp::npy_array<T> parsed(const std::string& bytes) {
  std::vector<std::byte> exact(bytes.size());
  std::transform(bytes.begin(), bytes.end(), exact.begin(), [](char c) { return static_cast<std::byte>(c); });
  return esp::parse_npy<T>(exact, "a.npy");
}

/// An array of 2 x 3 as a file.
template <class T>
std::string sample(const support::temp_dir& dir) {
  const std::vector<T> values{0, -1, static_cast<T>(0.1), 3, 4, std::numeric_limits<T>::max()};
  esp::write_npy<T>(dir / "a.npy", std::vector<index_t>{2, 3}, values);
  return support::read_file(dir / "a.npy");
}

}  // namespace

TEMPLATE_TEST_CASE("what is written is read back bit by bit, from memory and from a file", "[npy]", float, double) {
  using T = TestType;
  const support::temp_dir dir;
  const std::vector<std::vector<index_t>> shapes = {{}, {0}, {6}, {2, 3}, {1, 3, 1, 2, 1}, {2, 0, 4}};
  for (const auto& shape : shapes) {
    index_t count = 1;
    for (const index_t size : shape) count *= size;
    std::vector<T> values;
    for (index_t i = 0; i < count; ++i) values.push_back(static_cast<T>(1) / static_cast<T>(i + 1));
    if (count > 2) {
      values[0] = std::numeric_limits<T>::quiet_NaN();
      values[1] = std::numeric_limits<T>::denorm_min();
      values[2] = -std::numeric_limits<T>::infinity();
    }
    esp::write_npy<T>(dir / "b.npy", shape, values);
    const auto from_file = esp::read_npy<T>(dir / "b.npy");
    const auto from_memory = parsed<T>(support::read_file(dir / "b.npy"));
    for (const auto& found : {from_file, from_memory}) {
      REQUIRE(found.shape == shape);
      REQUIRE(found.values.size() == values.size());
      REQUIRE((count == 0 || std::memcmp(found.values.data(), values.data(), values.size() * sizeof(T)) == 0));
    }
  }
}

TEST_CASE("another reader of the format reads what is written, and the other way round", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<float>(dir));
  const npy::array read = npy::read((dir / "a.npy").string());
  REQUIRE(read.single);
  REQUIRE(read.shape == std::vector<std::size_t>{2, 3});
  REQUIRE(read.values[2] == static_cast<double>(0.1F));

  // Recorded with NumPy.
  const auto golden = std::filesystem::path(ESPALIER_TEST_DATA).parent_path() / "golden" / "conv_1x1x1" / "weight.npy";
  const auto found = esp::read_npy<double>(golden);
  REQUIRE(found.shape == std::vector<index_t>{7, 5, 1, 1, 1});
  REQUIRE(found.values == npy::read(golden.string()).values);
}

TEST_CASE("every truncation and every extension of a file is refused", "[npy]") {
  const support::temp_dir dir;
  const std::string whole = sample<double>(dir);
  REQUIRE(whole.size() == 128 + 48);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const char* const id = length < 128 ? "ESP-151" : "ESP-156";
    REQUIRE(throws([&] { static_cast<void>(parsed<double>(whole.substr(0, length))); }, id, "a.npy"));
    support::write_file(dir / "cut.npy", whole.substr(0, length));
    REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "cut.npy")); }, id, "cut.npy"));
  }
  REQUIRE(throws([&] { static_cast<void>(parsed<double>(whole + "x")); }, "ESP-156", "48 bytes", "49"));
}

TEST_CASE("every flipped bit of a header is refused", "[npy]") {
  const support::temp_dir dir;
  for (const std::string& whole : {sample<double>(dir), sample<float>(dir)}) {
    int flips = 0;
    for (std::size_t byte = 0; byte < 128; ++byte) {
      for (int bit = 0; bit < 8; ++bit, ++flips) {
        std::string flipped = whole;
        flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << bit));
        INFO("byte " << byte << ", bit " << bit);
        const std::string said = support::sentence([&] { static_cast<void>(parsed<double>(flipped)); });
        const std::string said_single = support::sentence([&] { static_cast<void>(parsed<float>(flipped)); });
        REQUIRE(said.find("ESP-15") == 0);
        REQUIRE(said_single.find("ESP-15") == 0);
      }
    }
    REQUIRE(flips == 1024);
  }
}

TEST_CASE("a file of the other type is refused and says how to read it", "[npy]") {
  const support::temp_dir dir;
  const std::string single = sample<float>(dir);
  REQUIRE(throws([&] { static_cast<void>(parsed<double>(single)); }, "ESP-154", "holds float32 but double"));
  REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "a.npy")); }, "ESP-154", "float32"));
  const std::string twice = sample<double>(dir);
  REQUIRE(throws([&] { static_cast<void>(parsed<float>(twice)); }, "ESP-154", "holds float64 but float"));
}

TEST_CASE("a file larger than allowed is refused before anything is allocated", "[npy]") {
  const support::temp_dir dir;
  static_cast<void>(sample<double>(dir));
  REQUIRE(esp::read_npy<double>(dir / "a.npy", {.max_bytes = 48}).values.size() == 6);
  REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "a.npy", {.max_bytes = 47})); }, "ESP-155",
                 "48 bytes", "47"));
  // A file of holes: 64 GiB that take no room on the disk.
  const std::string header = esp::npy_header_text(std::vector<index_t>{index_t{1} << 33}, index_t{1} << 33, true, "");
  support::write_file(dir / "holes.npy", header);
  std::error_code problem;
  std::filesystem::resize_file(dir / "holes.npy", header.size() + (std::uintmax_t{1} << 36), problem);
  if (!problem) {
    REQUIRE(throws([&] { static_cast<void>(esp::read_npy<double>(dir / "holes.npy")); }, "ESP-155", "allowed"));
  }
}

TEST_CASE("what is no regular file is refused without being opened", "[npy]") {
  const support::temp_dir dir;
  const auto read = [&](const std::filesystem::path& path) {
    return [=] { static_cast<void>(esp::read_npy<float>(path)); };
  };
  REQUIRE(throws(read(dir / "none.npy"), "ESP-150", "none.npy", "cannot be found"));
  REQUIRE(throws(read(dir.path()), "ESP-150", "not a regular file"));
  REQUIRE(throws(read("/dev/null"), "ESP-150", "not a regular file"));
  REQUIRE(::mkfifo((dir / "fifo.npy").c_str(), 0600) == 0);
  REQUIRE(throws(read(dir / "fifo.npy"), "ESP-150", "not a regular file"));
  support::write_file(dir / "empty.npy", "");
  REQUIRE(throws(read(dir / "empty.npy"), "ESP-151", "after 0 of 10 bytes"));
}

TEST_CASE("a file that cannot be written is an error", "[npy]") {
  const support::temp_dir dir;
  const std::vector<float> values(6);
  const auto write = [&](const std::filesystem::path& path, std::vector<index_t> shape) {
    return [=] { esp::write_npy<float>(path, shape, values); };
  };
  REQUIRE(throws(write(dir / "no" / "a.npy", {6}), "ESP-157", "cannot be written"));
  REQUIRE(throws(write(dir.path(), {6}), "ESP-157"));
  REQUIRE(throws(write(dir / "a.npy", {5}), "ESP-155", "6 values"));
  REQUIRE_FALSE(std::filesystem::exists(dir / "a.npy"));
  if (std::filesystem::exists("/dev/full")) REQUIRE(throws(write("/dev/full", {6}), "ESP-157", "space"));
}
