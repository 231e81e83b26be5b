// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Slices of the two images, of channels of their descriptors, and of the local correlation.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "../support/montage.hpp"
#include "../support/volume.hpp"
#include "descriptor.hpp"

namespace mind {

/// A row an image: a slice of it, and of four channels of its descriptor; in the first row the correlation before, in
/// the second after the shift is undone.
struct pictured {
  const tensor* image;
  const tensor* descriptor;
  const tensor* correlation;
  std::string name;
};

inline support::image slices(const std::array<pictured, 2>& rows) {
  constexpr std::array<std::size_t, 4> shown{0, 3, 8, 11};
  const auto& s = rows[0].image->shape();
  const std::size_t zoom = std::max<std::size_t>(1, 160 / std::max(s[3], s[4])), depth = s[2] / 2;
  std::vector<support::image> tiles;
  support::captions named{.columns = {"image"}};
  for (const pictured& r : rows) {
    named.rows.push_back(r.name);
    tiles.push_back(support::grey(support::plane(*r.image, depth), 0.0F, 1.0F, zoom));
    for (const std::size_t channel : shown) {
      const support::slice plane = support::plane(*r.descriptor, channel * s[2] + depth);
      tiles.push_back(support::grey(plane, 0.0F, 1.0F, zoom));
      if (&r == &rows[0]) named.columns.push_back("MIND, channel " + std::to_string(channel));
    }
    tiles.push_back(support::grey(support::plane(*r.correlation, depth), 0.0F, 1.0F, zoom));
  }
  named.columns.emplace_back("local correlation");
  return support::montage(tiles, shown.size() + 2, named);
}

}  // namespace mind
