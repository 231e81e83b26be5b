// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A magnetic resonance image as a tensor, and its planes as slices.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/io/nifti.hpp>
#include <espalier/tensor/xtensor.hpp>
#include <filesystem>
#include <source_location>
#include <vector>

#include "montage.hpp"

namespace support {

using tensor = xt::xtensor<float, 5>;

/// The small volume that ships with the project: the same numbers on every machine.
inline std::filesystem::path shipped_volume() {
  const auto here = std::filesystem::path(std::source_location::current().file_name()).parent_path();
  return here.parent_path() / "demo" / "data" / "ch2_crop.nii.gz";
}

/// The volume as (1, 1, depth, height, width), scaled so that its brightest voxel is 1.
inline tensor load(const std::filesystem::path& path) {
  const auto read = esp::read_nifti(path);
  const auto extent = [](esp::index_t size) { return static_cast<std::size_t>(size); };
  tensor image = tensor::from_shape({1, 1, extent(read.size.d), extent(read.size.h), extent(read.size.w)});
  const float brightest = *std::max_element(read.data.begin(), read.data.end());
  std::transform(read.data.begin(), read.data.end(), image.data(),
                 [&](float voxel) { return brightest > 0 ? voxel / brightest : voxel; });
  return image;
}

/// A box of the volume.
inline tensor cut(const tensor& volume, std::array<std::size_t, 3> corner, std::array<std::size_t, 3> extent) {
  tensor out = tensor::from_shape({1, 1, extent[0], extent[1], extent[2]});
  float* row = out.data();
  for (std::size_t d = 0; d < extent[0]; ++d) {
    for (std::size_t h = 0; h < extent[1]; ++h, row += extent[2]) {
      std::copy_n(&volume(0, 0, corner[0] + d, corner[1] + h, corner[2]), extent[2], row);
    }
  }
  return out;
}

/// Puts a box into the volume.
inline void paste(const tensor& box, tensor& volume, std::array<std::size_t, 3> corner) {
  const float* row = box.data();
  for (std::size_t d = 0; d < box.shape()[2]; ++d) {
    for (std::size_t h = 0; h < box.shape()[3]; ++h, row += box.shape()[4]) {
      std::copy_n(row, box.shape()[4], &volume(0, 0, corner[0] + d, corner[1] + h, corner[2]));
    }
  }
}

/// Channel 0 at one depth.
inline slice plane(const tensor& volume, std::size_t depth) {
  const std::size_t height = volume.shape()[3];
  const std::size_t width = volume.shape()[4];
  const float* const begin = volume.data() + depth * height * width;
  return {height, width, std::vector<float>(begin, begin + height * width)};
}

}  // namespace support
