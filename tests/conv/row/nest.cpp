// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/row/nest.hpp>

#include "conv/drawn_backward_data.hpp"
#include "conv/drawn_forward.hpp"

namespace {

using esp::index_t;

template <esp::conv3d... Configs>
void forward_families(unsigned seed) {
  static_assert(((esp::direct_forward<Configs, float>::chosen.family == esp::kernel_family::row) && ...));
  REQUIRE(drawn::families<Configs...>(seed) == static_cast<index_t>(sizeof...(Configs)) * 90);
}

}  // namespace

TEST_CASE("row tiles: kernels, channels, groups and borders", "[conv]") {
  forward_families<
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 5, .out_channels = 3, .kernel_size = {3, 5, 4}, .padding = {{0, 1}, {2, 0}, {1, 3}}},
      esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = {1, 9, 2}, .padding = esp::same, .groups = 4},
      esp::conv3d{.in_channels = 6, .out_channels = 4, .kernel_size = {2, 7, 3}, .padding = {0, 9, 5}, .groups = 2},
      esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = {5, 2, 5}, .bias = false}>(25000);
}

TEST_CASE("row tiles: strides and dilation along D and W", "[conv]") {
  forward_families<
      esp::conv3d{
          .in_channels = 2, .out_channels = 2, .kernel_size = 3, .stride = {2, 1, 1}, .padding = 1, .groups = 2},
      esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .stride = {1, 1, 3}, .padding = 2},
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .dilation = {3, 1, 2}, .padding = 3},
      esp::conv3d{.in_channels = 1,
                  .out_channels = 1,
                  .kernel_size = {2, 4, 3},
                  .stride = {3, 1, 4},
                  .dilation = {2, 1, 6},
                  .padding = {{1, 2}, 0, {7, 2}}}>(26000);
}

TEST_CASE("row tiles: volumes that are cut on every axis", "[conv]") {
  constexpr esp::conv3d cube{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1, .groups = 3};
  drawn::compare<cube, float>({1, 3, 19, 23, 70}, 1, true);
  drawn::compare<cube, double>({2, 3, 7, 41, 37}, 2, true);
  drawn::compare_data<cube, float>({1, 3, 19, 23, 70}, 3);
  drawn::compare_data<cube, double>({2, 3, 7, 41, 37}, 1);
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 2, .kernel_size = {1, 2, 3}, .padding = {0, 1, 1}};
  drawn::compare<row, float>({1, 1, 1, 2, 9001}, 2, false);
  drawn::compare<row, double>({1, 1, 1, 1, 4097}, 3, false);
  constexpr esp::conv3d tall{.in_channels = 4, .out_channels = 1, .kernel_size = {3, 9, 3}, .padding = {1, 4, 1}};
  drawn::compare<tall, float>({1, 4, 2, 2500, 5}, 1, true);
  drawn::compare_data<tall, float>({1, 4, 2, 700, 9}, 2);
}

TEST_CASE("gradients of the input by row tiles", "[conv][backward]") {
  constexpr esp::conv3d wide{
      .in_channels = 3, .out_channels = 4, .kernel_size = {3, 5, 4}, .padding = {{0, 1}, {2, 0}, 5}};
  constexpr esp::conv3d dilated{
      .in_channels = 2, .out_channels = 2, .kernel_size = 3, .dilation = {2, 1, 3}, .padding = 2, .groups = 2};
  static_assert(esp::direct_backward_data<wide, float>::chosen.family == esp::kernel_family::row);
  static_assert(esp::direct_backward_data<dilated, float>::chosen.family == esp::kernel_family::row);
  REQUIRE(drawn::data_families<wide, dilated>(27000) == 2 * 90);
}
