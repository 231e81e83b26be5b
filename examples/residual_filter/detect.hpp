// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Local energy of a residual, and how well it tells forged voxels from others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <numeric>
#include <span>
#include <vector>

#include "../support/volume.hpp"
#include "tamper.hpp"

namespace forensics {

/// Mean of `residual^2` over windows of 5 x 5 x 5 voxels; two voxels less on each side. A mean is a convolution too.
template <esp::Executor E>
support::tensor local_energy(const support::tensor& residual, const E& team) {
  esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .bias = false},
                          esp::modes::nonneg_sum1>
      mean;
  mean.weight().fill(1.0F);
  return mean(residual * residual, team);
}

/// The probability that a value of `inside` is less than one of `outside`, ties counted half: the area under the ROC
/// curve of "less means inside".
///
/// Computed from ranks, so any rising function of the values gives the same number; 0.5 is guessing.
inline double area_under_curve(std::span<const float> inside, std::span<const float> outside) {
  std::vector<float> all(inside.begin(), inside.end());
  all.insert(all.end(), outside.begin(), outside.end());
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });

  double rank_sum = 0;  // of the values inside; equal values share the mean of their ranks
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    std::size_t tied_inside = 0;
    for (; last < order.size() && all[order[last]] == all[order[first]]; ++last) {
      tied_inside += order[last] < inside.size() ? 1 : 0;
    }
    rank_sum += static_cast<double>(tied_inside) * (static_cast<double>(first + 1 + last) / 2);
    first = last;
  }
  const auto m = static_cast<double>(inside.size());
  const auto n = static_cast<double>(outside.size());
  return 1 - (rank_sum - m * (m + 1) / 2) / (m * n);
}

/// The middle of a volume, without the four voxels at each side that a filter and a window of its energy lose.
inline support::tensor middle(const support::tensor& volume) {
  const auto& size = volume.shape();
  return support::cut(volume, {4, 4, 4}, {size[2] - 8, size[3] - 8, size[4] - 8});
}

/// The same for the energies of the tissue in the deeper half, where the forgeries are.
inline double detection(const support::tensor& energy, const forgery& forged) {
  const auto image = middle(forged.image);
  const auto truth = middle(forged.truth);
  std::vector<float> inside, outside;
  for (std::size_t i = energy.size() / 2; i < energy.size(); ++i) {
    if (image.data()[i] < 0.1F) continue;
    (truth.data()[i] > 0 ? inside : outside).push_back(energy.data()[i]);
  }
  return area_under_curve(inside, outside);
}

}  // namespace forensics
