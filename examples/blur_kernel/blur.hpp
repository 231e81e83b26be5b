// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A known blur, and noise that is the same on every machine.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <random>

#include "../support/volume.hpp"

namespace blur {

/// The blur of every layer of this example: 5 x 5 x 5 taps, no padding, so that no border is made up.
inline constexpr esp::conv3d window{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .bias = false};

/// A Gaussian kernel with a width for each axis (depth, height, width), in voxels; its taps sum to 1.
inline support::tensor gaussian(std::array<double, 3> sigma) {
  support::tensor out = support::tensor::from_shape({1, 1, 5, 5, 5});
  double sum = 0;
  for (std::size_t tap = 0; tap < out.size(); ++tap) {
    const std::array<std::size_t, 3> at{tap / 25, tap / 5 % 5, tap % 5};
    double exponent = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double distance = (static_cast<double>(at[axis]) - 2) / sigma[axis];
      exponent -= distance * distance / 2;
    }
    sum += std::exp(exponent);
    out.data()[tap] = static_cast<float>(std::exp(exponent));
  }
  return out / static_cast<float>(sum);
}

/// `sharp` blurred with `kernel`; two voxels less on each side.
inline support::tensor apply(const support::tensor& kernel, const support::tensor& sharp) {
  esp::constrained_conv3d<window> layer;
  layer.weight() = kernel;
  return layer(sharp);
}

/// Adds noise of this standard deviation to every voxel: sums of twelve uniform numbers, which are all but Gaussian.
/// (A standard distribution would give other numbers with another standard library.)
inline void add_noise(support::tensor& image, double deviation, std::mt19937_64& draw) {
  for (float& voxel : image) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(draw() >> 11) * 0x1p-53;
    voxel += static_cast<float>(deviation * sum);
  }
}

/// A box of a sharp image and the part of the blurred one that it tells.
struct pair_of_boxes {
  support::tensor sharp;
  support::tensor blurred;
};

/// A box of at most `side` voxels along each axis, at a drawn place.
inline pair_of_boxes draw_box(const support::tensor& sharp, const support::tensor& blurred, std::size_t side,
                              std::mt19937_64& draw) {
  std::array<std::size_t, 3> corner{}, outer{}, inner{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t size = sharp.shape()[axis + 2];
    outer[axis] = std::min(side, size);
    inner[axis] = outer[axis] - 4;
    corner[axis] = draw() % (size - outer[axis] + 1);
  }
  return {support::cut(sharp, corner, outer), support::cut(blurred, corner, inner)};
}

/// The distance of a kernel from the true one, relative to the true one's norm.
inline double error_of(const support::tensor& kernel, const support::tensor& truth) {
  double difference = 0, norm = 0;
  for (std::size_t tap = 0; tap < truth.size(); ++tap) {
    const auto wanted = static_cast<double>(truth.data()[tap]);
    const double miss = static_cast<double>(kernel.data()[tap]) - wanted;
    difference += miss * miss;
    norm += wanted * wanted;
  }
  return std::sqrt(difference / norm);
}

}  // namespace blur
