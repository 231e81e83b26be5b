// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_weights.hpp"

TEST_CASE("drawn gradients, weights: borders and uneven kernels", "[conv][backward]") {
  const auto total = drawn::weights_families<
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = {2, 4, 2}, .padding = 1},
      esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = {2, 4, 6}, .padding = esp::same},
      esp::conv3d{.in_channels = 1, .out_channels = 6, .kernel_size = {4, 2, 8}, .padding = esp::same},
      esp::conv3d{.in_channels = 3, .out_channels = 2, .kernel_size = 2, .padding = {{0, 1}, {2, 0}, {0, 3}}},
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = {{2, 0}, {0, 1}, {5, 1}}},
      esp::conv3d{.in_channels = 2, .out_channels = 8, .kernel_size = 3, .padding = 4},
      esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 1, .padding = {1, 2, 3}},
      esp::conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 2}, .padding = {{0, 0}, {0, 0}, {40, 0}}},
      esp::conv3d{.in_channels = 2, .out_channels = 1, .kernel_size = {1, 1, 19}, .padding = {0, 0, 9}},
      esp::conv3d{.in_channels = 1, .out_channels = 5, .kernel_size = {1, 9, 4}, .padding = {{0, 0}, {4, 4}, {0, 20}}},
      esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = {5, 1, 3}, .padding = {{0, 4}, 0, {3, 3}}},
      esp::conv3d{.in_channels = 1, .out_channels = 8, .kernel_size = {3, 3, 4}, .padding = {{1, 1}, {1, 1}, {0, 0}}}>(
      20000);
  REQUIRE(total == 12 * 90);
}
