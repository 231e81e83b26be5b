// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Volumes in NIfTI-1 files, read and written in parts.
///
/// Optional, as io/nifti.hpp: needs zlib. CMake: espalier::nifti.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/window.hpp>
#include <espalier/dims.hpp>
#include <espalier/io/archive_writer.hpp>
#include <espalier/io/nifti.hpp>
#include <espalier/io/nifti_header.hpp>
#include <espalier/io/npy_value.hpp>
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

/// The type of a NIfTI code that `nifti_voxel_bytes` knows.
[[nodiscard]] constexpr npy_type nifti_type(const nifti_header& header) {
  const int code = header.datatype;
  const char kind = code == 16 || code == 64                                  ? 'f'
                    : code == 2 || code == 512 || code == 768 || code == 1280 ? 'u'
                                                                              : 'i';
  return {kind, static_cast<int>(header.bytes_per_voxel), header.order};
}

/// The 352 bytes before the voxels: `count` volumes of float32 in millimetres, without an orientation.
[[nodiscard]] inline std::string nifti_header_text(const extents& size, index_t count,
                                                   const std::array<float, 3>& spacing) {
  std::string out(352, '\0');
  const auto put = [&]<int Bytes>(std::size_t at, std::integral_constant<int, Bytes>, std::uint64_t value) {
    std::string bytes;
    put_number<Bytes>(bytes, value);
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  };
  constexpr std::integral_constant<int, 2> two{};
  constexpr std::integral_constant<int, 4> four{};
  const auto number = [](float value) { return std::uint64_t{std::bit_cast<std::uint32_t>(value)}; };
  put(0, four, 348);
  const std::array<index_t, 8> dim{count > 1 ? 4 : 3, size.w, size.h, size.d, count, 1, 1, 1};
  for (std::size_t i = 0; i < 8; ++i) put(40 + 2 * i, two, static_cast<std::uint64_t>(dim[i]));
  put(70, two, 16);  // float32
  put(72, two, 32);
  const std::array<float, 5> pixdim{1, spacing[2], spacing[1], spacing[0], 1};
  for (std::size_t i = 0; i < 5; ++i) put(76 + 4 * i, four, number(pixdim[i]));
  put(108, four, number(352));
  put(112, four, number(1));
  out[123] = 2;  // millimetres
  out.replace(344, 3, "n+1");
  return out;
}

}  // namespace detail

/// A volume of a .nii file as floats, of which `stream` reads parts. The volumes of a file of several are its channels,
/// or one is chosen by `{.volume = 3}`; values are those of `read_nifti`.
///
/// A file that is compressed by gzip has no parts: it is read whole, `is_in_memory()` is then true, and its floats come
/// on top of the memory of the stream. Inflate it first where they do not fit. `max_bytes` bounds that alone. Throws as
/// `read_nifti`; `read` throws ESP-165 for a finite voxel beyond every float, ESP-264 for a file that became shorter.
/// Example: `esp::nifti_source brain("brain.nii");`
class nifti_source {
 public:
  explicit nifti_source(const std::filesystem::path& path, nifti_options options = {})
      : reader_(detail::open_raw<float>(path, true,
                                        [&](detail::raw_file& file) { return read_header(file, path, options); })) {}

  [[nodiscard]] dims5 shape() const { return reader_.shape(); }
  [[nodiscard]] bool is_in_memory() const { return !values_.empty(); }
  /// Distance of voxels along (d, h, w).
  [[nodiscard]] const std::array<float, 3>& spacing() const { return spacing_; }

  void read(index_t sample, index_t channel, const volume_window& window, float* to) {
    if (!is_in_memory()) return reader_.read(sample, channel, window, to);
    detail::each_run(shape(), sample, channel, window, [&](index_t first, index_t count) {
      to = std::copy_n(values_.begin() + static_cast<std::ptrdiff_t>(first), count, to);
    });
  }

 private:
  detail::raw_layout read_header(detail::raw_file& file, const std::filesystem::path& path, nifti_options options) {
    std::vector<std::byte> start(static_cast<std::size_t>(std::min(file.bytes(), detail::nifti_header_bytes)));
    file.read(0, start.data(), std::ssize(start));
    if (start.size() > 1 && start[0] == std::byte{0x1F} && start[1] == std::byte{0x8B}) {
      return read_compressed(path, options);
    }
    const detail::nifti_header header =
        detail::parse_nifti_header(start, file.path(), std::numeric_limits<index_t>::max());
    spacing_ = header.spacing;
    const bool all = options.volume == -1;
    const index_t first = all ? 0 : detail::chosen_volume(header, options.volume, file.path());
    const index_t count = all ? header.volumes : 1, end = header.offset_of(first + count);
    if (file.bytes() < end) detail::refuse_short(file.path(), end, std::to_string(file.bytes()));
    const dims5 shape{1, count, header.size.d, header.size.h, header.size.w};
    static_cast<void>(detail::count_of(shape));
    return {shape, header.offset_of(first), detail::nifti_type(header), header.slope, header.inter};
  }
  detail::raw_layout read_compressed(const std::filesystem::path& path, nifti_options options) {
    volume found = read_nifti(path, options);
    spacing_ = found.spacing;
    values_ = std::move(found.data);
    return {.shape = {1, 1, found.size.d, found.size.h, found.size.w}};
  }

  std::array<float, 3> spacing_{1, 1, 1};  // both before reader_, which is made with them
  std::vector<float> values_{};
  detail::raw_reader<float> reader_;
};

/// A .nii file of float32 that `stream` writes in parts, a volume for each channel. Of one sample; the header has the
/// spacing along (d, h, w) and no orientation. Until it is finished, and errors: as `npy_sink`; `begin` throws ESP-267
/// too, for what the header cannot say: several samples, more than 32767 voxels along an axis or as many channels.
/// Example: `esp::nifti_sink result("edges.nii", brain.spacing());`
class nifti_sink : public detail::partial_file<float> {
 public:
  explicit nifti_sink(std::filesystem::path path, const std::array<float, 3>& spacing = {1, 1, 1})
      : path_(std::move(path)), spacing_(spacing) {}

  void begin(const dims5& shape) {
    constexpr index_t most = std::numeric_limits<std::int16_t>::max();
    if (shape.n != 1 || std::max({shape.c, shape.d, shape.h, shape.w}) > most) {
      detail::refuse_path(
          "ESP-267", path_,
          "cannot hold a volume of shape " + to_string(shape) +
              ": NIfTI-1 counts one sample and 32767 channels and voxels along an axis; write a .npy file");
    }
    this->open(path_, detail::nifti_header_text({shape.d, shape.h, shape.w}, shape.c, spacing_), shape);
  }

 private:
  std::filesystem::path path_;
  std::array<float, 3> spacing_;
};

}  // namespace esp::inline ESPALIER_ABI
