// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A volume whose voxels lie one after the other in a file, read and written in windows.
#pragma once

#include <bit>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/npy.hpp>
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
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// Where the voxels lie and what they are: (N, C, D, H, W), W fastest, without gaps.
struct raw_layout {
  dims5 shape{};
  index_t offset = 0;  ///< Bytes before the first voxel.
  npy_type type{};     ///< Of the voxels as the file has them.
  double slope = 1;    ///< value = slope * voxel + intercept, to the nearest T
  double intercept = 0;

  /// Bytes of the voxels. @pre the file has as many, so that they can be counted
  [[nodiscard]] index_t bytes() const { return shape.size() * type.bytes; }
  [[nodiscard]] bool scales() const { return slope != 1 || intercept != 0; }
};

/// Calls `body(element, count)` for the runs of a window of a channel that lie without a gap in a volume of this shape,
/// in order: planes together where they are whole, rows where these are.
template <class Body>
void each_run(const dims5& shape, index_t sample, index_t channel, const volume_window& window, const Body& body) {
  const extents &at = window.begin, &size = window.size;
  const bool rows = size.w == shape.w, planes = rows && size.h == shape.h;
  const index_t count = size.w * (rows ? size.h : 1) * (planes ? size.d : 1);
  const index_t base = (sample * shape.c + channel) * shape.d;
  for (index_t d = 0; d < (planes ? 1 : size.d); ++d) {
    for (index_t h = 0; h < (rows ? 1 : size.h); ++h) {
      body(((base + at.d + d) * shape.h + at.h + h) * shape.w + at.w, count);
    }
  }
}

/// A regular file that is read at any place. By the stream of the standard library without its buffer: a read is one
/// call of the system, and nothing of the file is held by the process, as it would be of a mapped one.
class raw_file {
 public:
  /// Throws ESP-150 for a path that is no readable regular file.
  explicit raw_file(const std::filesystem::path& where) : path_(where.string()) {
    std::error_code problem;
    const auto status = std::filesystem::status(where, problem);
    if (!std::filesystem::exists(status)) refuse_file("ESP-150", path_, "cannot be found; check the path");
    if (!std::filesystem::is_regular_file(status)) {
      refuse_file("ESP-150", path_, "is not a regular file; give the path of one");
    }
    file_.rdbuf()->pubsetbuf(nullptr, 0);
    file_.open(where, std::ios::binary);
    bytes_ = static_cast<index_t>(std::filesystem::file_size(where, problem));
    if (!file_ || problem) refuse_file("ESP-150", path_, "cannot be opened; check that you may read it");
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] index_t bytes() const { return bytes_; }

  /// Throws ESP-264 where the file has become shorter or cannot be read.
  void read(index_t at, void* into, index_t bytes) {
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(static_cast<char*>(into), static_cast<std::streamsize>(bytes));
    if (!file_ || file_.gcount() != static_cast<std::streamsize>(bytes)) {
      refuse_file("ESP-264", path_,
                  "became shorter while it was read, or cannot be read at byte " + std::to_string(at) +
                      "; copy the file again");
    }
  }

 private:
  std::string path_;
  std::ifstream file_{};
  index_t bytes_ = 0;
};

/// Windows of a raw volume as `T`.
template <class T>
class raw_reader {
 public:
  /// `rounds`: whether values may become the nearest `T`.
  raw_reader(raw_file file, const raw_layout& layout, bool rounds)
      : file_(std::move(file)), layout_(layout), rounds_(rounds) {}

  [[nodiscard]] dims5 shape() const { return layout_.shape; }

  /// Throws ESP-264, and ESP-165 for a value that no `T` is.
  void read(index_t sample, index_t channel, const volume_window& window, T* to) {
    const npy_type& type = layout_.type;
    const bool same = type.kind == 'f' && type.bytes == int{sizeof(T)} && !layout_.scales();
    each_run(layout_.shape, sample, channel, window, [&](index_t first, index_t count) {
      if (same && type.order == std::endian::native) {
        file_.read(layout_.offset + first * type.bytes, to, count * type.bytes);
      } else {
        with_stored_type(type, [&](const auto& decode) { decode_run(decode, first, count, to); });
      }
      to += count;
    });
  }

 private:
  template <class Decode>
  void decode_run(const Decode& decode, index_t first, index_t count, T* to) {
    constexpr index_t chunk = index_t{64} << 10;
    bytes_.resize(static_cast<std::size_t>(chunk));
    const index_t each = layout_.type.bytes, most = chunk / each;
    for (index_t done = 0; done < count; done += most) {
      const index_t some = count - done < most ? count - done : most;
      file_.read(layout_.offset + (first + done) * each, bytes_.data(), some * each);
      for (index_t i = 0; i < some; ++i) {
        to[done + i] = value_of(decode(bytes_.data() + i * each), first + done + i);
      }
    }
  }
  template <class Stored>
  [[nodiscard]] T value_of(Stored stored, index_t number) const {
    bool exact = true, finite = true;
    T value;
    if (layout_.scales()) {
      const double scaled = layout_.slope * static_cast<double>(stored) + layout_.intercept;
      value = converted<T>(scaled, exact, finite);
    } else {
      value = converted<T>(stored, exact, finite);
    }
    if (finite && (exact || rounds_)) return value;
    refuse_file("ESP-165", file_.path(),
                "holds as value " + std::to_string(number) + " of " + layout_.type.name() + " the number " +
                    stored_text(stored) + ", which " + (std::is_same_v<T, double> ? "double" : "float") +
                    " does not have" + (layout_.scales() ? " when it is scaled; " : "; ") +
                    (finite ? "read it as double, or set allow_rounding" : "read it as double"));
  }

  template <class Stored>
  static std::string stored_text(Stored stored) {
    if constexpr (std::is_integral_v<Stored>) return std::to_string(stored);
    return number_text(static_cast<double>(stored));
  }

  raw_file file_;
  raw_layout layout_;
  bool rounds_;
  std::vector<std::byte> bytes_{};
};

/// The volume of a file whose header `layout(raw_file&)` reads.
template <class T, class Layout>
[[nodiscard]] raw_reader<T> open_raw(const std::filesystem::path& path, bool rounds, const Layout& layout) {
  raw_file file(path);
  const raw_layout found = layout(file);
  return {std::move(file), found, rounds};
}

/// Writes windows of a volume of `T` whose first voxel is at byte `offset`, in the byte order of the formats: little.
template <class T, class File>
void write_window(File& file, index_t offset, const dims5& shape, index_t sample, index_t channel,
                  const volume_window& window, const T* from) {
  each_run(shape, sample, channel, window, [&](index_t first, index_t count) {
    const std::span<const T> run(from, static_cast<std::size_t>(count));
    const index_t at = offset + first * index_t{sizeof(T)};
    if constexpr (std::endian::native == std::endian::little) {
      file.write_at(at, std::as_bytes(run));
    } else {
      std::vector<T> turned(run.begin(), run.end());
      little_endian(std::span(turned));
      file.write_at(at, std::as_bytes(std::span(turned)));
    }
    from += count;
  });
}

}  // namespace esp::inline ESPALIER_ABI::detail
