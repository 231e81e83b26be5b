// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/espalier.hpp>
#include <iostream>

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false};
using layer = esp::constrained_conv3d<config, esp::modes::zero_mean>;

int main() {
  const layer conv{esp::seed{42}};
  xt::xtensor<float, 5> x = xt::xtensor<float, 5>::from_shape({1, 2, 4, 5, 6});
  x.fill(1);
  const auto y = conv(x, esp::threads{2});

  // Away from the border a constant volume has no response to kernels of zero mean.
  const float inside = y(0, 1, 1, 2, 3);
  std::cout << conv << '\n' << "response to a constant volume: " << inside << '\n';
  return y.shape()[1] == 3 && inside > -1e-4F && inside < 1e-4F ? 0 : 1;
}
