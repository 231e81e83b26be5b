// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/plane/phased_nest.hpp>

#include "conv/drawn_backward_data.hpp"

// Families of drawn problems: backward_data_*.cpp. Here what they never reach.
TEST_CASE("gradients of the input: many channels are summed in several passes", "[conv][backward]") {
  constexpr esp::conv3d many{.in_channels = 5, .out_channels = 250, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  drawn::compare_data<many, float>({1, 5, 2, 8, 40}, 1);
  drawn::compare_data<many, double>({1, 5, 1, 7, 21}, 2);
  constexpr esp::conv3d strided{
      .in_channels = 70, .out_channels = 300, .kernel_size = {3, 1, 3}, .stride = {2, 1, 2}, .padding = {1, 0, 1}};
  drawn::compare_data<strided, float>({1, 70, 3, 9, 71}, 3);
  drawn::compare_data<strided, double>({1, 70, 3, 9, 71}, 4);
}

TEST_CASE("gradients of the input: a kernel of more than a thousand taps", "[conv][backward]") {
  constexpr esp::conv3d config{.in_channels = 3, .out_channels = 2, .kernel_size = {5, 11, 23}, .padding = {2, 5, 11}};
  static_assert(config.kernel_size.volume() > esp::detail::offset_table);
  drawn::compare_data<config, float>({1, 3, 2, 5, 19}, 1);
  drawn::compare_data<config, double>({1, 3, 3, 2, 9}, 2);
  constexpr esp::conv3d strided{
      .in_channels = 2, .out_channels = 2, .kernel_size = {3, 19, 39}, .stride = {1, 1, 2}, .padding = {1, 9, 19}};
  drawn::compare_data<strided, float>({1, 2, 2, 5, 19}, 3);
  drawn::compare_data<strided, double>({1, 2, 2, 4, 22}, 4);
}
