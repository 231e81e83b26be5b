// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <string>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d layer{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};

std::string id_of(const esp::conv3d& config, esp::dims5 input) {
  try {
    static_cast<void>(esp::output_dims(config, input));
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.what()).find(e.id()) == 0);
    return e.id();
  }
  return "none";
}

}  // namespace

TEST_CASE("the output's shape follows PyTorch's formula", "[conv]") {
  REQUIRE(esp::output_dims(layer, {2, 4, 16, 32, 32}) == esp::dims5{2, 8, 16, 32, 32});
  REQUIRE(esp::output_dims(layer, {0, 4, 1, 1, 1}) == esp::dims5{0, 8, 1, 1, 1});

  constexpr esp::conv3d strided{
      .in_channels = 4, .out_channels = 8, .kernel_size = {2, 3, 4}, .stride = {1, 2, 3}, .padding = {{0, 1}, 1, 2}};
  REQUIRE(esp::output_dims(strided, {1, 4, 5, 9, 10}) == esp::dims5{1, 8, 5, 5, 4});

  constexpr esp::conv3d dilated{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .dilation = {1, 2, 3}};
  REQUIRE(esp::output_dims(dilated, {1, 1, 3, 5, 8}) == esp::dims5{1, 1, 1, 1, 2});

  constexpr esp::conv3d even{.in_channels = 1, .out_channels = 1, .kernel_size = {2, 4, 6}, .padding = esp::same};
  REQUIRE(esp::output_dims(even, {1, 1, 7, 8, 9}) == esp::dims5{1, 1, 7, 8, 9});
}

TEST_CASE("wrong input shapes are refused with their values", "[conv]") {
  REQUIRE(id_of(layer, {1, 3, 8, 8, 8}) == "ESP-101");
  constexpr esp::conv3d big_kernel{.in_channels = 4, .out_channels = 8, .kernel_size = {3, 3, 7}, .padding = 1};
  REQUIRE(id_of(big_kernel, {1, 4, 8, 8, 4}) == "ESP-102");
  REQUIRE(id_of(big_kernel, {1, 4, 8, 8, 5}) == "none");
  REQUIRE(id_of(layer, {1, 4, -8, 8, 8}) == "ESP-104");
  const esp::index_t huge = esp::index_t{1} << 40;
  REQUIRE(id_of(layer, {1, 4, huge, huge, 8}) == "ESP-103");
  REQUIRE(id_of(layer, {0, 4, huge, huge, 8}) == "ESP-103");
  // The input can be counted, the output can not.
  constexpr esp::conv3d wide{.in_channels = 1, .out_channels = 1 << 20, .kernel_size = 1};
  REQUIRE(id_of(wide, {1, 1, 1, esp::index_t{1} << 20, esp::index_t{1} << 22}) == "ESP-103");
  constexpr esp::conv3d replicated{.in_channels = 4,
                                   .out_channels = 8,
                                   .kernel_size = 3,
                                   .padding = {2, 2, 1},
                                   .boundary = esp::boundary::replicate};
  REQUIRE(id_of(replicated, {1, 4, 1, 1, 1}) == "none");
  REQUIRE(id_of(replicated, {0, 4, 1, 1, 1}) == "none");
  REQUIRE(id_of(replicated, {1, 4, 0, 8, 8}) == "ESP-204");
  REQUIRE(id_of(replicated, {1, 4, 8, 8, 0}) == "ESP-102");
  try {
    static_cast<void>(esp::output_dims(replicated, {1, 4, 8, 0, 8}));
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.what()).find("(1, 4, 8, 0, 8) is empty along H,") != std::string::npos);
  }
  try {
    static_cast<void>(esp::output_dims(layer, {1, 3, 8, 8, 8}));
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.what()).find("3 channels but the convolution expects 4") != std::string::npos);
  }
}

TEST_CASE("padding that an axis cannot repeat is refused with both numbers", "[conv]") {
  using enum esp::boundary;
  const auto of = [](const esp::boundaries& border) {
    esp::conv3d c{.in_channels = 1, .out_channels = 1, .kernel_size = 1, .padding = {{2, 0}, {0, 3}, 0}};
    c.boundary = border;
    return c;
  };
  REQUIRE(id_of(of(reflect), {1, 1, 3, 4, 1}) == "none");
  REQUIRE(id_of(of(reflect), {1, 1, 2, 4, 1}) == "ESP-246");
  REQUIRE(id_of(of(reflect), {1, 1, 3, 3, 1}) == "ESP-246");
  REQUIRE(id_of(of({{reflect, zeros}, zeros, zeros}), {1, 1, 3, 1, 1}) == "none");
  for (const esp::boundary b : {symmetric, circular}) {
    REQUIRE(id_of(of(b), {1, 1, 2, 3, 1}) == "none");
    REQUIRE(id_of(of(b), {1, 1, 1, 3, 1}) == "ESP-246");
    REQUIRE(id_of(of(b), {1, 1, 2, 2, 1}) == "ESP-246");
    REQUIRE(id_of(of(b), {1, 1, 0, 3, 1}) == "ESP-204");
  }
  REQUIRE(id_of(of(replicate), {1, 1, 1, 1, 1}) == "none");
  try {
    static_cast<void>(esp::output_dims(of(reflect), {1, 1, 2, 4, 1}));
  } catch (const esp::error& e) {
    REQUIRE(std::string(e.what()).find("has 2 voxels along D, where a padding of 2 on boundary::reflect needs 3;") !=
            std::string::npos);
  }
}
