// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/winograd/transform.hpp>

#include "support/catch.hpp"

namespace {

constexpr auto f23 = esp::transform_for<esp::axis_f23>;
constexpr auto mixed = std::array<double, 4>{0, -1, 1, 0.5};

}  // namespace

TEST_CASE("F(2, 3) on 0, 1, -1 and infinity: additions, and halves for the weights", "[conv][winograd]") {
  using row = std::array<double, 4>;
  using taps = std::array<double, 3>;
  STATIC_REQUIRE(f23.input == std::array<row, 4>{{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}}});
  STATIC_REQUIRE(f23.output == std::array<row, 2>{{{1, 1, 1, 0}, {0, 1, -1, 1}}});
  STATIC_REQUIRE(f23.weight == std::array<taps, 4>{{{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}});
}

TEST_CASE("F(2, 2) on 0, 1 and infinity: additions, for the weights too", "[conv][winograd]") {
  constexpr auto f22 = esp::transform_for<esp::axis_f22>;
  using row = std::array<double, 3>;
  using pair = std::array<double, 2>;
  STATIC_REQUIRE(f22.input == std::array<row, 3>{{{1, -1, 0}, {0, 1, 0}, {0, -1, 1}}});
  STATIC_REQUIRE(f22.output == std::array<row, 2>{{{1, 1, 0}, {0, 1, 1}}});
  STATIC_REQUIRE(f22.weight == std::array<pair, 3>{{{1, 0}, {1, 1}, {0, 1}}});
}

TEST_CASE("the construction holds for other sizes and points", "[conv][winograd]") {
  STATIC_REQUIRE(esp::winograd_transform<esp::axis_tile{4, 3}>({0, 1, -1, 2, -2}).defect() < 1e-15);
  STATIC_REQUIRE(esp::winograd_transform<esp::axis_tile{4, 3}>({0, 1, -1, 0.5, -0.5}).defect() < 1e-14);
  STATIC_REQUIRE(esp::winograd_transform<esp::axis_tile{2, 5}>({0, 1, -1, 2, -2}).defect() < 1e-15);
  STATIC_REQUIRE(esp::winograd_transform<esp::axis_tile{1, 2}>({0}).defect() == 0);
}

TEST_CASE("F(4, 3) on 11/16 and 3/2: dyadic but for the weights", "[conv][winograd]") {
  constexpr auto f43 = esp::transform_for<esp::axis_f43>;
  STATIC_REQUIRE(f43.defect() < 1e-15);
  constexpr double a = 0.6875, b = 1.5;
  using row = std::array<double, 6>;
  STATIC_REQUIRE(f43.input[0] == row{a * a * b * b, 0, -a * a - b * b, 0, 1, 0});
  STATIC_REQUIRE(f43.input[1] == row{0, -a * b * b, -b * b, a, 1, 0});
  STATIC_REQUIRE(f43.input[4] == row{0, a * a * b, -a * a, -b, 1, 0});
  STATIC_REQUIRE(f43.output[3] == row{0, a * a * a, -a * a * a, b * b * b, -b * b * b, 1});
  for (const auto* matrix : {&f43.input[0], &f43.input[5]}) {
    for (const double entry : *matrix) REQUIRE(static_cast<double>(static_cast<float>(entry)) == entry);
  }
}

TEST_CASE("a matrix that is none is found out", "[conv][winograd]") {
  auto wrong = f23;
  wrong.output[1][2] = 1;
  REQUIRE(wrong.defect() == 1);
}

TEST_CASE("rows of a matrix combine vectors", "[conv][winograd]") {
  const auto in = [](std::size_t j) { return esp::simd::broadcast(static_cast<float>(j + 1)); };
  std::array<float, static_cast<std::size_t>(esp::lanes<float>)> out{};
  esp::simd::store_unaligned(out.data(), esp::combine<mixed, float>(in));
  for (const float v : out) REQUIRE(v == 0 - 2 + 3 + 2);
}
