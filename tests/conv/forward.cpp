// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/forward.hpp>

#include "conv/drawn_forward.hpp"

// Families: ordinary kernels and channel counts, one tile each from 1 to 9 output channels. See also forward_*.cpp.
TEST_CASE("drawn problems: channels and ordinary kernels", "[conv][forward]") {
  const auto total =
      drawn::families<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                      esp::conv3d{.in_channels = 3, .out_channels = 6, .kernel_size = 3, .padding = 1},
                      esp::conv3d{.in_channels = 2, .out_channels = 7, .kernel_size = 3, .padding = esp::same},
                      esp::conv3d{.in_channels = 1, .out_channels = 4, .kernel_size = 5, .padding = 2},
                      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1},
                      esp::conv3d{.in_channels = 5, .out_channels = 3, .kernel_size = 1, .padding = 1},
                      esp::conv3d{.in_channels = 2, .out_channels = 5, .kernel_size = {1, 3, 5}, .padding = {0, 1, 2}},
                      esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}},
                      esp::conv3d{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 1, 3}},
                      esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 7, .padding = esp::valid},
                      esp::conv3d{.in_channels = 9, .out_channels = 11, .kernel_size = {1, 3, 1}, .padding = {0, 1, 0}},
                      esp::conv3d{.in_channels = 2, .out_channels = 17, .kernel_size = 2}>(1000);
  REQUIRE(total == 12 * 90);
}

TEMPLATE_TEST_CASE("results are bitwise equal for every team and within rounding of the loops", "[conv][forward]",
                   float, double) {
  using T = TestType;
  const auto check = [](const drawn::problem<T>& p) {
    const auto serial = p.forward(0, true);
    for (const esp::index_t team : {1, 2, 3, 4, 7}) {
      const auto y = p.forward(team, true);
      REQUIRE(std::memcmp(serial.data(), y.data(), static_cast<std::size_t>(y.size()) * sizeof(T)) == 0);
    }
    const auto expected = p.reference(true);
    // n products below 1 in magnitude: every partial sum is below n, and each of the n steps rounds once.
    const T n = static_cast<T>(p.shape.weight().in * p.shape.weight().kernel.volume() + 1);
    for (esp::index_t i = 0; i < serial.size(); ++i) {
      REQUIRE(std::fabs(serial.data()[i] - expected.data()[i]) <= n * n * std::numeric_limits<T>::epsilon());
    }
  };
  std::mt19937 engine(7);
  check(drawn::problem<T>(
      drawn::kernel_for<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1}, T>(),
      {2, 4, 5, 9, 21}, engine, false));
  check(drawn::problem<T>(
      drawn::kernel_for<
          esp::conv3d{.in_channels = 6, .out_channels = 6, .kernel_size = 3, .stride = 2, .padding = 1, .groups = 3},
          T>(),
      {1, 6, 5, 8, 33}, engine, false));
  check(drawn::problem<T>(
      drawn::kernel_for<esp::conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 5, 3}, .dilation = 2}, T>(),
      {1, 1, 6, 40, 70}, engine, false));
}

TEST_CASE("wrong inputs throw before anything is written", "[conv][forward]") {
  using kernel = esp::direct_forward<esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3}, float>;
  float untouched = 5;
  REQUIRE_THROWS_AS(kernel::scratch_size({1, 3, 5, 5, 5}, 1), esp::error);
  REQUIRE_THROWS_AS(kernel::scratch_size({1, 2, 5, 2, 5}, 1), esp::error);
  REQUIRE_THROWS_AS(kernel::run(nullptr, {1, 2, 5, 5, 2}, nullptr, nullptr, &untouched, &untouched, esp::serial{}),
                    esp::error);
  REQUIRE(untouched == 5);
}

TEST_CASE("scratch is bounded and depends on the shape alone", "[conv][forward]") {
  using wide =
      esp::direct_forward<esp::conv3d{.in_channels = 512, .out_channels = 512, .kernel_size = 3, .padding = 1}, double>;
  const esp::index_t one = wide::scratch_size({4, 512, 64, 512, 5000}, 1);
  REQUIRE(one == wide::scratch_size({4, 512, 64, 512, 5000}, 1));
  REQUIRE(one * static_cast<esp::index_t>(sizeof(double)) < 2 * 1024 * 1024);
  REQUIRE(wide::scratch_size({4, 512, 64, 512, 5000}, 8) < 8 * one + 64);
  REQUIRE(wide::scratch_size({0, 512, 1, 1, 1}, 1) > 0);
}
