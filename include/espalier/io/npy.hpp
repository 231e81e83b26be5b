// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Arrays of float32 and float64 in NumPy's file format.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/io/npy_header.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <fstream>
#include <ios>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// An array in memory, the last axis fastest: `values.size()` is the product of `shape`.
template <class T>
struct npy_array {
  std::vector<index_t> shape{};
  std::vector<T> values{};
};

/// Options of `read_npy`.
struct npy_options {
  /// Bytes of values above which a file is refused.
  index_t max_bytes = index_t{4} << 30;
};

namespace detail {

/// `values` in the byte order of the file, in place: little-endian.
template <class T>
void little_endian(std::span<T> values) {
  if constexpr (std::endian::native != std::endian::little) {
    for (T& value : values) {
      auto bytes = std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
      for (std::size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
      value = std::bit_cast<T>(bytes);
    }
  }
}

/// What the header must agree with before anything of the array's size is allocated.
template <class T>
void check_npy_values(const npy_header& header, index_t data_bytes, const std::string& path, npy_options options) {
  if (header.is_double != std::is_same_v<T, double>) {
    refuse_npy("ESP-154", path,
               std::string("holds ") + (header.is_double ? "float64" : "float32") + " but " +
                   (header.is_double ? "float" : "double") +
                   " was asked for; read it as the type it holds, or convert it with numpy's astype");
  }
  // The header's count is at most 2^60, so the product fits.
  const index_t wanted = header.count * static_cast<index_t>(sizeof(T));
  if (wanted != data_bytes) {
    refuse_npy("ESP-156", path,
               "declares values of " + std::to_string(wanted) + " bytes, but " + std::to_string(data_bytes) +
                   " follow its header; copy or create the file again");
  }
  if (wanted > options.max_bytes) {
    refuse_npy("ESP-155", path,
               "has values of " + std::to_string(wanted) + " bytes, more than the " +
                   std::to_string(options.max_bytes) + " allowed; raise max_bytes or read it in parts");
  }
}

}  // namespace detail

/// The array in the bytes of a whole file; `path` names it in errors. Throws ESP-151 to ESP-156.
template <class T>
[[nodiscard]] npy_array<T> parse_npy(std::span<const std::byte> bytes, const std::string& path,
                                     npy_options options = {}) {
  const npy_header header = parse_npy_header(bytes, path);
  detail::check_npy_values<T>(header, std::ssize(bytes) - header.data_offset, path, options);
  npy_array<T> result{header.shape, std::vector<T>(static_cast<std::size_t>(header.count))};
  if (header.count > 0) {
    std::memcpy(result.values.data(), bytes.data() + header.data_offset, result.values.size() * sizeof(T));
  }
  detail::little_endian(std::span(result.values));
  return result;
}

/// The array in a file of versions 1 to 3, C order, little-endian, of exactly the element type `T`: float or double.
///
/// Trusts no number of the file: nothing is allocated that the file's own length does not pay for. Throws ESP-150 for a
/// path that is no readable regular file, ESP-151 to ESP-156 for a file that says something else.
/// Cost: one read of the file.
template <class T>
[[nodiscard]] npy_array<T> read_npy(const std::filesystem::path& where, npy_options options = {}) {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "ESP-016: read_npy reads float or double; convert the file with numpy's astype");
  const std::string path = where.string();
  std::error_code problem;
  const auto status = std::filesystem::status(where, problem);
  if (!std::filesystem::exists(status)) detail::refuse_npy("ESP-150", path, "cannot be found; check the path");
  if (!std::filesystem::is_regular_file(status)) {
    detail::refuse_npy("ESP-150", path, "is not a regular file; give the path of a .npy file");
  }
  std::ifstream file(where, std::ios::binary);
  const auto size = static_cast<index_t>(std::filesystem::file_size(where, problem));
  if (!file || problem) detail::refuse_npy("ESP-150", path, "cannot be opened; check that you may read it");

  const auto read = [&](void* into, index_t count) {
    file.read(static_cast<char*>(into), static_cast<std::streamsize>(count));
    if (file.gcount() != static_cast<std::streamsize>(count)) {
      detail::refuse_npy("ESP-151", path, "became shorter while it was read, or cannot be read; try again");
    }
  };
  std::vector<std::byte> start(static_cast<std::size_t>(size < npy_header_limit ? size : npy_header_limit));
  read(start.data(), std::ssize(start));
  const npy_header header = parse_npy_header(start, path);
  detail::check_npy_values<T>(header, size - header.data_offset, path, options);
  npy_array<T> result{header.shape, std::vector<T>(static_cast<std::size_t>(header.count))};
  file.clear();
  file.seekg(static_cast<std::streamoff>(header.data_offset));
  read(result.values.data(), header.count * static_cast<index_t>(sizeof(T)));
  detail::little_endian(std::span(result.values));
  return result;
}

/// Writes an array as version 1.0, C order, little-endian: what numpy.load and `read_npy` read. An existing file is
/// overwritten. Throws ESP-155 where shape and number of values disagree or the shape has more than 8 axes, ESP-157
/// where the file cannot be written.
template <class T>
void write_npy(const std::filesystem::path& where, std::span<const index_t> shape, std::span<const T> values) {
  const std::string path = where.string();
  const std::string header = npy_header_text(shape, std::ssize(values), std::is_same_v<T, double>, path);
  std::ofstream file(where, std::ios::binary | std::ios::trunc);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  if constexpr (std::endian::native == std::endian::little) {
    file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
  } else {
    std::vector<T> turned(values.begin(), values.end());
    detail::little_endian(std::span(turned));
    file.write(reinterpret_cast<const char*>(turned.data()), static_cast<std::streamsize>(values.size_bytes()));
  }
  file.close();
  if (!file) detail::refuse_npy("ESP-157", path, "cannot be written; check the folder and the space left on the disk");
}

}  // namespace esp::inline ESPALIER_ABI
