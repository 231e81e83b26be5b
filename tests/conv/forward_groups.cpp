// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_forward.hpp"

// Families: grouped and depthwise convolutions, with and without a channel multiplier, strided and dilated.
TEST_CASE("drawn problems: groups", "[conv][forward]") {
  const auto total = drawn::families<
      esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1, .groups = 4},
      esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 4},
      esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = {3, 3, 5}, .padding = {1, 1, 2}, .groups = 3},
      esp::conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = 2, .padding = esp::same, .groups = 2},
      esp::conv3d{.in_channels = 6, .out_channels = 3, .kernel_size = 3, .padding = 1, .groups = 3},
      esp::conv3d{.in_channels = 2, .out_channels = 18, .kernel_size = {1, 3, 3}, .padding = 1, .groups = 2},
      esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = 5, .padding = 2, .groups = 4},
      esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = 3, .stride = 2, .padding = 1, .groups = 4},
      esp::conv3d{
          .in_channels = 3, .out_channels = 3, .kernel_size = 3, .dilation = {1, 2, 3}, .padding = 2, .groups = 3},
      esp::conv3d{.in_channels = 4,
                  .out_channels = 8,
                  .kernel_size = {3, 2, 3},
                  .stride = {2, 1, 2},
                  .dilation = {1, 2, 1},
                  .padding = {{1, 1}, {0, 2}, {3, 0}},
                  .groups = 2},
      esp::conv3d{.in_channels = 5, .out_channels = 5, .kernel_size = 1, .groups = 5}>(4000);
  REQUIRE(total == 11 * 90);
}
