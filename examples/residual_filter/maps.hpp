// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Slices of a forged volume beside maps of local energy.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "../support/montage.hpp"
#include "../support/volume.hpp"
#include "detect.hpp"
#include "tamper.hpp"

namespace forensics {

/// Brightness by -log(energy), so that smooth parts are bright; each map has its own scale, from its own values.
inline support::image map_of(support::slice energy, std::size_t zoom) {
  for (float& value : energy.values) value = -std::log10(value + 1e-9F);
  auto sorted = energy.values;
  std::sort(sorted.begin(), sorted.end());
  const auto level = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  return support::grey(energy, level(0.05), level(0.99), zoom);
}

/// A row a depth of the deeper half: the forged image, where it was forged, and a map of each energy.
inline support::image maps(const forgery& forged, std::span<const support::tensor* const> energies,
                           const std::vector<std::string>& names) {
  const auto image = middle(forged.image);
  const auto truth = middle(forged.truth);
  const std::size_t zoom = std::max<std::size_t>(1, 200 / std::max(image.shape()[3], image.shape()[4]));
  std::vector<support::image> tiles;
  support::captions named{.columns = {"forged image", "forged voxels"}};
  named.columns.insert(named.columns.end(), names.begin(), names.end());
  for (const double share : {0.6, 0.72, 0.84}) {
    const auto depth = static_cast<std::size_t>(share * static_cast<double>(image.shape()[2]));
    named.rows.push_back("z " + std::to_string(depth));
    tiles.push_back(support::grey(support::plane(image, depth), 0.0F, 1.0F, zoom));
    tiles.push_back(support::grey(support::plane(truth, depth), 0.0F, 1.0F, zoom));
    for (const auto* energy : energies) tiles.push_back(map_of(support::plane(*energy, depth), zoom));
  }
  return support::montage(tiles, 2 + energies.size(), named);
}

}  // namespace forensics
