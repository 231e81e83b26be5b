// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_winograd.hpp"

// The gradient of the input folds back what each border repeats: against the loops, and as the adjoint of the forward.

namespace {

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::turning;
using esp::conv3d;

template <conv3d... Configs>
void check(unsigned seed) {
  REQUIRE(drawn::data_families<reflected(Configs)..., mirrored(Configs)..., turning(Configs)..., mixed(Configs)...,
                               causal(Configs)...>(seed) == sizeof...(Configs) * 5 * 90);
}

}  // namespace

TEST_CASE("drawn gradients, data: every border of planes", "[conv][backward]") {
  check<conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
        conv3d{.in_channels = 4,
               .out_channels = 8,
               .kernel_size = {3, 2, 3},
               .stride = {2, 1, 3},
               .dilation = {1, 2, 2},
               .padding = {{1, 1}, {0, 2}, {3, 0}},
               .groups = 2},
        conv3d{.in_channels = 4, .out_channels = 2, .kernel_size = 3, .padding = {{4, 0}, {0, 3}, {30, 2}}}>(54000);
}

TEST_CASE("drawn gradients, data: every border of rows and channels", "[conv][backward]") {
  check<conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same},
        conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 1, .padding = {{1, 0}, {2, 3}, {0, 5}}},
        conv3d{.in_channels = 32, .out_channels = 6, .kernel_size = 3, .padding = 1},
        conv3d{
            .in_channels = 32, .out_channels = 3, .kernel_size = 3, .stride = 2, .padding = {{1, 1}, {4, 0}, {1, 3}}}>(
      54200);
}

TEST_CASE("gradients of the input by Winograd: every border", "[conv][winograd]") {
  constexpr conv3d cube{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d slab{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {{2, 0}, 1, {0, 4}}};
  REQUIRE(drawn::winograd_data_families<reflected(cube), mirrored(cube), turning(cube), mixed(cube), causal(cube),
                                        reflected(slab), mixed(slab), reflected(drawn::f43(cube))>(54400) == 8 * 90);
}
