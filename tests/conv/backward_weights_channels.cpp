// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_weights.hpp"

TEST_CASE("drawn gradients, weights: channels and ordinary kernels", "[conv][backward]") {
  const auto total = drawn::weights_families<
      esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 2, .out_channels = 7, .kernel_size = 3, .padding = esp::same},
      esp::conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2},
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1},
      esp::conv3d{.in_channels = 5, .out_channels = 3, .kernel_size = 1, .padding = 1},
      esp::conv3d{.in_channels = 2, .out_channels = 5, .kernel_size = {1, 3, 5}, .padding = {0, 1, 2}},
      esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}},
      esp::conv3d{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 1, 3}},
      esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 7, .padding = esp::valid},
      esp::conv3d{.in_channels = 9, .out_channels = 11, .kernel_size = {1, 3, 1}, .padding = {0, 1, 0}},
      esp::conv3d{.in_channels = 2, .out_channels = 17, .kernel_size = 2}>(10000);
  REQUIRE(total == 12 * 90);
}
