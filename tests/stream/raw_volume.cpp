// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <cstring>
#include <espalier/stream/raw_volume.hpp>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "support/layer.hpp"
#include "support/temp_dir.hpp"

namespace {

using esp::dims5, esp::index_t, esp::raw_layout, esp::raw_reader, esp::volume_window;

constexpr dims5 shape{2, 3, 5, 6, 7};

volume_window drawn_window(std::mt19937& draw) {
  const auto axis = [&](index_t size) {
    if (draw() % 3 == 0) return std::pair<index_t, index_t>{0, size};
    const auto begin = static_cast<index_t>(draw() % static_cast<unsigned>(size));
    return std::pair{begin, 1 + static_cast<index_t>(draw() % static_cast<unsigned>(size - begin))};
  };
  const auto d = axis(shape.d), h = axis(shape.h), w = axis(shape.w);
  return {{d.first, h.first, w.first}, {d.second, h.second, w.second}};
}

index_t place(index_t n, index_t c, index_t d, index_t h, index_t w) {
  return (((n * shape.c + c) * shape.d + d) * shape.h + h) * shape.w + w;
}

/// A file of `offset` bytes and then the numbers of the voxels.
template <class Stored>
void write_numbers(const std::filesystem::path& path, std::size_t offset, bool turned) {
  std::string bytes(offset, 'x');
  for (index_t i = 0; i < shape.size(); ++i) {
    const Stored value = static_cast<Stored>(i);
    char raw[sizeof(Stored)];
    std::memcpy(raw, &value, sizeof raw);
    if (turned) std::reverse(raw, raw + sizeof raw);
    bytes.append(raw, sizeof raw);
  }
  support::write_file(path, bytes);
}

void check_windows(raw_reader<float>& reader, double slope, double intercept) {
  std::mt19937 draw(1);
  std::vector<float> found(static_cast<std::size_t>(5 * 6 * 7));
  for (int trial = 0; trial < 100; ++trial) {
    const volume_window w = drawn_window(draw);
    const index_t n = trial % 2, c = trial % 3;
    reader.read(n, c, w, found.data());
    std::size_t i = 0;
    for (index_t d = 0; d < w.size.d; ++d) {
      for (index_t h = 0; h < w.size.h; ++h) {
        for (index_t x = 0; x < w.size.w; ++x, ++i) {
          const auto number = static_cast<double>(place(n, c, w.begin.d + d, w.begin.h + h, w.begin.w + x));
          if (found[i] != static_cast<float>(slope * number + intercept)) FAIL("trial " << trial << ", voxel " << i);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("windows of a raw volume are read, whatever its type, order and scale", "[stream]") {
  const support::temp_dir dir;
  const auto little = std::endian::little, big = std::endian::big;
  const auto check = [&]<class Stored>(Stored, char kind, std::endian order, double slope, double intercept) {
    write_numbers<Stored>(dir / "a.raw", 13, order != std::endian::native);
    raw_reader<float> reader(esp::raw_file(dir / "a.raw"),
                             {shape, 13, {kind, int{sizeof(Stored)}, order}, slope, intercept}, true);
    check_windows(reader, slope, intercept);
  };
  check(float{}, 'f', little, 1, 0);
  check(float{}, 'f', big, 1, 0);
  check(float{}, 'f', little, 0.5, 3);
  check(double{}, 'f', big, 1, 0);
  check(std::int16_t{}, 'i', little, 1, 0);
  check(std::uint16_t{}, 'u', big, 2, -1);
  check(std::int64_t{}, 'i', little, 1, 0);
}

TEST_CASE("a raw file that is none, becomes shorter or holds other numbers is refused", "[stream]") {
  const support::temp_dir dir;
  REQUIRE(support::throws([&] { esp::raw_file(dir / "none"); }, "ESP-150", "none", "cannot be found"));
  REQUIRE(support::throws([&] { esp::raw_file(dir.path()); }, "ESP-150", "is not a regular file"));

  write_numbers<float>(dir / "a.raw", 0, false);
  raw_reader<float> reader(esp::raw_file(dir / "a.raw"), {shape, 0, {'f', 4, std::endian::native}, 1, 0}, false);
  std::vector<float> voxels(5 * 6 * 7);
  const volume_window all{{0, 0, 0}, {5, 6, 7}};
  std::filesystem::resize_file(dir / "a.raw", 4 * 211);
  reader.read(0, 0, all, voxels.data());
  REQUIRE(support::throws([&] { reader.read(0, 1, all, voxels.data()); }, "ESP-264", "a.raw", "became shorter",
                          "at byte 840"));
  // What can be read is read after that.
  reader.read(0, 0, all, voxels.data());
  REQUIRE(voxels[209] == 209);

  std::vector<std::int32_t> large(210, 16777217);
  support::write_file(dir / "b.raw", {reinterpret_cast<const char*>(large.data()), 840});
  const raw_layout whole{{1, 1, 5, 6, 7}, 0, {'i', 4, std::endian::native}, 1, 0};
  raw_reader<float> strict(esp::raw_file(dir / "b.raw"), whole, false),
      rounding(esp::raw_file(dir / "b.raw"), whole, true);
  REQUIRE(support::throws([&] { strict.read(0, 0, {{1, 2, 3}, {1, 1, 1}}, voxels.data()); }, "ESP-165",
                          "value 59 of int32", "16777217, which float does not have; read it as double"));
  rounding.read(0, 0, all, voxels.data());
  REQUIRE(voxels[0] == 16777216);
}

TEST_CASE("windows that are written make the volume", "[stream]") {
  struct memory_file {
    std::vector<std::byte> bytes{std::vector<std::byte>(static_cast<std::size_t>(8 + 4 * shape.size()))};
    void write_at(index_t at, std::span<const std::byte> some) {
      REQUIRE((at >= 8 && at + std::ssize(some) <= std::ssize(bytes)));
      std::copy(some.begin(), some.end(), bytes.begin() + at);
    }
  } file;
  for (index_t n = 0; n < shape.n; ++n) {
    for (index_t c = 0; c < shape.c; ++c) {
      for (const index_t d0 : {0, 2}) {
        for (const index_t h0 : {0, 4}) {
          for (const index_t w0 : {0, 3}) {
            const volume_window w{{d0, h0, w0}, {d0 == 0 ? 2 : 3, h0 == 0 ? 4 : 2, w0 == 0 ? 3 : 4}};
            std::vector<float> voxels;
            for (index_t d = 0; d < w.size.d; ++d) {
              for (index_t h = 0; h < w.size.h; ++h) {
                for (index_t x = 0; x < w.size.w; ++x) {
                  voxels.push_back(static_cast<float>(place(n, c, d0 + d, h0 + h, w0 + x)));
                }
              }
            }
            esp::write_window(file, 8, shape, n, c, w, voxels.data());
          }
        }
      }
    }
  }
  for (index_t i = 0; i < shape.size(); ++i) {
    const auto found = esp::stored_value<float>(file.bytes.data() + 8 + 4 * i, std::endian::little);
    if (found != static_cast<float>(i)) FAIL("voxel " << i);
  }
}
