// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The check of a NIfTI-1 header: every number a reader will rely on, decided from the bytes alone.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/io/sentence.hpp>
#include <espalier/shape.hpp>
#include <span>
#include <string>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Bytes of a NIfTI-1 header with the four bytes that announce extensions.
inline constexpr index_t nifti_header_bytes = 352;

/// What a checked header says; each value has passed the rules of `parse_nifti_header`.
struct nifti_header {
  extents size{};                           ///< of one volume: dim[3], dim[2], dim[1]
  std::array<float, 3> spacing{};           ///< distance of voxels on each axis (d, h, w), never 0 or negative
  index_t volumes = 1;                      ///< dim[4] * ... * dim[7]
  int datatype = 0;                         ///< NIfTI code: 2 uint8, 4 int16, 8 int32, 16 float32, 64 float64, ...
  index_t bytes_per_voxel = 0;              ///< 1, 2, 4 or 8
  index_t data_offset = 0;                  ///< vox_offset: bytes before the first voxel
  double slope = 1;                         ///< value = slope * voxel + inter
  double inter = 0;                         ///< 0 where the file scales nothing
  std::endian order = std::endian::native;  ///< of the file's numbers

  /// Bytes of one volume in the file.
  [[nodiscard]] constexpr index_t volume_bytes() const { return size.volume() * bytes_per_voxel; }
  /// Where the volume number `volume` starts in the file, after decompression.
  [[nodiscard]] constexpr index_t offset_of(index_t volume) const { return data_offset + volume * volume_bytes(); }
};

/// The number of type `T` at byte `offset`.
template <class T>
[[nodiscard]] T number_at(std::span<const std::byte> bytes, std::size_t offset, std::endian order) {
  std::array<std::byte, sizeof(T)> raw{};
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    raw[i] = bytes[offset + (order == std::endian::native ? i : sizeof(T) - 1 - i)];
  }
  return std::bit_cast<T>(raw);
}

/// Bytes a voxel of a datatype that can become a float, or 0.
[[nodiscard]] constexpr index_t nifti_voxel_bytes(int datatype) {
  switch (datatype) {
    case 2:    // uint8
    case 256:  // int8
      return 1;
    case 4:    // int16
    case 512:  // uint16
      return 2;
    case 8:    // int32
    case 16:   // float32
    case 768:  // uint32
      return 4;
    case 64:    // float64
    case 1024:  // int64
    case 1280:  // uint64
      return 8;
    default:
      return 0;
  }
}

[[nodiscard]] inline std::endian nifti_byte_order(std::span<const std::byte> bytes, std::string_view path) {
  for (const auto order : {std::endian::little, std::endian::big}) {
    const auto size = number_at<std::int32_t>(bytes, 0, order);
    if (size == 348) return order;
    if (size == 540) {
      refuse_file("ESP-124", path,
                  "is a NIfTI-2 file (header of 540 bytes), of which there is no reader here; convert it to NIfTI-1, "
                  "e.g. with nifti_tool or nibabel");
    }
  }
  refuse_file("ESP-124", path,
              "does not start with the NIfTI-1 header size 348 but with " +
                  std::to_string(number_at<std::int32_t>(bytes, 0, std::endian::little)) +
                  "; check that it is a NIfTI file, plain or compressed by gzip");
}

inline void check_nifti_magic(std::span<const std::byte> bytes, std::string_view path) {
  const auto* text = reinterpret_cast<const char*>(bytes.data()) + 344;
  const std::string_view magic(text, 4);
  if (magic == std::string_view("n+1\0", 4)) return;
  if (magic == std::string_view("ni1\0", 4)) {
    refuse_file("ESP-125", path,
                "is the header of a .hdr/.img pair (magic ni1); convert the pair to a single .nii file");
  }
  refuse_file("ESP-125", path, "has no NIfTI-1 magic 'n+1' at byte 344; check that it is a NIfTI-1 single file");
}

/// dim[0] to dim[7], with 1 for the axes that the file does not use: those behind dim[0], whatever they say, and those
/// that have 0 where a volume has its place in a row of volumes.
[[nodiscard]] inline std::array<index_t, 8> nifti_dimensions(std::span<const std::byte> bytes, std::endian order,
                                                             std::string_view path) {
  std::array<index_t, 8> dim{};
  dim.fill(1);
  dim[0] = number_at<std::int16_t>(bytes, 40, order);
  if (dim[0] < 1 || dim[0] > 7) {
    refuse_file(
        "ESP-126", path,
        "declares " + std::to_string(dim[0]) + " dimensions; a NIfTI-1 file has 1 to 7, so its header is corrupt");
  }
  for (std::size_t axis = 1; axis <= static_cast<std::size_t>(dim[0]); ++axis) {
    dim[axis] = number_at<std::int16_t>(bytes, 40 + 2 * axis, order);
    if (dim[axis] == 0 && axis >= 4) dim[axis] = 1;
    if (dim[axis] < 1) {
      refuse_file("ESP-126", path,
                  "declares dim[" + std::to_string(axis) + "] = " + std::to_string(dim[axis]) +
                      "; each used dimension is at least 1, so its header is corrupt");
    }
  }
  return dim;
}

/// Sets the datatype and its size; what bitpix says is another account of the same and is not asked.
inline void read_nifti_voxel_type(nifti_header& out, std::span<const std::byte> bytes, std::string_view path) {
  out.datatype = number_at<std::int16_t>(bytes, 70, out.order);
  out.bytes_per_voxel = nifti_voxel_bytes(out.datatype);
  if (out.bytes_per_voxel > 0) return;
  const char* const name = out.datatype == 1                                                    ? " (single bits)"
                           : out.datatype == 32 || out.datatype == 1792 || out.datatype == 2048 ? " (complex numbers)"
                           : out.datatype == 128 || out.datatype == 2304                        ? " (colours)"
                           : out.datatype == 1536                                               ? " (float128)"
                                                                                                : "";
  refuse_file("ESP-128", path,
              "stores voxels of datatype " + std::to_string(out.datatype) + name +
                  "; convert it to an integer of 8 to 64 bits, float32 or float64");
}

[[nodiscard]] inline index_t nifti_data_offset(std::span<const std::byte> bytes, std::endian order,
                                               std::string_view path) {
  const auto offset = number_at<float>(bytes, 108, order);
  if (offset == 0) return nifti_header_bytes;  // unset: the voxels follow the header
  // A float counts in steps of more than one from 2^24 on, which is as far as any extension reaches in practice.
  if (!std::isfinite(offset) || offset < 352.0F || offset >= 0x1p53F || std::trunc(offset) != offset) {
    refuse_file("ESP-129", path,
                "says its voxels start at byte " + std::to_string(offset) +
                    "; vox_offset is 0 or a whole number from 352 on, so its header is corrupt");
  }
  return static_cast<index_t>(offset);
}

/// Compares the volume as floats with the limit, and the whole file with what 63 bits count.
inline void check_nifti_size(const nifti_header& header, const std::array<index_t, 8>& dim, index_t max_bytes,
                             std::string_view path) {
  // Divide instead of multiplying: five dimensions of 32767 pass 2^64.
  const auto fits = [](std::span<const index_t> factors, index_t room) {
    for (const index_t factor : factors) room /= factor;
    return room >= 1;
  };
  const auto all = std::span(dim).subspan(1);
  const bool one = fits(all.first(3), max_bytes / index_t{sizeof(float)});
  if (one && fits(all, ((index_t{1} << 62) - header.data_offset) / header.bytes_per_voxel)) return;
  std::string text;
  for (const index_t extent : all.first(static_cast<std::size_t>(dim[0]))) {
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  }
  refuse_file("ESP-127", path,
              "declares " + text + " voxels, " +
                  (one ? "more bytes than 63 bits count; its header is corrupt"
                       : "and one volume as floats is more than the limit of " + std::to_string(max_bytes) +
                             " bytes; raise max_bytes if it is meant to be that large"));
}

inline void read_nifti_scales(nifti_header& out, std::span<const std::byte> bytes, std::string_view path) {
  for (std::size_t axis = 1; axis <= 3; ++axis) {
    // As libnifti has it: an axis without a spacing, which is 0 or no number, has spacing 1.
    const auto step = number_at<float>(bytes, 76 + 4 * axis, out.order);
    out.spacing[3 - axis] = step == 0.0F || !std::isfinite(step) ? 1.0F : std::abs(step);
  }
  // A slope of 0 is the standard's way of saying "not scaled", one that is no number that of many writers.
  const auto slope = number_at<float>(bytes, 112, out.order);
  if (slope == 0.0F || !std::isfinite(slope)) return;
  const auto inter = number_at<float>(bytes, 116, out.order);
  if (!std::isfinite(inter)) {
    refuse_file("ESP-130", path,
                "scales voxels by the slope " + std::to_string(slope) + " and the intercept " + std::to_string(inter) +
                    ", which leaves no value; its header is corrupt");
  }
  out.slope = static_cast<double>(slope);
  out.inter = static_cast<double>(inter);
}

/// Checks the first `nifti_header_bytes` bytes of a single NIfTI-1 file and returns what they say.
///
/// Judged is what a volume's values depend on, and nothing else: bits a voxel, orientation, text and unused dimensions
/// may say what they like. @pre `bytes` are the file's first bytes after decompression; `path` is used in messages only
/// @post `data_offset >= 352`, `4 * size.volume()` is positive and at most `max_bytes`, and `offset_of(volumes)` is at
///       most 2^62
/// Throws `esp::error`: ESP-123 fewer bytes than a header; ESP-124 not NIfTI-1 (NIfTI-2 included); ESP-125 not a single
/// file; ESP-126 dimensions outside their range; ESP-127 more bytes than `max_bytes`; ESP-128 a datatype without a
/// float; ESP-129 vox_offset; ESP-130 a slope without an intercept.
/// Cost: none worth naming; reads no file.
[[nodiscard]] inline nifti_header parse_nifti_header(std::span<const std::byte> bytes, std::string_view path,
                                                     index_t max_bytes) {
  if (static_cast<index_t>(bytes.size()) < nifti_header_bytes) {
    refuse_file("ESP-123", path,
                "ends after " + std::to_string(bytes.size()) +
                    " bytes, inside the 352 of a NIfTI-1 header; the file is cut off, copy it again");
  }
  nifti_header out;
  out.order = nifti_byte_order(bytes, path);
  check_nifti_magic(bytes, path);
  const auto dim = nifti_dimensions(bytes, out.order, path);
  out.size = extents(dim[3], dim[2], dim[1]);
  read_nifti_voxel_type(out, bytes, path);
  out.data_offset = nifti_data_offset(bytes, out.order, path);
  check_nifti_size(out, dim, max_bytes, path);
  out.volumes = dim[4] * dim[5] * dim[6] * dim[7];
  read_nifti_scales(out, bytes, path);
  return out;
}

}  // namespace esp::inline ESPALIER_ABI::detail
