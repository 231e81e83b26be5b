// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/forward.hpp>

#include "conv/drawn_winograd.hpp"

TEST_CASE("drawn problems by Winograd: channels, groups and borders of 3 x 3 x 3 kernels", "[conv][winograd]") {
  const auto total = drawn::winograd_families<
      esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1},
      esp::conv3d{.in_channels = 3, .out_channels = 5, .kernel_size = 3},
      esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = esp::same},
      esp::conv3d{.in_channels = 17, .out_channels = 9, .kernel_size = 3, .padding = {{0, 1}, {2, 0}, {1, 3}}},
      esp::conv3d{.in_channels = 16, .out_channels = 24, .kernel_size = 3, .padding = {{2, 0}, {0, 1}, {5, 1}}},
      esp::conv3d{.in_channels = 2, .out_channels = 33, .kernel_size = 3, .padding = 4},
      esp::conv3d{.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 2},
      esp::conv3d{.in_channels = 5, .out_channels = 5, .kernel_size = 3, .padding = {0, 1, 2}, .groups = 5}>(21000);
  REQUIRE(total == 8 * 90);
}

TEST_CASE("drawn problems by Winograd: axes without a transform", "[conv][winograd]") {
  const auto total = drawn::winograd_families<
      esp::conv3d{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}},
      esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}},
      esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = {3, 3, 1}, .padding = {{0, 2}, 1, {1, 0}}},
      esp::conv3d{.in_channels = 9, .out_channels = 2, .kernel_size = {1, 1, 3}, .padding = {1, 2, 3}},
      esp::conv3d{.in_channels = 4, .out_channels = 6, .kernel_size = {3, 1, 3}, .dilation = {1, 7, 1}, .groups = 2},
      esp::conv3d{.in_channels = 5, .out_channels = 1, .kernel_size = {1, 3, 1}, .padding = esp::same}>(22000);
  REQUIRE(total == 6 * 90);
}

TEST_CASE("inputs of several Winograd tasks on every axis", "[conv][winograd]") {
  constexpr esp::conv3d wide{.in_channels = 64, .out_channels = 40, .kernel_size = 3, .padding = 1};
  drawn::compare(drawn::winograd_kernel_for<wide, float>(), {1, 64, 5, 21, 47}, 1, true);
  drawn::compare(drawn::winograd_kernel_for<wide, float>(), {2, 64, 2, 3, 30}, 3, true);
  constexpr esp::conv3d row{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  drawn::compare(drawn::winograd_kernel_for<row, float>(), {1, 1, 1, 2, 9001}, 2, true);
  drawn::compare(drawn::winograd_kernel_for<row, double>(), {2, 1, 2, 1, 4097}, 3, false);
  constexpr esp::conv3d cube{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1};
  drawn::compare(drawn::winograd_kernel_for<cube, float>(), {1, 1, 2, 131, 37}, 4, true);
  drawn::compare(drawn::winograd_kernel_for<cube, double>(), {1, 1, 31, 53, 39}, 5, false);
}

TEST_CASE("Winograd channels that do not fit take turns", "[conv][winograd]") {
  constexpr esp::conv3d inputs{.in_channels = 1400, .out_channels = 9, .kernel_size = 3, .padding = 1};
  constexpr esp::conv3d outputs{.in_channels = 3, .out_channels = 2700, .kernel_size = 3, .padding = 1};
  drawn::compare(drawn::winograd_kernel_for<inputs, float>(), {1, 1400, 3, 3, 37}, 2, true);
  drawn::compare(drawn::winograd_kernel_for<outputs, double>(), {1, 3, 2, 4, 35}, 3, true);
}

TEMPLATE_TEST_CASE("Winograd results are bitwise equal for every team", "[conv][winograd]", float, double) {
  using T = TestType;
  constexpr esp::conv3d config{.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2};
  std::mt19937 engine(7);
  const drawn::problem<T> p(drawn::winograd_kernel_for<config, T>(), {2, 24, 9, 19, 37}, engine, false);
  const auto serial = p.forward(0, true);
  for (const esp::index_t team : {1, 2, 3, 4, 7}) {
    const auto y = p.forward(team, true);
    REQUIRE(std::memcmp(serial.data(), y.data(), static_cast<std::size_t>(y.size()) * sizeof(T)) == 0);
  }
}

TEST_CASE("Winograd scratch is bounded; wrong inputs throw before anything is written", "[conv][winograd]") {
  constexpr esp::conv3d config{.in_channels = 512, .out_channels = 512, .kernel_size = 3, .padding = 1};
  using wide = esp::winograd_forward<config, float>;
  const esp::index_t one = wide::scratch_size({4, 512, 64, 512, 5000}, 1);
  REQUIRE(one * static_cast<esp::index_t>(sizeof(float)) < 4 * 1024 * 1024);
  constexpr esp::conv3d many{.in_channels = 3000, .out_channels = 3000, .kernel_size = 3, .padding = 1};
  REQUIRE(esp::winograd_forward<many, float>::scratch_size({4, 3000, 64, 512, 5000}, 1) *
              static_cast<esp::index_t>(sizeof(float)) <
          4 * 1024 * 1024);
  REQUIRE(wide::scratch_size({4, 512, 64, 512, 5000}, 8) < 8 * one + 64);
  REQUIRE(wide::scratch_size({0, 512, 1, 1, 1}, 1) > 0);
  float untouched = 5;
  REQUIRE_THROWS_AS(wide::run(nullptr, {1, 2, 5, 5, 2}, nullptr, nullptr, &untouched, &untouched, esp::serial{}),
                    esp::error);
  REQUIRE(untouched == 5);
}
