// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Volumes in .npy files, read and written in parts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/npy.hpp>
#include <espalier/io/npy_header.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <espalier/stream/partial_file.hpp>
#include <espalier/stream/raw_volume.hpp>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The volume that an array of this shape is: the axes that are missing are samples and channels, of which there is 1.
[[nodiscard]] inline dims5 volume_shape(const std::vector<index_t>& axes, const std::string& path) {
  if (axes.size() < 3 || axes.size() > 5) {
    refuse_file("ESP-265", path,
                "has " + std::to_string(axes.size()) +
                    " axes; a volume has the axes (D, H, W), (C, D, H, W) or (N, C, D, H, W)");
  }
  std::vector<index_t> all(5 - axes.size(), 1);
  all.insert(all.end(), axes.begin(), axes.end());
  return {all[0], all[1], all[2], all[3], all[4]};
}

/// What the header of a .npy file says of its volume.
template <class T>
[[nodiscard]] raw_layout npy_layout(raw_file& file, bool rounds) {
  const std::string& path = file.path();
  std::vector<std::byte> start(static_cast<std::size_t>(std::min(file.bytes(), npy_header_limit)));
  file.read(0, start.data(), std::ssize(start));
  const npy_header header = parse_npy_header(start, path);
  check_npy_values<T>(header, file.bytes() - header.data_offset, path,
                      {.max_bytes = std::numeric_limits<index_t>::max(), .allow_rounding = rounds});
  if (header.fortran && header.shape.size() > 1) {
    refuse_file(
        "ESP-265", path,
        "has its first axis fastest, so that no window of it lies together; save it by numpy.ascontiguousarray, or "
        "read it whole by read_npy");
  }
  const dims5 shape = volume_shape(header.shape, path);
  static_cast<void>(count_of(shape));
  return {shape, header.data_offset, header.type};
}

}  // namespace detail

/// A volume of a .npy file, of which `stream` reads parts: nothing of it is held but what a block needs.
///
/// The axes are (D, H, W), (C, D, H, W) or (N, C, D, H, W), the last one fastest. Values of any real type are read, in
/// either byte order; each must be a `T`, or becomes the nearest with `{.allow_rounding = true}` (`max_bytes` is not
/// asked). Trusts no number of the header. Throws ESP-150 to ESP-156 as `read_npy`, ESP-265 for other axes and for
/// Fortran's order; `read` throws ESP-165 for a value that no `T` is, ESP-264 for a file that became shorter.
/// Example: `esp::npy_source volume("volume.npy");`
template <class T = float>
class npy_source : public detail::raw_reader<T> {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "ESP-016: read_npy reads float or double; convert the file with numpy's astype");

 public:
  explicit npy_source(const std::filesystem::path& path, npy_options options = {})
      : detail::raw_reader<T>(detail::open_raw<T>(path, options.allow_rounding, [&](detail::raw_file& file) {
          return detail::npy_layout<T>(file, options.allow_rounding);
        })) {}
};

/// A .npy file that `stream` writes in parts, (N, C, D, H, W) and the last axis fastest.
///
/// Until it is finished the file of that name is what it was: a stream that ends early leaves no half of a result, and
/// what it wrote goes with the sink. `begin` throws ESP-163 for a folder or a file that cannot be written, and ESP-266,
/// with both numbers, where the disk has less room than the volume takes; `write` and `finish` throw ESP-163.
/// Example: `esp::stream(esp::npy_source("x.npy"), esp::npy_sink("y.npy"), conv);`
template <class T = float>
class npy_sink : public detail::partial_file<T> {
 public:
  explicit npy_sink(std::filesystem::path path) : path_(std::move(path)) {}

  void begin(const dims5& shape) {
    const std::string header =
        detail::npy_header_text(std::vector<index_t>{shape.n, shape.c, shape.d, shape.h, shape.w},
                                detail::count_of(shape), std::is_same_v<T, double>, path_.string());
    this->open(path_, header, shape);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace esp::inline ESPALIER_ABI
