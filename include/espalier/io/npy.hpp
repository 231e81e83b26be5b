// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Arrays in NumPy's file format: any real type is read, float32 and float64 are written.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <espalier/config.hpp>
#include <espalier/io/memory.hpp>
#include <espalier/io/npy_header.hpp>
#include <espalier/io/npy_value.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/optim/options.hpp>
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
  /// Bytes of the array in memory above which a file is refused: nothing else of its size is allocated.
  index_t max_bytes = index_t{4} << 30;
  /// Whether values may become the nearest `T`; else each must be one already. A finite value never becomes infinite.
  bool allow_rounding = false;
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
  if (header.type.kind == 'f' && static_cast<std::size_t>(header.type.bytes) > sizeof(T) && !options.allow_rounding) {
    refuse_file("ESP-154", path,
                "holds " + header.type.name() +
                    " but float was asked for; read it as double, set allow_rounding, or convert it with numpy's "
                    "astype");
  }
  // The header's count is at most 2^60, so neither product overflows.
  const index_t stored = header.count * header.type.bytes;
  if (stored != data_bytes) {
    refuse_file("ESP-156", path,
                "declares values of " + std::to_string(stored) + " bytes, but " + std::to_string(data_bytes) +
                    " follow its header; copy or create the file again");
  }
  const index_t wanted = header.count > (index_t{1} << 59) ? options.max_bytes : header.count * index_t{sizeof(T)};
  if (wanted > options.max_bytes || header.count > (index_t{1} << 59)) {
    refuse_file("ESP-155", path,
                "has " + std::to_string(header.count) + " values of " + std::to_string(sizeof(T)) +
                    " bytes in memory, " + std::to_string(wanted) + " in all and more than the " +
                    std::to_string(options.max_bytes) + " allowed; raise max_bytes or read it in parts");
  }
}

/// Anything that gives the next bytes of a file, `read(into, bytes)`, as one type: the decoders are compiled once.
class byte_source {
 public:
  template <class Read>
  explicit byte_source(const Read& read)
      : object_(&read),
        call_([](const void* object, void* into, index_t bytes) { (*static_cast<const Read*>(object))(into, bytes); }) {
  }
  void operator()(void* into, index_t bytes) const { call_(object_, into, bytes); }

 private:
  const void* object_;
  void (*call_)(const void*, void*, index_t);
};

/// Where the values of a file belong in an array whose last axis is the fastest, one after the other.
class npy_order {
 public:
  explicit npy_order(const npy_header& header) : shape_(header.shape), fortran_(header.fortran) {
    index_t step = 1;
    for (std::size_t axis = shape_.size(); axis-- > 0; step *= shape_[axis]) steps_[axis] = step;
  }
  /// The place of the next value.
  [[nodiscard]] std::size_t next() {
    const auto here = static_cast<std::size_t>(place_);
    if (!fortran_) return ++place_, here;
    for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
      place_ += steps_[axis];
      if (++index_[axis] < shape_[axis]) break;
      place_ -= steps_[axis] * shape_[axis];
      index_[axis] = 0;
    }
    return here;
  }

 private:
  std::span<const index_t> shape_;
  bool fortran_;
  std::array<index_t, 8> steps_{};
  std::array<index_t, 8> index_{};
  index_t place_ = 0;
};

/// Decodes the values that `read(into, bytes)` gives chunk by chunk.
template <class T, class Decode>
void decode_npy(const npy_header& header, const std::string& path, npy_options options, byte_source read,
                std::span<T> values, const Decode& decode) {
  constexpr index_t chunk = index_t{64} << 10;
  std::vector<std::byte> bytes(static_cast<std::size_t>(chunk));
  npy_order order(header);
  for (index_t done = 0; done < header.count;) {
    const index_t most = chunk / header.type.bytes;
    const index_t count = header.count - done < most ? header.count - done : most;
    read(bytes.data(), count * header.type.bytes);
    for (index_t i = 0; i < count; ++i) {
      const auto value = decode(bytes.data() + i * header.type.bytes);
      bool exact = true, finite = true;
      values[order.next()] = converted<T>(value, exact, finite);
      if (finite && (exact || options.allow_rounding)) continue;
      refuse_file("ESP-165", path,
                  "holds as value " + std::to_string(done + i) + " of " + header.type.name() + " the number " +
                      (std::is_integral_v<std::remove_const_t<decltype(value)>> ? std::to_string(value)
                                                                                : number_text(double(value))) +
                      ", which " + (std::is_same_v<T, double> ? "double" : "float") + " does not have; " +
                      (finite ? "read it as double, or set allow_rounding" : "read it as double"));
    }
    done += count;
  }
}

/// The array of a checked header whose values `read(into, bytes)` gives.
template <class T>
[[nodiscard]] npy_array<T> npy_values(const npy_header& header, const std::string& path, npy_options options,
                                      byte_source read) {
  npy_array<T> result{header.shape, values_for<T>(header.count, "ESP-166", path, options.max_bytes)};
  const bool same = header.type.kind == 'f' && header.type.bytes == int{sizeof(T)};
  if (same && header.type.order == std::endian::little && !header.fortran) {
    // As `write_npy` leaves it: straight into its place.
    read(result.values.data(), header.count * index_t{sizeof(T)});
    little_endian(std::span(result.values));
  } else {
    with_stored_type(header.type, [&](const auto& decode) {
      decode_npy<T>(header, path, options, read, std::span(result.values), decode);
    });
  }
  return result;
}

/// The array in a member or file of `size` bytes that `read(into, bytes)` gives from its start. `require(shape)` may
/// refuse the shape before anything of its size is allocated.
template <class T, class Require>
[[nodiscard]] npy_array<T> read_npy_from(index_t size, const std::string& path, npy_options options, byte_source read,
                                         const Require& require) {
  // Ten bytes say how long the header is; what is asked for beyond the end of the file is refused by the parser.
  std::vector<std::byte> start(static_cast<std::size_t>(size < 12 ? size : 12));
  read(start.data(), std::ssize(start));
  const index_t header_size = npy_header_size(start, path);
  const std::size_t known = start.size();
  start.resize(static_cast<std::size_t>(header_size < size ? header_size : size));
  read(start.data() + known, std::ssize(start) - static_cast<index_t>(known));
  const npy_header header = parse_npy_header(start, path);
  require(header.shape);
  check_npy_values<T>(header, size - header.data_offset, path, options);
  return npy_values<T>(header, path, options, read);
}

template <class T>
[[nodiscard]] npy_array<T> read_npy_from(index_t size, const std::string& path, npy_options options, byte_source read) {
  return read_npy_from<T>(size, path, options, read, [](const std::vector<index_t>&) {});
}

template <class T>
constexpr void require_npy_element() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "ESP-016: read_npy reads float or double; convert the file with numpy's astype");
}

}  // namespace detail

/// The array in the bytes of a whole file; `path` names it in errors. Throws as `read_npy`, but for ESP-150.
template <class T>
[[nodiscard]] npy_array<T> parse_npy(std::span<const std::byte> bytes, const std::string& path,
                                     npy_options options = {}) {
  detail::require_npy_element<T>();
  std::size_t at = 0;
  const auto read = [&](void* into, index_t count) {
    if (count > 0) std::memcpy(into, bytes.data() + at, static_cast<std::size_t>(count));
    at += static_cast<std::size_t>(count);
  };
  return detail::read_npy_from<T>(std::ssize(bytes), path, options, detail::byte_source(read));
}

/// The array in a file of versions 1 to 3 as `T`, float or double, the last axis fastest whatever the file's order.
///
/// Reads float16, float32, float64, signed and unsigned integers of 8 to 64 bits and bool, in either byte order and
/// either order of axes. Each value must be a `T`: an integer or a float64 that a `T` would round is refused unless
/// `options.allow_rounding`. Trusts no number of the file: nothing is allocated that the file's own length does not pay
/// for. Throws ESP-150 for a path that is no readable regular file, ESP-151 to ESP-156 for a file that says something
/// else, ESP-165 for a value that no `T` is, ESP-166 where the array finds no memory.
/// Cost: one read of the file; memory for the array and 64 KiB.
template <class T>
[[nodiscard]] npy_array<T> read_npy(const std::filesystem::path& where, npy_options options = {}) {
  detail::require_npy_element<T>();
  const std::string path = where.string();
  std::error_code problem;
  const auto status = std::filesystem::status(where, problem);
  if (!std::filesystem::exists(status)) detail::refuse_file("ESP-150", path, "cannot be found; check the path");
  if (!std::filesystem::is_regular_file(status)) {
    detail::refuse_file("ESP-150", path, "is not a regular file; give the path of a .npy file");
  }
  std::ifstream file(where, std::ios::binary);
  const auto size = static_cast<index_t>(std::filesystem::file_size(where, problem));
  if (!file || problem) detail::refuse_file("ESP-150", path, "cannot be opened; check that you may read it");
  const auto read = [&](void* into, index_t count) {
    file.read(static_cast<char*>(into), static_cast<std::streamsize>(count));
    if (file.gcount() != static_cast<std::streamsize>(count)) {
      detail::refuse_file("ESP-151", path, "became shorter while it was read, or cannot be read; try again");
    }
  };
  return detail::read_npy_from<T>(size, path, options, detail::byte_source(read));
}

/// Writes an array as version 1.0, C order, little-endian: what numpy.load and `read_npy` read. An existing file is
/// overwritten in place: a write that fails leaves a part. Throws ESP-155 where shape and number of values disagree or
/// the shape has more than 8 axes, ESP-157 where the file cannot be written.
template <class T>
void write_npy(const std::filesystem::path& where, std::span<const index_t> shape, std::span<const T> values) {
  const std::string path = where.string();
  const std::string header = detail::npy_header_text(shape, std::ssize(values), std::is_same_v<T, double>, path);
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
  if (!file) detail::refuse_file("ESP-157", path, "cannot be written; check the folder and the space left on the disk");
}

}  // namespace esp::inline ESPALIER_ABI
