// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/forward.hpp>

#include "conv/drawn_winograd.hpp"

using drawn::f43;

TEST_CASE("drawn problems by F(4, 3): channels, groups and borders of 3 x 3 x 3 kernels", "[conv][winograd]") {
  const auto total = drawn::winograd_families<
      f43({.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1}),
      f43({.in_channels = 3, .out_channels = 5, .kernel_size = 3}),
      f43({.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = esp::same}),
      f43({.in_channels = 17, .out_channels = 9, .kernel_size = 3, .padding = {{0, 1}, {2, 0}, {1, 3}}}),
      f43({.in_channels = 16, .out_channels = 24, .kernel_size = 3, .padding = {{2, 0}, {0, 1}, {5, 1}}}),
      f43({.in_channels = 2, .out_channels = 33, .kernel_size = 3, .padding = 4}),
      f43({.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 2}),
      f43({.in_channels = 5, .out_channels = 5, .kernel_size = 3, .padding = {0, 1, 2}, .groups = 5})>(31000);
  REQUIRE(total == 8 * 90);
}

TEST_CASE("drawn problems by F(4, 3): axes without a transform", "[conv][winograd]") {
  const auto total = drawn::winograd_families<
      f43({.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}}),
      f43({.in_channels = 4, .out_channels = 8, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}}),
      f43({.in_channels = 2, .out_channels = 3, .kernel_size = {3, 3, 1}, .padding = {{0, 2}, 1, {1, 0}}}),
      f43({.in_channels = 4, .out_channels = 6, .kernel_size = {3, 1, 3}, .dilation = {1, 7, 1}, .groups = 2}),
      f43({.in_channels = 5, .out_channels = 1, .kernel_size = {1, 3, 1}, .padding = esp::same})>(32000);
  REQUIRE(total == 5 * 90);
}

TEST_CASE("depths and heights around whole tiles of F(4, 3)", "[conv][winograd]") {
  constexpr esp::conv3d config = f43({.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1});
  unsigned seed = 33000;
  for (esp::index_t size = 1; size <= 13; ++size) {
    drawn::compare(drawn::winograd_kernel_for<config, float>(), {1, 3, size, 14 - size, 9}, ++seed, true);
    drawn::compare(drawn::winograd_kernel_for<config, double>(), {2, 3, size, size, 5}, ++seed, false);
  }
}

TEST_CASE("inputs of several tasks of F(4, 3) on every axis", "[conv][winograd]") {
  constexpr esp::conv3d wide = f43({.in_channels = 64, .out_channels = 40, .kernel_size = 3, .padding = 1});
  drawn::compare(drawn::winograd_kernel_for<wide, float>(), {1, 64, 9, 13, 24}, 1, true);
  drawn::compare(drawn::winograd_kernel_for<wide, double>(), {2, 64, 2, 3, 30}, 3, true);
  constexpr esp::conv3d flat = f43({.in_channels = 1, .out_channels = 3, .kernel_size = {1, 3, 3}, .padding = 1});
  drawn::compare(drawn::winograd_kernel_for<flat, float>(), {1, 1, 1, 5, 9001}, 2, true);
  constexpr esp::conv3d cube = f43({.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1});
  drawn::compare(drawn::winograd_kernel_for<cube, float>(), {1, 1, 2, 131, 37}, 4, true);
  drawn::compare(drawn::winograd_kernel_for<cube, double>(), {1, 1, 31, 53, 39}, 5, false);
}

TEMPLATE_TEST_CASE("results of F(4, 3) are bitwise equal for every team", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr esp::conv3d config =
      f43({.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2});
  std::mt19937 engine(7);
  const drawn::problem<T> p(drawn::winograd_kernel_for<config, T>(), {2, 24, 9, 19, 37}, engine, false);
  const auto serial = p.forward(0, true);
  for (const esp::index_t team : {1, 2, 3, 4, 7}) {
    const auto y = p.forward(team, true);
    REQUIRE(std::memcmp(serial.data(), y.data(), static_cast<std::size_t>(y.size()) * sizeof(T)) == 0);
  }
}

TEST_CASE("channels of F(4, 3) that do not fit take turns", "[conv][winograd]") {
  constexpr esp::conv3d inputs = f43({.in_channels = 900, .out_channels = 9, .kernel_size = 3, .padding = 1});
  constexpr esp::conv3d outputs = f43({.in_channels = 4, .out_channels = 700, .kernel_size = 3, .padding = 1});
  constexpr esp::conv3d both = f43({.in_channels = 620, .out_channels = 270, .kernel_size = 3, .padding = 1});
  drawn::compare(drawn::winograd_kernel_for<inputs, float>(), {1, 900, 5, 3, 37}, 2, true);
  drawn::compare(drawn::winograd_kernel_for<outputs, double>(), {1, 4, 2, 6, 35}, 3, true);
  drawn::compare(drawn::winograd_kernel_for<both, float>(), {1, 620, 2, 3, 6}, 2, false);
}
