// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/plane/gradient_nest.hpp>

#include "conv/drawn_backward_weights.hpp"

// Families of drawn problems: backward_weights_*.cpp. Here what they never reach.
TEST_CASE("gradients of weights with many channels: several jobs", "[conv][backward]") {
  constexpr esp::conv3d many{.in_channels = 70, .out_channels = 45, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  static_assert(esp::gradient_blocks_for<float>(many, {1, 45, 2, 8, 40}).jobs > 1);
  drawn::compare_weights<many, float>({1, 70, 2, 8, 40}, 1);
  drawn::compare_weights<many, double>({1, 70, 1, 7, 21}, 2);
  constexpr esp::conv3d points{.in_channels = 130, .out_channels = 67, .kernel_size = 1};
  drawn::compare_weights<points, float>({2, 130, 2, 3, 9}, 3);
  drawn::compare_weights<points, double>({1, 130, 2, 3, 19}, 4);
}

TEST_CASE("gradients of a weight with more than a thousand taps", "[conv][backward]") {
  constexpr esp::conv3d config{.in_channels = 2, .out_channels = 5, .kernel_size = {5, 11, 23}, .padding = {2, 5, 11}};
  static_assert(esp::gradient_blocks_for<float>(config, {1, 5, 2, 5, 19}).pieces > 1);
  drawn::compare_weights<config, float>({1, 2, 2, 5, 19}, 1);
  drawn::compare_weights<config, double>({1, 2, 3, 2, 9}, 2);
  constexpr esp::conv3d moved{.in_channels = 1, .out_channels = 1, .kernel_size = {15, 9, 15}, .padding = {7, 4, 7}};
  drawn::compare_weights<moved, float>({1, 1, 3, 5, 17}, 3);
}

TEST_CASE("gradients of weights over volumes large enough to be cut on every axis, in shares", "[conv][backward]") {
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  drawn::compare_weights<row, float>({1, 1, 1, 2, 9001}, 3);
  drawn::compare_weights<row, double>({2, 1, 2, 1, 4097}, 4);
  constexpr esp::conv3d cube{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1};
  static_assert(esp::gradient_blocks_for<float>(cube, {2, 4, 11, 29, 33}).shares > 1);
  static_assert(esp::gradient_blocks_for<float>(cube, {2, 4, 40, 9, 11}).od > 1);
  drawn::compare_weights<cube, float>({2, 3, 40, 9, 11}, 4);
  drawn::compare_weights<cube, float>({2, 3, 11, 29, 33}, 5);
  drawn::compare_weights<cube, float>({1, 3, 2, 131, 37}, 6);
  drawn::compare_weights<cube, double>({1, 3, 7, 53, 39}, 7);
  constexpr esp::conv3d half{.in_channels = 4, .out_channels = 2, .kernel_size = 3, .stride = 2, .padding = 1};
  drawn::compare_weights<half, float>({1, 4, 38, 19, 43}, 8);
  constexpr esp::conv3d depthwise{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1, .groups = 3};
  drawn::compare_weights<depthwise, double>({2, 3, 9, 70, 41}, 9);
}
