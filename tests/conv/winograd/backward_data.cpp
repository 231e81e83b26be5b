// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/backward_data.hpp>

#include "conv/drawn_winograd.hpp"

TEST_CASE("gradients of the input by Winograd: exact, and the forward's adjoint", "[conv][winograd]") {
  const auto total = drawn::winograd_data_families<
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 3},
      esp::conv3d{.in_channels = 8, .out_channels = 17, .kernel_size = 3, .padding = {{0, 1}, {2, 0}, {1, 3}}},
      esp::conv3d{.in_channels = 9, .out_channels = 8, .kernel_size = 3, .padding = {{2, 0}, {0, 1}, {5, 1}}},
      esp::conv3d{.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 4, .groups = 2},
      esp::conv3d{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {2, 1, 1}},
      esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 1, 1}, .padding = {1, 0, 3}}>(23000);
  REQUIRE(total == 7 * 90);
}

TEST_CASE("gradients of the input by Winograd: folded from a replicated border", "[conv][winograd]") {
  using drawn::replicated;
  const auto total = drawn::winograd_data_families<
      replicated({.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1}),
      replicated(
          {.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = {{7, 0}, {0, 1}, {1, 50}}, .groups = 2}),
      replicated({.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {2, 1, 1}})>(23500);
  REQUIRE(total == 3 * 90);
}

TEMPLATE_TEST_CASE("gradients of the input by Winograd are bitwise equal for every team", "[conv][winograd]", float,
                   double) {
  using T = TestType;
  constexpr esp::conv3d config{.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2};
  std::mt19937 engine(7);
  const drawn::gradient_problem<T> p(config, {2, 24, 9, 19, 37}, engine, false);
  const auto fast = drawn::winograd_data_kernel_for<config, T>();
  const auto serial = fast.gradient(p, 0);
  for (const esp::index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
}
