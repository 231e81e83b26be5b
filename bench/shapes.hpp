// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The shapes that are timed: fixed before anything was measured, so that none could be chosen for its figures.
///
/// bench/CMakeLists.txt reads the names from the lines that start with `{"`: one shape, one line, one translation unit.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/geometry.hpp>
#include <espalier/shape.hpp>
#include <stdexcept>
#include <string_view>

namespace bench {

struct shape {
  std::string_view name;
  std::string_view text;  ///< Where such a layer occurs.
  esp::conv3d config;
  esp::dims5 input;
};

/// `in` to `out` channels, everything else as given: what the lines below need and no more.
constexpr esp::conv3d layer(esp::index_t in, esp::index_t out, esp::extents kernel, esp::padding padding,
                            esp::extents stride = 1, esp::extents dilation = 1, esp::index_t groups = 1) {
  return {.in_channels = in,
          .out_channels = out,
          .kernel_size = kernel,
          .stride = stride,
          .dilation = dilation,
          .padding = padding,
          .groups = groups};
}

// clang-format off
inline constexpr auto shapes = std::to_array<shape>({
    // The five examples.
    {"S1", "few channels", layer(4, 8, 3, 1), {2, 4, 16, 32, 32}},
    {"S2", "few channels", layer(3, 6, 3, 1), {1, 3, 8, 64, 64}},
    {"S3", "few channels, small volume", layer(6, 6, 3, 1), {2, 6, 6, 24, 24}},
    {"S4", "one channel, 5^3", layer(1, 4, 5, 2), {1, 1, 10, 20, 20}},
    {"S5", "two channels a group", layer(8, 8, 3, 1, 1, 1, 4), {2, 8, 8, 16, 16}},
    // Layers of networks, and stencils.
    {"M1", "U-Net, first", layer(4, 32, 3, 1), {1, 4, 64, 64, 64}},
    {"M2", "U-Net, middle", layer(64, 64, 3, 1), {1, 64, 32, 32, 32}},
    {"M3", "nnU-Net, down", layer(32, 64, 3, 1, 2), {1, 32, 64, 64, 64}},
    {"M4", "nnU-Net, bottom", layer(320, 320, 3, 1), {1, 320, 4, 4, 4}},
    {"M5", "head, 1^3", layer(32, 3, 1, 0), {1, 32, 64, 64, 64}},
    {"M6", "V-Net, 5^3", layer(16, 16, 5, 2), {1, 16, 32, 64, 64}},
    {"M7", "V-Net, down, 2^3", layer(16, 32, 2, 0, 2), {1, 16, 32, 64, 64}},
    {"M8", "C3D, conv1a", layer(3, 64, 3, 1), {1, 3, 16, 112, 112}},
    {"M9", "C3D, conv3b", layer(256, 256, 3, 1), {1, 256, 8, 28, 28}},
    {"M10", "R(2+1)D, spatial", layer(64, 144, {1, 3, 3}, {0, 1, 1}), {1, 64, 16, 56, 56}},
    {"M11", "R(2+1)D, temporal", layer(144, 64, {3, 1, 1}, {1, 0, 0}), {1, 144, 16, 56, 56}},
    {"M12", "S3D, stem, temporal", layer(64, 64, {7, 1, 1}, {3, 0, 0}, {2, 1, 1}), {1, 64, 32, 56, 56}},
    {"M13", "X3D, depthwise", layer(54, 54, 3, 1, 1, 1, 54), {1, 54, 8, 56, 56}},
    {"M14", "MedNeXt, depthwise 5^3", layer(32, 32, 5, 2, 1, 1, 32), {1, 32, 64, 64, 64}},
    {"M15", "MedNeXt, depthwise 7^3", layer(64, 64, 7, 3, 1, 1, 64), {1, 64, 32, 32, 32}},
    {"M16", "ResNeXt3D, four channels a group", layer(64, 64, 3, 1, 1, 1, 16), {1, 64, 8, 56, 56}},
    {"M17", "HighRes3D, dilation 4", layer(32, 32, 3, 4, 1, 4), {1, 32, 48, 48, 48}},
    {"M18", "video forensics", layer(3, 3, {3, 5, 5}, 0), {2, 3, 16, 128, 128}},
    {"M19", "stencil of 27 points", layer(1, 1, 3, 1), {1, 1, 128, 128, 128}},
    {"M20", "window sums, 9^3", layer(5, 5, 9, 4, 1, 1, 5), {1, 5, 64, 64, 64}},
    {"M21", "gradient of an image", layer(1, 3, 3, 1), {1, 1, 96, 96, 96}},
    {"M22", "latency", layer(4, 4, 3, 1), {1, 4, 4, 8, 8}},
    // 3^3 layers of a U-Net at other widths: where fewer multiplications than the direct form's pay or do not.
    {"U1", "U-Net, 32 to 32", layer(32, 32, 3, 1), {1, 32, 48, 48, 48}},
    {"U2", "U-Net, 64 to 32", layer(64, 32, 3, 1), {1, 64, 48, 48, 48}},
    {"U3", "U-Net, 128 to 128", layer(128, 128, 3, 1), {1, 128, 16, 16, 16}},
    {"U4", "U-Net, 16 to 16", layer(16, 16, 3, 1), {1, 16, 48, 48, 48}},
    {"U5", "U-Net, 16 to 32", layer(16, 32, 3, 1), {1, 16, 48, 48, 48}},
});
// clang-format on

/// Place of a shape in the list. Ill-formed or throws for a name that is not there.
constexpr std::size_t index_of(std::string_view name) {
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (shapes[i].name == name) return i;
  }
  throw std::invalid_argument("no shape of this name in bench/shapes.hpp");
}

}  // namespace bench
