// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reads the first volume of a NIfTI-1 file as floats, through libnifti, after checking the file without it.
///
/// Optional: needs libnifti (niftiio, znz) and zlib, and is not part of the umbrella header. CMake: espalier::nifti.
#pragma once

#include <nifti1_io.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/io/nifti_header.hpp>
#include <espalier/shape.hpp>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
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
  /// Bytes of the decompressed file, and bytes of the returned floats, above which a file is refused.
  index_t max_bytes = index_t{4} << 30;
};

namespace detail {

struct nifti_image_deleter {
  void operator()(nifti_image* image) const noexcept { nifti_image_free(image); }
};
using nifti_image_handle = std::unique_ptr<nifti_image, nifti_image_deleter>;

struct gz_closer {
  void operator()(gzFile_s* file) const noexcept { gzclose(file); }
};
using gz_handle = std::unique_ptr<gzFile_s, gz_closer>;

// Two inflated windows of zlib; larger chunks were not faster.
inline constexpr index_t gz_chunk = index_t{64} << 10;

[[noreturn]] inline void refuse_damaged(const std::string& path) {
  refuse_file("ESP-132", path, "is damaged: its gzip stream does not inflate; copy or create the file again");
}

/// Reads up to `into.size()` bytes; fewer at the end of the file or where a gzip stream breaks off.
[[nodiscard]] inline index_t read_some(gzFile_s* file, std::span<std::byte> into, const std::string& path) {
  index_t done = 0;
  while (done < std::ssize(into)) {
    const auto want = std::min(std::ssize(into) - done, gz_chunk);
    const int got = gzread(file, into.data() + done, static_cast<unsigned>(want));
    if (got < 0) refuse_damaged(path);
    if (got == 0) break;
    done += got;
  }
  return done;
}

/// Reads and drops up to `count` bytes; returns how many there were.
[[nodiscard]] inline index_t skip_some(gzFile_s* file, index_t count, const std::string& path) {
  std::vector<std::byte> drop(static_cast<std::size_t>(std::min(count, gz_chunk)));
  index_t done = 0;
  while (done < count) {
    const auto want = static_cast<std::size_t>(std::min(count - done, gz_chunk));
    const index_t got = read_some(file, std::span(drop).first(want), path);
    if (got == 0) break;
    done += got;
  }
  return done;
}

[[noreturn]] inline void refuse_short(const std::string& path, const nifti_header& header, index_t found) {
  refuse_file("ESP-132", path,
              "is cut off: its header declares " + std::to_string(header.file_bytes()) + " bytes, but it has " +
                  std::to_string(found) + "; copy or create the file again");
}

/// The size of `path` when it is a regular file with a name that libnifti takes for a single file.
[[nodiscard]] inline index_t check_nifti_path(const std::filesystem::path& path) {
  std::error_code problem;
  const auto status = std::filesystem::status(path, problem);
  if (!std::filesystem::exists(status)) {
    refuse_file("ESP-121", path.string(), "cannot be found; check the path");
  }
  if (!std::filesystem::is_regular_file(status)) {
    refuse_file("ESP-121", path.string(), "is not a regular file; give the path of a .nii or .nii.gz file");
  }
  const std::string name = path.filename().string();
  if (!name.ends_with(".nii") && !name.ends_with(".nii.gz")) {
    refuse_file("ESP-122", path.string(), "does not end in .nii or .nii.gz; rename it if it is a NIfTI-1 file");
  }
  const auto size = std::filesystem::file_size(path, problem);
  if (problem) refuse_file("ESP-121", path.string(), "cannot be read (" + problem.message() + ")");
  return static_cast<index_t>(size);
}

/// Walks the extensions, so that libnifti follows no size which leaves their room.
[[nodiscard]] inline index_t check_nifti_extensions(gzFile_s* file, const nifti_header& header,
                                                    const std::string& path) {
  // libnifti copies the whole list for each extension it adds: a million of them would take hours.
  constexpr int most = 1000;
  index_t at = nifti_header_bytes;
  for (int count = 0; header.extended && at + 16 <= header.data_offset; ++count) {
    if (count == most) {
      refuse_file("ESP-131", path, "has more than " + std::to_string(most) + " extensions; remove those you can");
    }
    std::array<std::byte, 8> entry{};
    const index_t got = read_some(file, entry, path);
    if (got < std::ssize(entry)) refuse_short(path, header, at + got);
    const index_t next = next_nifti_extension(header, at, entry, path);
    const index_t body = next - at - std::ssize(entry);
    const index_t skipped = skip_some(file, body, path);
    if (skipped < body) refuse_short(path, header, at + got + skipped);
    at = next;
  }
  return at;
}

/// Everything that is known before libnifti sees the file.
[[nodiscard]] inline nifti_header check_nifti_file(const std::filesystem::path& where, index_t max_bytes) {
  const index_t on_disk = check_nifti_path(where);
  const std::string path = where.string();
  const gz_handle file(gzopen(path.c_str(), "rb"));
  if (!file) refuse_file("ESP-121", path, "cannot be opened; check that you may read it");

  std::array<std::byte, static_cast<std::size_t>(nifti_header_bytes)> first{};
  const index_t got = read_some(file.get(), first, path);
  // zlib hands uncompressed bytes through, as libnifti does; under the name .nii libnifti does not inflate.
  const bool compressed = gzdirect(file.get()) == 0;
  if (compressed && path.ends_with(".nii")) {
    refuse_file("ESP-124", path, "is a gzip file under the name .nii; rename it to .nii.gz");
  }
  const auto header = parse_nifti_header(std::span(first).first(static_cast<std::size_t>(got)), path, max_bytes);
  if (!compressed && on_disk < header.file_bytes()) refuse_short(path, header, on_disk);

  const index_t at = check_nifti_extensions(file.get(), header, path);
  if (compressed) {
    // A gzip file does not say how long it is. Inflating stops at the declared size, so a bomb costs no more than that;
    // one byte further zlib compares the checksum, or misses it, of a stream that ends there.
    const index_t rest = header.file_bytes() - at;
    const index_t skipped = skip_some(file.get(), rest, path);
    if (skipped < rest) refuse_short(path, header, at + skipped);
    int state = Z_OK;
    if (skip_some(file.get(), 1, path) == 0) gzerror(file.get(), &state);
    if (state != Z_OK) refuse_damaged(path);
  }
  return header;
}

[[nodiscard]] inline bool same_numbers(const nifti_image& image, const nifti_header& header, const std::string& path) {
  const auto volumes = index_t{image.nt} * image.nu * image.nv * image.nw;
  const bool native = image.byteorder == nifti_short_order();
  return image.nx == header.size.w && image.ny == header.size.h && image.nz == header.size.d &&
         volumes == header.volumes && static_cast<index_t>(image.nvox) == header.size.volume() * header.volumes &&
         image.nbyper == header.bytes_per_voxel && image.datatype == header.datatype &&
         static_cast<index_t>(image.iname_offset) == header.data_offset &&
         native == (header.order == std::endian::native) && image.iname != nullptr && path == image.iname;
}

/// `slope * voxel + inter` for the first `out.size()` voxels of type `Voxel`.
template <class Voxel>
void scale_voxels(const void* from, double slope, double inter, std::span<float> out) {
  const auto* voxels = static_cast<const Voxel*>(from);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<float>(slope * static_cast<double>(voxels[i]) + inter);
  }
}

inline void voxels_to_floats(const nifti_header& header, const void* from, std::span<float> out) {
  const auto as = [&]<class Voxel>(std::type_identity<Voxel>) {
    scale_voxels<Voxel>(from, header.slope, header.inter, out);
  };
  switch (header.datatype) {
    case DT_UINT8:
      return as(std::type_identity<std::uint8_t>{});
    case DT_INT8:
      return as(std::type_identity<std::int8_t>{});
    case DT_INT16:
      return as(std::type_identity<std::int16_t>{});
    case DT_UINT16:
      return as(std::type_identity<std::uint16_t>{});
    case DT_INT32:
      return as(std::type_identity<std::int32_t>{});
    case DT_UINT32:
      return as(std::type_identity<std::uint32_t>{});
    case DT_FLOAT32:
      return as(std::type_identity<float>{});
    default:
      return as(std::type_identity<double>{});
  }
}

}  // namespace detail

/// The first 3-D volume of the NIfTI-1 file `path` (.nii or .nii.gz), as floats in (D, H, W) order.
///
/// `data[(d * size.h + h) * size.w + w] = slope * voxel(x = w, y = h, z = d) + inter`; a file without slope is taken as
/// it is. Stored voxels that are not finite become 0, which is libnifti's rule.
/// Throws `esp::error` before anything is allocated for voxels: ESP-121 no readable regular file; ESP-122 another name
/// than .nii or .nii.gz; ESP-123 to ESP-130 see `parse_nifti_header`; ESP-131 extensions; ESP-132 cut off or damaged;
/// and ESP-133 when libnifti then fails or reads other numbers than the check did, as when the file changes meanwhile.
/// Cost: one pass over the file, two when it is compressed; memory for all its voxels and for the floats.
/// Example: examples/demo/demo.cpp
[[nodiscard]] inline volume read_nifti(const std::filesystem::path& path, nifti_options options = {}) {
  const auto header = detail::check_nifti_file(path, options.max_bytes);
  const std::string name = path.string();
  const detail::nifti_image_handle image(nifti_image_read(name.c_str(), 0));
  if (!image || !detail::same_numbers(*image, header, name)) {
    detail::refuse_file("ESP-133", name,
                        "reads differently in libnifti than in the check before it; make sure that nothing writes to "
                        "the file and read it again");
  }
  if (nifti_image_load(image.get()) != 0) {
    detail::refuse_file("ESP-133", name,
                        "could not be loaded by libnifti, which needs " + std::to_string(header.data_bytes()) +
                            " bytes of memory for it; make sure that they are free and read it again");
  }
  volume out{header.size, header.spacing, {}};
  out.data.resize(static_cast<std::size_t>(header.size.volume()));
  detail::voxels_to_floats(header, image->data, out.data);
  return out;
}

}  // namespace esp::inline ESPALIER_ABI
