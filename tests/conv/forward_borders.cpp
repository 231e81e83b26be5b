// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_forward.hpp"

// Families: even kernels, asymmetric padding, padding larger than the kernel, long kernels.
TEST_CASE("drawn problems: borders and uneven kernels", "[conv][forward]") {
  const auto total = drawn::families<
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
      2000);
  REQUIRE(total == 12 * 90);
}

// More taps than one table of offsets holds.
TEST_CASE("a kernel of more than a thousand taps", "[conv][forward]") {
  constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = {5, 11, 23}, .padding = {2, 5, 11}};
  static_assert(config.kernel_size.volume() > esp::detail::offset_table);
  drawn::compare<config, float>({1, 2, 2, 5, 19}, 1, true);
  drawn::compare<config, double>({1, 2, 3, 2, 9}, 2, false);
}

// Cuts that small inputs never reach: several blocks of rows, columns and planes, and their rests.
TEST_CASE("inputs large enough to be cut on every axis", "[conv][forward]") {
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  drawn::compare<row, float>({1, 1, 1, 2, 9001}, 3, true);
  drawn::compare<row, double>({2, 1, 2, 1, 4097}, 4, false);
  constexpr esp::conv3d cube{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1};
  drawn::compare<cube, float>({1, 1, 19, 9, 13}, 5, true);
  drawn::compare<cube, float>({1, 1, 2, 131, 37}, 6, true);
  drawn::compare<cube, double>({1, 1, 11, 53, 39}, 7, false);
  constexpr esp::conv3d tall{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 5, 1}, .padding = {0, 2, 0}};
  drawn::compare<tall, float>({1, 1, 2, 5003, 1}, 8, true);
  constexpr esp::conv3d deep{.in_channels = 1, .out_channels = 1, .kernel_size = {4, 1, 1}, .padding = {1, 0, 0}};
  drawn::compare<deep, double>({1, 1, 3001, 1, 2}, 9, true);
}
