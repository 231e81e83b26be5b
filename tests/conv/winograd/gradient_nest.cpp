// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/winograd/gradient_nest.hpp>

#include "conv/drawn_winograd.hpp"

TEST_CASE("gradients of weights by Winograd: exact, and the forward's adjoint", "[conv][winograd]") {
  const auto total = drawn::winograd_weights_families<
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 3},
      esp::conv3d{.in_channels = 8, .out_channels = 17, .kernel_size = 3, .padding = {{0, 1}, {2, 0}, {1, 3}}},
      esp::conv3d{.in_channels = 18, .out_channels = 34, .kernel_size = 3, .padding = {{2, 0}, {0, 1}, {5, 1}}},
      esp::conv3d{.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 4, .groups = 2},
      esp::conv3d{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {2, 1, 1}},
      esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 1, 1}, .padding = {1, 0, 3}}>(24000);
  REQUIRE(total == 7 * 90);
}

TEST_CASE("gradients of weights by Winograd: replicated borders", "[conv][winograd]") {
  using drawn::replicated;
  const auto total = drawn::winograd_weights_families<
      replicated({.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1}),
      replicated(
          {.in_channels = 18, .out_channels = 34, .kernel_size = 3, .padding = {{7, 0}, {0, 1}, {1, 50}}, .groups = 2}),
      replicated({.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {2, 1, 1}})>(24500);
  REQUIRE(total == 3 * 90);
}

TEST_CASE("gradients of weights by Winograd: units, shares and jobs", "[conv][winograd]") {
  constexpr esp::conv3d cube{.in_channels = 5, .out_channels = 18, .kernel_size = 3, .padding = 1};
  static_assert(esp::winograd_gradient_blocks_for<float>(cube, {1, 18, 9, 31, 33}).shares > 1);
  std::mt19937 engine(2);
  const drawn::gradient_problem<float> whole(cube, {1, 5, 9, 31, 33}, engine, true);
  drawn::check_weights(drawn::winograd_weights_kernel_for<cube, float>(), whole, 2);
  constexpr esp::conv3d many{.in_channels = 130, .out_channels = 100, .kernel_size = 3, .padding = 1};
  static_assert(esp::winograd_gradient_blocks_for<float>(many, {1, 100, 2, 5, 7}).jobs > 1);
  const drawn::gradient_problem<float> p(many, {1, 130, 2, 5, 7}, engine, true);
  drawn::check_weights(drawn::winograd_weights_kernel_for<many, float>(), p, 3);
}

TEMPLATE_TEST_CASE("gradients of weights by Winograd are bitwise equal for every team and within rounding of the loops",
                   "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr esp::conv3d config{.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2};
  std::mt19937 engine(7);
  const drawn::gradient_problem<T> p(config, {2, 24, 9, 19, 37}, engine, false);
  const auto fast = drawn::winograd_weights_kernel_for<config, T>();
  const auto serial = fast.gradient(p, 0);
  for (const esp::index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
  drawn::fenced<T> expected(serial.size());
  reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected.data(), nullptr);
  // n products below 1 in magnitude: as for the direct gradient.
  const T n = static_cast<T>(p.shape.output.size() / p.shape.output.c);
  for (esp::index_t i = 0; i < serial.size(); ++i) {
    REQUIRE(std::fabs(serial.data()[i] - expected.data()[i]) <= n * std::numeric_limits<T>::epsilon());
  }
}

TEST_CASE("an empty batch gives a Winograd gradient of zero, a wrong input throws before anything is written",
          "[conv][winograd]") {
  using kernel = esp::winograd_backward_weights<
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = {1, 1, 3}, .padding = esp::same}, float>;
  std::vector<float> scratch(static_cast<std::size_t>(kernel::scratch_size({0, 1, 2, 2, 2}, 1)));
  float weight[] = {5, 6, 7};
  kernel::run(nullptr, {0, 1, 2, 2, 2}, nullptr, weight, true, scratch.data(), esp::serial{});
  REQUIRE((weight[0] == 5 && weight[1] == 6 && weight[2] == 7));
  kernel::run(nullptr, {0, 1, 2, 2, 2}, nullptr, weight, false, scratch.data(), esp::serial{});
  REQUIRE((weight[0] == 0 && weight[1] == 0 && weight[2] == 0));
  REQUIRE_THROWS_AS(kernel::scratch_size({1, 3, 5, 5, 5}, 1), esp::error);
}
