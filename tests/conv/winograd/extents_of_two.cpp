// SPDX-License-Identifier: BSD-3-Clause
// Kernels of extent 2, by F(2, 2): what a prior leaves of one of extent 3.
#include "conv/drawn_winograd.hpp"

using esp::conv3d;

namespace {

constexpr conv3d causal{.in_channels = 4, .out_channels = 5, .kernel_size = {2, 3, 3}, .padding = {{1, 0}, 1, 1}};
constexpr conv3d along_h{.in_channels = 3, .out_channels = 9, .kernel_size = {3, 2, 3}, .padding = {1, {0, 1}, 2}};
constexpr conv3d along_w{.in_channels = 2, .out_channels = 2, .kernel_size = {1, 3, 2}, .padding = {0, 1, {1, 0}}};
constexpr conv3d cube{.in_channels = 6, .out_channels = 4, .kernel_size = 2, .padding = {{1, 0}, 0, 1}, .groups = 2};
constexpr conv3d line{.in_channels = 5, .out_channels = 3, .kernel_size = {1, 1, 2}};
constexpr conv3d border = drawn::replicated(
    {.in_channels = 3, .out_channels = 4, .kernel_size = {2, 2, 3}, .padding = {{1, 0}, {0, 3}, {2, 1}}});

}  // namespace

TEST_CASE("extents of two are computed by tiles of three points, exactly", "[conv][winograd]") {
  REQUIRE(drawn::winograd_families<causal, along_h, along_w, cube, line, border>(2300) == 540);
}

TEST_CASE("extents of two have a gradient of the input by tiles of three points", "[conv][winograd]") {
  REQUIRE(drawn::winograd_data_families<causal, along_h, along_w, cube, line, border>(2400) == 540);
}

TEST_CASE("extents of two have a gradient of the weight by tiles of three points", "[conv][winograd]") {
  REQUIRE(drawn::winograd_weights_families<causal, along_h, along_w, cube, line, border>(2500) == 540);
}
