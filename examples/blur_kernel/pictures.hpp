// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels as planes of taps, and what a wrong kernel does to an image.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "../support/montage.hpp"
#include "../support/volume.hpp"
#include "blur.hpp"

namespace blur {

/// A row a kernel, a tile a plane of its taps; middle grey is 0, white the largest tap of the first kernel.
inline support::image planes(std::span<const support::tensor> kernels, const std::vector<std::string>& names) {
  const float peak = *std::max_element(kernels.front().begin(), kernels.front().end());
  std::vector<support::image> tiles;
  for (const auto& kernel : kernels) {
    for (std::size_t depth = 0; depth < kernel.shape()[2]; ++depth) {
      tiles.push_back(support::grey(support::plane(kernel, depth), -peak, peak, 16));
    }
  }
  support::captions named{.rows = names};
  for (std::size_t depth = 0; depth < kernels.front().shape()[2]; ++depth) {
    named.columns.push_back("taps d = " + std::to_string(depth));
  }
  return support::montage(tiles, kernels.front().shape()[2], named);
}

/// A row a depth: the sharp image, the measured one, and how far from the true blur each kernel's is, on one scale.
inline support::image slices(const support::tensor& sharp, const support::tensor& measured,
                             const support::tensor& truth, const std::vector<support::tensor>& kernels,
                             const std::vector<std::string>& names) {
  const auto& size = measured.shape();
  const support::tensor inside = support::cut(sharp, {2, 2, 2}, {size[2], size[3], size[4]});
  std::vector<support::tensor> misses;
  for (const auto& kernel : kernels) misses.push_back(blur::apply(kernel - truth, sharp));
  const std::size_t zoom = std::max<std::size_t>(1, 200 / std::max(size[3], size[4]));
  std::vector<support::image> tiles;
  support::captions named{.columns = {"sharp", "blurred, with noise"}};
  for (const auto& name : names) named.columns.push_back("off the true blur: " + name);
  for (const double share : {0.35, 0.5, 0.65}) {
    const auto depth = static_cast<std::size_t>(share * static_cast<double>(size[2]));
    named.rows.push_back("z " + std::to_string(depth));
    for (const auto* image : {&inside, &measured}) {
      tiles.push_back(support::grey(support::plane(*image, depth), 0.0F, 1.0F, zoom));
    }
    for (const auto& miss : misses) tiles.push_back(support::grey(support::plane(miss, depth), -0.05F, 0.05F, zoom));
  }
  return support::montage(tiles, 2 + kernels.size(), named);
}

}  // namespace blur
