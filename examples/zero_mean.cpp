// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Kernels that sum to zero: a clip's constant background vanishes, what moves or has an edge stays.
#include <algorithm>
#include <cmath>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

constexpr auto prior = esp::modes::zero_mean;
static_assert(esp::establishes<prior, esp::zero_sum>);

// Three colour channels; depth is time. Without a bias, so that the response to a constant is exactly the kernels' sum.
using layer = esp::constrained_conv3d<
    esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1, .bias = false}, prior>;

/// The largest magnitude of channel 0 at frame 4, away from the borders, where zeros stand beside the frame.
double largest_inside(const show::tensor& y) {
  double out = 0;
  for (std::size_t h = 1; h + 1 < y.shape()[3]; ++h) {
    for (std::size_t w = 1; w + 1 < y.shape()[4]; ++w) {
      out = std::max(out, std::abs(static_cast<double>(y(0, 0, 4, h, w))));
    }
  }
  return out;
}

int main() {
  const layer conv{esp::seed{42}};
  std::cout << conv << '\n';

  auto clip = show::tensor::from_shape({1, 3, 8, 64, 64});
  clip.fill(5.0F);
  const auto still = conv(clip);
  std::cout << "input  " << show::shape(clip) << "\noutput " << show::shape(still) << '\n';
  std::cout << "constant clip: response at most " << show::number(largest_inside(still)) << '\n';

  // One voxel of one frame lights up.
  clip(0, 0, 4, 32, 32) = 6.0F;
  const auto flash = conv(clip);
  std::cout << "with a flash:  response at most " << show::number(largest_inside(flash)) << '\n';

  const auto used = conv.constrained_weight();
  std::cout << "sum of the first kernel: stored " << show::number(show::sum(show::kernels(conv.weight())[0]))
            << ", used " << show::number(show::sum(show::kernels(used)[0])) << '\n';
}
