// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel/gradient_nest.hpp>

#include "conv/drawn_backward_weights.hpp"

namespace {

template <esp::conv3d... Configs>
void families(unsigned seed) {
  // Lanes along channels in at least one of the two types: otherwise the case tests nothing.
  static_assert(esp::lanes<float> == 1 ||
                ((esp::direct_backward_weights<Configs, float>::chosen.family == esp::kernel_family::channel ||
                  esp::direct_backward_weights<Configs, double>::chosen.family == esp::kernel_family::channel) &&
                 ...));
  REQUIRE(drawn::weights_families<Configs...>(seed) == static_cast<esp::index_t>(sizeof...(Configs)) * 90);
}

}  // namespace

TEST_CASE("gradients with lanes along channels: channels and kernels", "[conv][backward]") {
  families<esp::conv3d{.in_channels = 3, .out_channels = 16, .kernel_size = 3, .padding = 1},
           esp::conv3d{.in_channels = 17, .out_channels = 32, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}},
           esp::conv3d{.in_channels = 5, .out_channels = 47, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}},
           esp::conv3d{.in_channels = 20, .out_channels = 16, .kernel_size = 1},
           esp::conv3d{.in_channels = 1, .out_channels = 16, .kernel_size = {2, 4, 5}, .padding = esp::same},
           esp::conv3d{.in_channels = 4, .out_channels = 80, .kernel_size = 2, .padding = {{0, 1}, {2, 0}, {0, 3}}}>(
      50000);
}

TEST_CASE("gradients with lanes along channels: replicated borders", "[conv][backward]") {
  using drawn::replicated;
  families<
      replicated({.in_channels = 3, .out_channels = 16, .kernel_size = 3, .padding = 1}),
      replicated(
          {.in_channels = 17, .out_channels = 32, .kernel_size = {1, 3, 3}, .padding = {{0, 1}, {7, 0}, {0, 50}}}),
      replicated({.in_channels = 8, .out_channels = 32, .kernel_size = 3, .dilation = {1, 2, 3}, .padding = esp::same}),
      replicated({.in_channels = 9, .out_channels = 32, .kernel_size = {2, 3, 2}, .dilation = {9, 7, 2}, .padding = 9}),
      replicated({.in_channels = 12,
                  .out_channels = 32,
                  .kernel_size = {3, 2, 3},
                  .stride = {2, 1, 2},
                  .dilation = {1, 2, 1},
                  .padding = {{1, 1}, {0, 2}, {3, 0}},
                  .groups = 2})>(52000);
}

TEST_CASE("gradients with lanes along channels: strides, dilation, groups", "[conv][backward]") {
  families<
      esp::conv3d{.in_channels = 3, .out_channels = 16, .kernel_size = 3, .stride = 2, .padding = 1},
      esp::conv3d{.in_channels = 8, .out_channels = 32, .kernel_size = 3, .dilation = {1, 2, 3}, .padding = esp::same},
      esp::conv3d{.in_channels = 9, .out_channels = 32, .kernel_size = {2, 3, 2}, .dilation = {4, 1, 2}, .padding = 3},
      esp::conv3d{.in_channels = 12,
                  .out_channels = 32,
                  .kernel_size = {3, 2, 3},
                  .stride = {2, 1, 2},
                  .dilation = {1, 2, 1},
                  .padding = {{1, 1}, {0, 2}, {3, 0}},
                  .groups = 2},
      esp::conv3d{.in_channels = 10,
                  .out_channels = 32,
                  .kernel_size = 3,
                  .stride = {2, 3, 6},
                  .dilation = {3, 2, 4},
                  .padding = 4},
      esp::conv3d{
          .in_channels = 24, .out_channels = 48, .kernel_size = 2, .stride = {3, 4, 5}, .padding = 7, .groups = 3}>(
      60000);
}

TEST_CASE("gradients with lanes along channels: units, strips, shares and jobs", "[conv][backward]") {
  constexpr esp::conv3d cube{.in_channels = 5, .out_channels = 18, .kernel_size = 3, .padding = 1};
  static_assert(esp::outer_blocks_for<float>(cube, {1, 18, 9, 31, 33}).shares > 1);
  drawn::compare_weights<cube, float>({1, 5, 9, 31, 33}, 1);
  drawn::compare_weights<cube, double>({2, 5, 3, 70, 9}, 2);
  drawn::compare_weights<cube, float>({1, 5, 40, 2, 3}, 3);
  constexpr esp::conv3d row{.in_channels = 2, .out_channels = 16, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  static_assert(esp::outer_blocks_for<float>(row, {1, 16, 1, 2, 3001}).ow < 3001);
  drawn::compare_weights<row, float>({1, 2, 1, 2, 3001}, 4);
  constexpr esp::conv3d many{.in_channels = 130, .out_channels = 100, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  static_assert(esp::outer_blocks_for<float>(many, {1, 100, 2, 5, 7}).jobs > 1);
  drawn::compare_weights<many, float>({1, 130, 2, 5, 7}, 5);
  drawn::compare_weights<many, double>({1, 130, 1, 6, 5}, 6);
  constexpr esp::conv3d deep{
      .in_channels = 16, .out_channels = 32, .kernel_size = {7, 1, 1}, .stride = {2, 1, 1}, .padding = {3, 0, 0}};
  static_assert(esp::outer_blocks_for<float>(deep, {1, 32, 16, 12, 20}).od > 1);
  drawn::compare_weights<deep, float>({1, 16, 31, 12, 20}, 7);
}
