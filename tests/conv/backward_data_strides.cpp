// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_data.hpp"

TEST_CASE("drawn gradients, data: stride and dilation", "[conv][backward]") {
  const auto total = drawn::data_families<
      esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .stride = 2, .padding = 1},
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 2, .stride = 2},
      esp::conv3d{.in_channels = 1, .out_channels = 8, .kernel_size = 3, .stride = {1, 2, 3}, .padding = {1, 2, 0}},
      esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 2, .stride = {3, 4, 5}, .padding = 1},
      esp::conv3d{.in_channels = 1, .out_channels = 5, .kernel_size = 1, .stride = {2, 1, 7}},
      esp::conv3d{.in_channels = 2, .out_channels = 6, .kernel_size = {3, 3, 7}, .stride = {2, 2, 4}, .padding = 3},
      esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .stride = 2, .padding = esp::same},
      esp::conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = 3, .dilation = {1, 2, 3}, .padding = esp::same},
      esp::conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = {2, 3, 4}, .dilation = {4, 1, 2}, .padding = 3},
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 2, 5}, .dilation = {9, 3, 7}, .padding = 20},
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .dilation = 2, .padding = 2},
      esp::conv3d{.in_channels = 1,
                  .out_channels = 4,
                  .kernel_size = 3,
                  .stride = {2, 3, 6},
                  .dilation = {3, 2, 4},
                  .padding = 4},
      esp::conv3d{.in_channels = 1,
                  .out_channels = 2,
                  .kernel_size = {2, 4, 5},
                  .stride = {5, 6, 4},
                  .dilation = {2, 4, 6},
                  .padding = {{3, 0}, {0, 7}, {11, 2}}},
      esp::conv3d{
          .in_channels = 3, .out_channels = 2, .kernel_size = 3, .stride = 2, .padding = {{7, 0}, {0, 5}, {9, 9}}},
      esp::conv3d{.in_channels = 2,
                  .out_channels = 2,
                  .kernel_size = {3, 1, 3},
                  .stride = {1, 5, 3},
                  .dilation = {1, 1, 3},
                  .padding = {1, 4, 6}}>(30000);
  REQUIRE(total == 15 * 90);
}
