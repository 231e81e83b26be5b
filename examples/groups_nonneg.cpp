// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Grouped convolution with nonnegative kernels: four groups of two channels, each mixed on its own.
#include <algorithm>
#include <espalier/espalier.hpp>
#include <iostream>

#include "show.hpp"

constexpr auto prior = esp::modes::nonneg;
static_assert(esp::establishes<prior, esp::nonnegative>);

using layer = esp::constrained_conv3d<
    esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 4, .bias = false},
    prior>;

int main() {
  const layer conv{esp::seed{42}};
  std::cout << conv << '\n';

  // Two input channels a group, so a kernel for each of two: (8, 8 / 4, 3, 3, 3).
  std::cout << "weight " << show::shape(conv.weight()) << '\n';
  auto x = show::tensor::from_shape({2, 8, 8, 16, 16});
  x.fill(0.0F);
  std::cout << "input  " << show::shape(x) << '\n';

  const auto used = conv.constrained_weight();
  const auto negative = [](float tap) { return tap < 0; };
  std::cout << "negative taps: stored " << std::count_if(conv.weight().begin(), conv.weight().end(), negative)
            << ", used " << std::count_if(used.begin(), used.end(), negative) << '\n';

  // Light only input channel 2, which belongs to the second group: outputs 2 and 3 see it, the others do not.
  for (std::size_t d = 0; d < 8; ++d) x(0, 2, d, 8, 8) = 1.0F;
  const auto y = conv(x, esp::threads{2});
  std::cout << "output " << show::shape(y) << '\n';
  for (std::size_t channel = 0; channel < 8; ++channel) {
    double answer = 0;
    for (std::size_t d = 0; d < 8; ++d) answer += static_cast<double>(y(0, channel, d, 8, 8));
    std::cout << "output channel " << channel << (answer > 0 ? " responds" : " is silent") << '\n';
  }
}
