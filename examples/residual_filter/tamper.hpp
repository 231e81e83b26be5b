// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A forged volume: cubes are copied from one place to another, and the seam and the copy are smoothed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "../support/volume.hpp"

namespace forensics {

using corner = std::array<std::size_t, 3>;  // depth, height, width

/// The forged volume, and a volume that is 1 where it was forged and 0 elsewhere.
struct forgery {
  support::tensor image;
  support::tensor truth;
};

/// A mean of 3 x 3 x 3 voxels with the weights 1 2 1 along each axis; one voxel less on each side.
inline support::tensor smooth(const support::tensor& x) {
  esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .bias = false},
                          esp::modes::nonneg_sum1>
      binomial;
  for (std::size_t tap = 0; tap < 27; ++tap) {
    const auto along = [](std::size_t at) { return at == 1 ? 2.0F : 1.0F; };
    binomial.weight().data()[tap] = along(tap / 9) * along(tap / 3 % 3) * along(tap % 3);
  }
  return binomial(x);
}

/// Forges `count` cubes of `side` voxels at drawn places of the deeper half, none of which overlap.
///
/// Each cube lies in tissue and comes from tissue elsewhere in the volume. Throws where the volume has no room.
inline forgery forge(const support::tensor& volume, std::size_t count, std::size_t side, std::mt19937_64& draw) {
  constexpr std::size_t border = 4;  // what the filters and the smoothing look at beyond a cube
  const corner size{volume.shape()[2], volume.shape()[3], volume.shape()[4]};
  const auto draw_corner = [&](std::size_t first_depth) {
    corner at{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::size_t low = border + (axis == 0 ? first_depth : 0);
      if (low + side + border > size[axis]) throw std::runtime_error("the volume is too small to forge a part of it");
      at[axis] = low + draw() % (size[axis] - border - side - low + 1);
    }
    return at;
  };
  const auto is_tissue = [&](const corner& at) {
    return volume(0, 0, at[0] + side / 2, at[1] + side / 2, at[2] + side / 2) > 0.2F;
  };
  const auto apart = [&](const corner& a, const corner& b) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      if (a[axis] + side <= b[axis] || b[axis] + side <= a[axis]) return true;
    }
    return false;
  };

  forgery out{volume, support::tensor(volume.shape(), 0.0F)};
  const support::tensor marks({1, 1, side, side, side}, 1.0F);
  std::vector<corner> forged;
  for (int tries = 0; forged.size() < count; ++tries) {
    if (tries == 100000) throw std::runtime_error("the volume has no room for " + std::to_string(count) + " forgeries");
    const corner from = draw_corner(0);
    const corner to = draw_corner(size[0] / 2);
    const bool is_free = std::all_of(forged.begin(), forged.end(), [&](const corner& c) { return apart(c, to); });
    if (!is_free || !is_tissue(from) || !is_tissue(to)) continue;

    support::paste(support::cut(volume, from, {side, side, side}), out.image, to);
    // One voxel more than the cube, so that no seam tells.
    const auto around = support::cut(out.image, {to[0] - 2, to[1] - 2, to[2] - 2}, {side + 4, side + 4, side + 4});
    support::paste(smooth(around), out.image, {to[0] - 1, to[1] - 1, to[2] - 1});
    support::paste(marks, out.truth, to);
    forged.push_back(to);
  }
  return out;
}

}  // namespace forensics
