// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_winograd.hpp"

// The gradient of the weight reads every border as the forward does.

namespace {

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::turning;
using esp::conv3d;

template <esp::kernel_family Family, conv3d... Configs>
void check(unsigned seed) {
  static_assert(esp::lanes<float> < 8 ||
                ((esp::direct_backward_weights<reflected(Configs), float>::chosen.family == Family) && ...));
  REQUIRE(drawn::weights_families<reflected(Configs)..., mirrored(Configs)..., turning(Configs)..., mixed(Configs)...,
                                  causal(Configs)...>(seed) == sizeof...(Configs) * 5 * 90);
}

}  // namespace

TEST_CASE("drawn gradients, weights: every border of planes", "[conv][backward]") {
  check<esp::kernel_family::plane, conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
        conv3d{.in_channels = 2,
               .out_channels = 4,
               .kernel_size = {3, 2, 3},
               .stride = {2, 1, 3},
               .dilation = {1, 2, 2},
               .padding = {{1, 1}, {0, 2}, {3, 0}}},
        conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = {{4, 0}, {0, 3}, {30, 2}}}>(64000);
}

TEST_CASE("drawn gradients, weights: every border of channels", "[conv][backward]") {
  check<esp::kernel_family::channel, conv3d{.in_channels = 16, .out_channels = 32, .kernel_size = 3, .padding = 1},
        conv3d{.in_channels = 6,
               .out_channels = 32,
               .kernel_size = {2, 3, 2},
               .stride = {1, 2, 2},
               .dilation = {1, 2, 3},
               .padding = {{0, 3}, {4, 2}, {8, 3}}}>(64200);
}

TEST_CASE("gradients of weights by Winograd: every border", "[conv][winograd]") {
  constexpr conv3d cube{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d slab{.in_channels = 3, .out_channels = 9, .kernel_size = {1, 3, 3}, .padding = {{2, 0}, 1, {0, 4}}};
  REQUIRE(drawn::winograd_weights_families<reflected(cube), mirrored(cube), turning(cube), mixed(cube), causal(cube),
                                           reflected(slab), mixed(slab)>(64400) == 7 * 90);
}
