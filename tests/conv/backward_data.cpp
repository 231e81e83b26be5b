// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/backward_data.hpp>

#include "conv/drawn_backward_data.hpp"

TEST_CASE("gradients of inputs large enough to be cut on every axis", "[conv][backward]") {
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  drawn::compare_data<row, float>({1, 1, 1, 2, 9001}, 3);
  drawn::compare_data<row, double>({2, 1, 2, 1, 4097}, 4);
  constexpr esp::conv3d cube{.in_channels = 2, .out_channels = 1, .kernel_size = 3, .padding = 1};
  drawn::compare_data<cube, float>({1, 2, 19, 9, 13}, 5);
  drawn::compare_data<cube, float>({1, 2, 2, 131, 37}, 6);
  constexpr esp::conv3d half{.in_channels = 2, .out_channels = 1, .kernel_size = 3, .stride = 2, .padding = 1};
  drawn::compare_data<half, float>({1, 2, 38, 19, 23}, 7);
  drawn::compare_data<half, double>({1, 2, 3, 203, 97}, 8);
  drawn::compare_data<half, double>({1, 2, 1, 3, 9001}, 9);
  constexpr esp::conv3d sparse{.in_channels = 1, .out_channels = 1, .kernel_size = {4, 1, 1}, .stride = {3, 2, 1}};
  drawn::compare_data<sparse, float>({1, 1, 1501, 3, 2}, 10);
}

TEMPLATE_TEST_CASE("gradients of the input are bitwise equal for every team and within rounding of the loops",
                   "[conv][backward]", float, double) {
  using T = TestType;
  std::mt19937 engine(7);
  const auto check = [&](const drawn::data_kernel<T>& fast, esp::dims5 input) {
    const drawn::gradient_problem<T> p(fast.config, input, engine, false);
    const auto serial = fast.gradient(p, 0);
    for (const esp::index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
    drawn::fenced<T> expected(serial.size());
    reference::backward_data(p.shape, p.grad_y.data(), p.weight.data(), expected.data());
    // n products below 1 in magnitude: every partial sum is below n, and each of the n steps rounds once.
    const T n = static_cast<T>(fast.config.out_channels * fast.config.kernel_size.volume());
    for (esp::index_t i = 0; i < serial.size(); ++i) {
      REQUIRE(std::fabs(serial.data()[i] - expected.data()[i]) <= n * n * std::numeric_limits<T>::epsilon());
    }
  };
  check(drawn::data_kernel_for<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, T>(),
        {2, 4, 5, 9, 21});
  check(drawn::data_kernel_for<
            esp::conv3d{.in_channels = 6, .out_channels = 6, .kernel_size = 3, .stride = 2, .padding = 1, .groups = 3},
            T>(),
        {1, 6, 5, 8, 33});
  check(
      drawn::data_kernel_for<esp::conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 5, 3}, .dilation = 2},
                             T>(),
      {1, 1, 6, 40, 70});
}

TEST_CASE("an input without voxels has no gradient, a wrong one throws before anything is written",
          "[conv][backward]") {
  using kernel = esp::direct_backward_data<
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = {3, 0, 0}}, float>;
  float untouched = 5;
  kernel::run(nullptr, {1, 2, 0, 5, 5}, nullptr, &untouched, &untouched, esp::serial{});
  kernel::run(nullptr, {0, 2, 5, 5, 5}, nullptr, &untouched, &untouched, esp::threads{2});
  REQUIRE(kernel::scratch_size({0, 2, 5, 5, 5}, 2) == 0);
  REQUIRE_THROWS_AS(kernel::scratch_size({1, 3, 5, 5, 5}, 1), esp::error);
  REQUIRE_THROWS_AS(kernel::run(nullptr, {1, 2, 5, 5, 2}, nullptr, &untouched, &untouched, esp::serial{}), esp::error);
  REQUIRE(untouched == 5);
}

TEST_CASE("scratch of the input's gradient is bounded", "[conv][backward]") {
  constexpr esp::conv3d wide{.in_channels = 512, .out_channels = 512, .kernel_size = 3, .stride = 2, .padding = 1};
  using kernel = esp::direct_backward_data<wide, double>;
  const esp::index_t one = kernel::scratch_size({4, 512, 64, 512, 5000}, 1);
  REQUIRE(one * static_cast<esp::index_t>(sizeof(double)) < 2 * 1024 * 1024);
  REQUIRE(kernel::scratch_size({4, 512, 64, 512, 5000}, 8) < 8 * one + 64);
}
