// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads a volume of a NIfTI-1 file as floats.
///
/// Optional: needs zlib, and is not part of the umbrella header. CMake: espalier::nifti.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <espalier/config.hpp>
#include <espalier/io/memory.hpp>
#include <espalier/io/nifti_header.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

namespace esp::inline ESPALIER_ABI {

/// A scalar volume in memory: `data[(d * size.h + h) * size.w + w]`, where w is NIfTI's x and d its z.
struct volume {
  extents size{};                  ///< voxels along (d, h, w)
  std::array<float, 3> spacing{};  ///< distance of voxels along (d, h, w), in the file's unit, usually millimetres
  std::vector<float> data{};       ///< size.volume() voxels, scaled by the file's slope and intercept
};

/// Options of `read_nifti`.
struct nifti_options {
  /// Bytes of the returned floats above which a file is refused: nothing else of its size is allocated.
  index_t max_bytes = index_t{4} << 30;
  /// Which volume of a file of several is meant, from 0, the fourth dimension fastest. -1: the only one.
  index_t volume = -1;
};

namespace detail {

struct gz_closer {
  void operator()(gzFile_s* file) const noexcept { gzclose(file); }
};
using gz_handle = std::unique_ptr<gzFile_s, gz_closer>;

// Two inflated windows of zlib; larger chunks were not faster. A multiple of every voxel's size.
inline constexpr index_t gz_chunk = index_t{64} << 10;

/// The bytes of a file, inflated where it is compressed.
class nifti_bytes {
 public:
  explicit nifti_bytes(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) refuse_file("ESP-121", path_, "cannot be opened; check that you may read it");
  }

  /// Reads up to `into.size()` bytes; fewer at the end of the file or where a gzip stream breaks off.
  [[nodiscard]] index_t read(std::span<std::byte> into) {
    index_t done = 0;
    while (done < std::ssize(into)) {
      const auto want = std::min(std::ssize(into) - done, gz_chunk);
      const int got = gzread(file_.get(), into.data() + done, static_cast<unsigned>(want));
      if (got < 0) refuse_damaged();
      if (got == 0) break;
      done += got;
    }
    at_ += done;
    return done;
  }

  /// Goes on to byte `where`, by leaping in a plain file. @pre `where` is not before what was read
  void go_to(index_t where) {
    if (!compressed() && where <= static_cast<index_t>(std::numeric_limits<z_off_t>::max())) {
      if (gzseek(file_.get(), static_cast<z_off_t>(where), SEEK_SET) < 0) refuse_damaged();
      at_ = where;
      return;
    }
    std::vector<std::byte> drop(static_cast<std::size_t>(std::min(where - at_, gz_chunk)));
    while (at_ < where) {
      const auto want = static_cast<std::size_t>(std::min(where - at_, gz_chunk));
      if (read(std::span(drop).first(want)) == 0) break;
    }
  }
  [[nodiscard]] index_t at() const { return at_; }
  /// Known once something was read.
  [[nodiscard]] bool compressed() const { return gzdirect(file_.get()) == 0; }

  /// One byte beyond what is read, zlib compares the checksum of a stream that ends there, or misses it.
  void require_sum() {
    std::array<std::byte, 1> byte{};
    int state = Z_OK;
    if (read(byte) == 0) gzerror(file_.get(), &state);
    if (state != Z_OK && state != Z_STREAM_END) refuse_damaged();
  }

 private:
  [[noreturn]] void refuse_damaged() const {
    refuse_file("ESP-132", path_, "is damaged: its gzip stream does not inflate; copy or create the file again");
  }

  const std::string& path_;
  gz_handle file_;
  index_t at_ = 0;
};

inline void require_nifti_file(const std::filesystem::path& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) refuse_path("ESP-121", path, "cannot be found; check the path");
  if (!std::filesystem::is_regular_file(status)) {
    refuse_path("ESP-121", path, "is not a regular file; give the path of a .nii or .nii.gz file");
  }
}

/// The volume that is meant. Throws ESP-134 where that is not said, or where there is no such volume.
[[nodiscard]] inline index_t chosen_volume(const nifti_header& header, index_t wanted, const std::string& path) {
  const std::string count = std::to_string(header.volumes);
  if (wanted == -1 && header.volumes > 1) {
    refuse_file("ESP-134", path,
                "has " + count + " volumes; say which is meant with nifti_options{.volume = 0} to " +
                    std::to_string(header.volumes - 1));
  }
  if (wanted < -1 || wanted >= header.volumes) {
    refuse_file("ESP-134", path, "has no volume " + std::to_string(wanted) + "; it has " + count + ", counted from 0");
  }
  return wanted == -1 ? 0 : wanted;
}

[[noreturn]] inline void refuse_short(const std::string& path, index_t needed, const std::string& found) {
  refuse_file("ESP-132", path,
              "is cut off: by its header the volume ends at byte " + std::to_string(needed) + ", but it has " + found +
                  "; copy or create the file again");
}

/// Refuses, before memory is taken, what the file is too short for. Deflate makes at most 1032 bytes of one.
inline void require_length(const nifti_bytes& file, const std::filesystem::path& path, index_t needed) {
  std::error_code problem;
  const auto found = std::filesystem::file_size(path, problem);
  if (problem) refuse_path("ESP-121", path, "cannot be read (" + problem.message() + ")");
  const auto on_disk = static_cast<index_t>(found);
  if (!file.compressed() && on_disk < needed) refuse_short(path.string(), needed, std::to_string(on_disk));
  if (file.compressed() && on_disk < needed / 1032) {
    refuse_short(path.string(), needed, "only " + std::to_string(on_disk) + " compressed ones");
  }
}

/// The float nearest to `slope * voxel + inter`; where a finite voxel gives none, infinity.
template <class Voxel>
[[nodiscard]] float scaled_voxel(Voxel voxel, const nifti_header& header) {
  if (header.slope == 1 && header.inter == 0 && sizeof(Voxel) < sizeof(double)) return static_cast<float>(voxel);
  const double value = header.slope * static_cast<double>(voxel) + header.inter;
  // From halfway between the largest float and what would follow it.
  if (value >= 0x1.ffffffp127) return HUGE_VALF;
  return value <= -0x1.ffffffp127 ? -HUGE_VALF : static_cast<float>(value);
}

/// Decodes and scales the voxels of one volume, whose last byte is before `end`, chunk by chunk: nothing of the file's
/// size is held but the floats.
template <class Voxel>
void read_voxels(nifti_bytes& file, const nifti_header& header, index_t end, const std::string& path,
                 std::span<float> out) {
  std::vector<std::byte> chunk(static_cast<std::size_t>(gz_chunk));
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t count = std::min(out.size() - done, chunk.size() / sizeof(Voxel));
    const auto bytes = std::span(chunk).first(count * sizeof(Voxel));
    if (file.read(bytes) < std::ssize(bytes)) refuse_short(path, end, std::to_string(file.at()));
    for (std::size_t i = 0; i < count; ++i) {
      const Voxel voxel = number_at<Voxel>(bytes, i * sizeof(Voxel), header.order);
      const float value = scaled_voxel(voxel, header);
      out[done + i] = value;
      if (!std::isinf(value) || std::isinf(static_cast<double>(voxel))) continue;
      refuse_file("ESP-136", path,
                  "holds as voxel " + std::to_string(done + i) + " of the volume " + std::to_string(voxel) +
                      ", which scaled by " + std::to_string(header.slope) + " and " + std::to_string(header.inter) +
                      " is beyond every float; save the image with a smaller scale");
    }
    done += count;
  }
}

inline void read_voxels(nifti_bytes& file, const nifti_header& header, index_t end, const std::string& path,
                        std::span<float> out) {
  switch (header.datatype) {
    case 2:
      return read_voxels<std::uint8_t>(file, header, end, path, out);
    case 4:
      return read_voxels<std::int16_t>(file, header, end, path, out);
    case 8:
      return read_voxels<std::int32_t>(file, header, end, path, out);
    case 16:
      return read_voxels<float>(file, header, end, path, out);
    case 256:
      return read_voxels<std::int8_t>(file, header, end, path, out);
    case 512:
      return read_voxels<std::uint16_t>(file, header, end, path, out);
    case 768:
      return read_voxels<std::uint32_t>(file, header, end, path, out);
    case 1024:
      return read_voxels<std::int64_t>(file, header, end, path, out);
    case 1280:
      return read_voxels<std::uint64_t>(file, header, end, path, out);
    default:
      return read_voxels<double>(file, header, end, path, out);
  }
}

}  // namespace detail

/// A 3-D volume of the NIfTI-1 file `path`, plain or compressed by gzip, as floats in (D, H, W) order.
///
/// `data[(d * size.h + h) * size.w + w] = slope * voxel(x = w, y = h, z = d) + inter` to the nearest float; a file
/// without a slope, or with one that is no number, is taken as it is. Voxels that are NaN or infinite stay so. A file
/// of several volumes is read where `options.volume` says which; extensions and what follows the volume are passed
/// over. Throws `esp::error`: ESP-121 no readable regular file; ESP-123 to ESP-130 see `parse_nifti_header`; ESP-132
/// cut off before the end of the volume, or damaged; ESP-134 several volumes and none chosen, or no such volume;
/// ESP-135 the floats find no memory; ESP-136 a finite voxel beyond every float. Cost: one pass over the file up to the
/// volume's end, without the part before it where the file is plain; memory for the floats and 64 KiB. Example:
/// examples/demo/demo.cpp
[[nodiscard]] inline volume read_nifti(const std::filesystem::path& path, nifti_options options = {}) {
  detail::require_nifti_file(path);
  const std::string name = path.string();
  detail::nifti_bytes file(name);
  std::array<std::byte, static_cast<std::size_t>(detail::nifti_header_bytes)> first{};
  const auto got = static_cast<std::size_t>(file.read(first));
  const detail::nifti_header header = detail::parse_nifti_header(std::span(first).first(got), name, options.max_bytes);
  const index_t chosen = detail::chosen_volume(header, options.volume, name);
  const index_t end = header.offset_of(chosen + 1);
  detail::require_length(file, path, end);
  file.go_to(header.offset_of(chosen));
  volume out{header.size, header.spacing, {}};
  out.data = detail::values_for<float>(header.size.volume(), "ESP-135", name, options.max_bytes);
  detail::read_voxels(file, header, end, name, out.data);
  file.require_sum();
  return out;
}

}  // namespace esp::inline ESPALIER_ABI
