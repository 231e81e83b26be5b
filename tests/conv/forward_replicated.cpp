// SPDX-License-Identifier: BSD-3-Clause
#include <array>

#include "conv/drawn_winograd.hpp"

namespace {

using esp::conv3d, esp::index_t;

template <conv3d Config>
constexpr esp::kernel_family family = esp::direct_forward<drawn::replicated(Config), float>::chosen.family;

template <conv3d... Configs>
void direct(unsigned seed) {
  drawn::families<drawn::replicated(Configs)...>(seed);
}

template <conv3d... Configs>
void winograd(unsigned seed) {
  drawn::winograd_families<drawn::replicated(Configs)...>(seed);
}

// The output of a kernel, and of the plain loops, for small integers in a fixed pattern.
template <class T>
std::array<std::vector<T>, 2> patterned(const drawn::kernel<T>& fast, esp::dims5 input) {
  const esp::conv_problem p(fast.config, input);
  drawn::guarded<T> x(p.input.size()), weight(p.weight().size()), packed(fast.packed_size);
  drawn::guarded<T> y(p.output.size()), plain(p.output.size());
  for (index_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<T>(i * 7 % 11 - 5);
  for (index_t i = 0; i < weight.size(); ++i) weight.data()[i] = static_cast<T>(i * 5 % 7 - 3);
  drawn::guarded<T> scratch(fast.scratch_size(input, 1));
  fast.pack(weight.data(), packed.data());
  fast.run(x.data(), input, packed.data(), nullptr, y.data(), scratch.data(), 0);
  reference::forward(p, x.data(), weight.data(), nullptr, plain.data());
  return {std::vector<T>{y.data(), y.data() + y.size()}, {plain.data(), plain.data() + y.size()}};
}

}  // namespace

// x = (np.arange(24) * 7 % 11 - 5).reshape(2, 3, 4)
// w = (np.arange(36) * 5 % 7 - 3).reshape(2, 2, 3, 3)
// p = np.pad(x, ((1, 1), (2, 1), (1, 3)), mode="edge")
// y = [sum(w[o, kd, kh, kw] * p[kd:kd + 3, kh:kh + 4:2, 2 * kw:2 * kw + 4]
//          for kd in range(2) for kh in range(3) for kw in range(3)) for o in range(2)]
TEST_CASE("a replicated border as numpy has it", "[conv][forward]") {
  constexpr conv3d config{.in_channels = 1,
                          .out_channels = 2,
                          .kernel_size = {2, 3, 3},
                          .stride = {1, 2, 1},
                          .dilation = {1, 1, 2},
                          .padding = {{1, 1}, {2, 1}, {1, 3}},
                          .boundary = esp::boundary::replicate};
  constexpr std::array<int, 48> expected{18, 22,  -6, 6,   10,  36,  30,  31,  59, 30, 2, 47, 7,  22,  27,  17,
                                         -3, -10, 6,  -15, 22,  26,  -2,  -23, 20, 20, 6, 14, 8,  8,   5,   -20,
                                         36, -30, 22, 30,  -31, -42, -23, -59, -2, -2, 6, -8, -3, -25, -28, 2};
  const auto [y, plain] = patterned(drawn::kernel_for<config, float>(), {1, 1, 2, 3, 4});
  REQUIRE(std::vector<float>(expected.begin(), expected.end()) == y);
  REQUIRE(plain == y);
}

TEST_CASE("planes read a replicated border", "[conv][forward]") {
  constexpr conv3d plain{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};
  constexpr conv3d strided{.in_channels = 6,
                           .out_channels = 8,
                           .kernel_size = {3, 2, 3},
                           .stride = {1, 2, 3},
                           .dilation = {2, 1, 1},
                           .padding = {{0, 2}, {1, 0}, {3, 2}},
                           .groups = 2};
  constexpr conv3d wide{
      .in_channels = 2, .out_channels = 4, .kernel_size = {4, 2, 3}, .padding = {{9, 0}, {0, 7}, {45, 2}}};
  constexpr conv3d apart{.in_channels = 2,
                         .out_channels = 3,
                         .kernel_size = 2,
                         .stride = {2, 5, 4},
                         .dilation = {1, 3, 7},
                         .padding = {3, 8, 20}};
  // Registers of four take their channels by lanes.
  static_assert(esp::lanes<float> < 8 || family<plain> == esp::kernel_family::plane);
  static_assert(esp::lanes<float> < 8 || family<strided> == esp::kernel_family::plane);
  static_assert(family<wide> == esp::kernel_family::plane && family<apart> == esp::kernel_family::plane);
  direct<plain, strided, wide, apart>(41000);
}

TEST_CASE("row tiles read a replicated border", "[conv][forward]") {
  constexpr conv3d one{.in_channels = 1, .out_channels = 1, .kernel_size = 3, .padding = 1};
  constexpr conv3d strided{
      .in_channels = 6, .out_channels = 6, .kernel_size = {2, 5, 3}, .stride = {2, 1, 2}, .padding = 2, .groups = 6};
  constexpr conv3d wide{.in_channels = 1,
                        .out_channels = 2,
                        .kernel_size = {1, 3, 5},
                        .dilation = {1, 1, 3},
                        .padding = {{2, 0}, {0, 9}, {30, 50}}};
  static_assert(family<one> == esp::kernel_family::row && family<strided> == esp::kernel_family::row);
  static_assert(family<wide> == esp::kernel_family::row);
  direct<one, strided, wide>(41100);
}

TEST_CASE("channel tiles read a replicated border", "[conv][forward]") {
  constexpr conv3d plain{.in_channels = 12, .out_channels = 31, .kernel_size = 3, .padding = 1};
  constexpr conv3d strided{
      .in_channels = 6, .out_channels = 62, .kernel_size = {1, 3, 3}, .stride = 2, .padding = esp::same, .groups = 2};
  constexpr conv3d wide{.in_channels = 3,
                        .out_channels = 32,
                        .kernel_size = {2, 3, 2},
                        .dilation = {1, 2, 3},
                        .padding = {{0, 5}, {8, 0}, {50, 3}}};
  constexpr conv3d apart{
      .in_channels = 3, .out_channels = 32, .kernel_size = 2, .stride = {1, 3, 2}, .padding = {{1, 1}, {3, 2}, {4, 1}}};
  static_assert(esp::lanes<float> < 4 || family<plain> == esp::kernel_family::channel);
  static_assert(esp::lanes<float> < 4 || family<strided> == esp::kernel_family::channel);
  static_assert(esp::lanes<float> < 4 || family<wide> == esp::kernel_family::channel);
  static_assert(esp::lanes<float> < 4 || family<apart> == esp::kernel_family::channel);
  direct<plain, strided, wide, apart>(41200);
}

TEST_CASE("Winograd tiles read a replicated border", "[conv][forward][winograd]") {
  constexpr conv3d cube{.in_channels = 6,
                        .out_channels = 8,
                        .kernel_size = 3,
                        .padding = 1,
                        .groups = 2,
                        .algorithm = esp::algorithm::winograd};
  constexpr conv3d row{.in_channels = 3,
                       .out_channels = 6,
                       .kernel_size = {1, 1, 3},
                       .padding = {0, 1, 40},
                       .algorithm = esp::algorithm::winograd};
  constexpr conv3d slab{.in_channels = 3,
                        .out_channels = 6,
                        .kernel_size = {3, 3, 1},
                        .padding = {{4, 0}, {0, 5}, {20, 1}},
                        .algorithm = esp::algorithm::winograd};
  winograd<cube, row, slab, drawn::f43(cube), drawn::f43(slab)>(41300);
}

TEST_CASE("a replicated border comes before the bias and the activation", "[conv][forward]") {
  constexpr conv3d config{.in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 2};
  direct<drawn::rectified(config)>(41400);
}

// Cuts that small inputs never reach: several blocks of rows, columns and planes, of which inner ones meet no border.
TEST_CASE("inputs large enough to be cut read a replicated border at their ends alone", "[conv][forward]") {
  constexpr conv3d row{.in_channels = 2,
                       .out_channels = 4,
                       .kernel_size = {1, 1, 3},
                       .padding = {0, 0, 2},
                       .boundary = esp::boundary::replicate};
  static_assert(family<row> == esp::kernel_family::plane);
  drawn::compare<row, float>({1, 2, 1, 2, 9001}, 1, true);
  constexpr conv3d cube{
      .in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1, .boundary = esp::boundary::replicate};
  static_assert(family<cube> == esp::kernel_family::row);
  drawn::compare<cube, float>({1, 1, 19, 9, 13}, 2, true);
  drawn::compare<cube, float>({1, 1, 2, 1031, 7}, 3, true);
  drawn::compare<cube, double>({1, 1, 3, 3, 4097}, 4, false);
  constexpr conv3d many{
      .in_channels = 3, .out_channels = 32, .kernel_size = 3, .padding = 1, .boundary = esp::boundary::replicate};
  static_assert(esp::lanes<float> < 4 || family<many> == esp::kernel_family::channel);
  drawn::compare<many, float>({1, 3, 4, 60, 61}, 5, true);
  drawn::compare<many, double>({1, 3, 9, 2, 1300}, 7, false);
  constexpr conv3d tiles{.in_channels = 16,
                         .out_channels = 16,
                         .kernel_size = 3,
                         .padding = {2, 1, 3},
                         .algorithm = esp::algorithm::winograd,
                         .boundary = esp::boundary::replicate};
  drawn::compare(drawn::winograd_kernel_for<tiles, float>(), {1, 16, 5, 31, 150}, 8, true);
}
