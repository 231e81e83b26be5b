// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Writes NIfTI-1 files byte by byte, right and wrong ones, for the tests of the readers.
#pragma once

#include <unistd.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

namespace test {

/// A directory of this process that is removed with its contents.
class temp_dir {
 public:
  temp_dir() : path_(std::filesystem::temp_directory_path() / ("espalier_nifti_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

using bytes = std::vector<std::byte>;

template <class T>
void put(bytes& out, std::size_t offset, T value, std::endian order = std::endian::native) {
  const auto raw = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[offset + i] = raw[order == std::endian::native ? i : sizeof(T) - 1 - i];
  }
}

/// The 352 bytes of a well-formed header: a float32 volume of x = 4, y = 3, z = 2 with spacing 1, 2, 3.
struct header {
  std::array<std::int16_t, 8> dim{3, 4, 3, 2, 1, 1, 1, 1};
  std::int16_t datatype = 16;
  std::int16_t bitpix = 32;
  std::array<float, 8> pixdim{1, 1, 2, 3, 1, 0, 0, 0};
  float vox_offset = 352;
  float slope = 0;
  float inter = 0;
  std::endian order = std::endian::native;

  [[nodiscard]] bytes raw() const {
    bytes out(352);
    put(out, 0, std::int32_t{348}, order);
    for (std::size_t i = 0; i < 8; ++i) put(out, 40 + 2 * i, dim[i], order);
    put(out, 70, datatype, order);
    put(out, 72, bitpix, order);
    for (std::size_t i = 0; i < 8; ++i) put(out, 76 + 4 * i, pixdim[i], order);
    put(out, 108, vox_offset, order);
    put(out, 112, slope, order);
    put(out, 116, inter, order);
    const std::array magic{'n', '+', '1', '\0'};
    for (std::size_t i = 0; i < 4; ++i) put(out, 344 + i, magic[i]);
    return out;
  }
};

/// Appends voxels in the byte order of the header.
template <class T>
void append(bytes& out, std::span<const T> voxels, std::endian order = std::endian::native) {
  const std::size_t at = out.size();
  out.resize(at + voxels.size_bytes());
  for (std::size_t i = 0; i < voxels.size(); ++i) put(out, at + i * sizeof(T), voxels[i], order);
}

/// `default_header` followed by its 24 voxels 0.5, 1.5, ...
inline bytes default_file() {
  bytes out = header{}.raw();
  std::vector<float> voxels(24);
  for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = static_cast<float>(i) + 0.5F;
  append<float>(out, voxels);
  return out;
}

inline void write_plain(const std::filesystem::path& path, std::span<const std::byte> content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
}

inline void write_gzip(const std::filesystem::path& path, std::span<const std::byte> content) {
  gzFile file = gzopen(path.c_str(), "wb6");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
}

}  // namespace test
