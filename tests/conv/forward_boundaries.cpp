// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_winograd.hpp"

// Every family of the forward on every border but the replicated one, which has a test of its own, on mixtures and with
// padding on one side alone.

namespace {

using drawn::causal, drawn::mirrored, drawn::mixed, drawn::reflected, drawn::turning;
using esp::conv3d;

template <esp::kernel_family Family, conv3d... Configs>
void check(unsigned seed) {
  const auto each = [&]<conv3d Config>() {
    static_assert(esp::lanes<float> < 8 || esp::direct_forward<Config, float>::chosen.family == Family);
    REQUIRE(drawn::families<Config>(seed += 2) == 90);
  };
  const auto borders = [&]<conv3d Config>() {
    each.template operator()<reflected(Config)>();
    each.template operator()<mirrored(Config)>();
    each.template operator()<turning(Config)>();
    each.template operator()<mixed(Config)>();
    each.template operator()<causal(Config)>();
  };
  (borders.template operator()<Configs>(), ...);
}

template <conv3d... Configs>
void winograd(unsigned seed) {
  const auto borders = [&]<conv3d Config>() {
    REQUIRE(
        drawn::winograd_families<reflected(Config), mirrored(Config), turning(Config), mixed(Config), causal(Config)>(
            seed += 20) == 5 * 90);
  };
  (borders.template operator()<Configs>(), ...);
}

}  // namespace

TEST_CASE("planes read every border", "[conv][forward]") {
  check<esp::kernel_family::plane, conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
        conv3d{.in_channels = 6,
               .out_channels = 8,
               .kernel_size = {3, 2, 3},
               .stride = {1, 2, 3},
               .dilation = {2, 1, 1},
               .padding = {{0, 2}, {1, 0}, {3, 2}},
               .groups = 2},
        conv3d{.in_channels = 2, .out_channels = 4, .kernel_size = {4, 2, 3}, .padding = {{4, 0}, {0, 3}, {25, 2}}}>(
      42000);
}

TEST_CASE("row tiles read every border", "[conv][forward]") {
  check<esp::kernel_family::row, conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2},
        conv3d{.in_channels = 3,
               .out_channels = 3,
               .kernel_size = {2, 5, 3},
               .stride = {2, 1, 2},
               .padding = 2,
               .groups = 3},
        conv3d{.in_channels = 1,
               .out_channels = 2,
               .kernel_size = {1, 3, 5},
               .dilation = {1, 1, 3},
               .padding = {{2, 0}, {0, 4}, {12, 20}}}>(42200);
}

TEST_CASE("channel tiles read every border", "[conv][forward]") {
  check<esp::kernel_family::channel, conv3d{.in_channels = 12, .out_channels = 31, .kernel_size = 3, .padding = 1},
        conv3d{.in_channels = 6,
               .out_channels = 62,
               .kernel_size = {1, 3, 3},
               .stride = 2,
               .padding = esp::same,
               .groups = 2},
        conv3d{.in_channels = 3,
               .out_channels = 32,
               .kernel_size = {2, 3, 2},
               .dilation = {1, 2, 3},
               .padding = {{0, 3}, {4, 0}, {18, 3}}}>(42400);
}

TEST_CASE("Winograd tiles read every border", "[conv][forward][winograd]") {
  constexpr conv3d cube{.in_channels = 6,
                        .out_channels = 8,
                        .kernel_size = 3,
                        .padding = 1,
                        .groups = 2,
                        .algorithm = esp::algorithm::winograd};
  constexpr conv3d slab{.in_channels = 3,
                        .out_channels = 6,
                        .kernel_size = {3, 3, 1},
                        .padding = {{4, 0}, {0, 3}, {20, 1}},
                        .algorithm = esp::algorithm::winograd};
  constexpr conv3d row{.in_channels = 3,
                       .out_channels = 6,
                       .kernel_size = {1, 1, 3},
                       .padding = {0, 1, {37, 18}},
                       .algorithm = esp::algorithm::winograd};
  winograd<cube, slab, row, drawn::f43(cube), drawn::f43(slab)>(42600);
}

// Cuts that small inputs never reach: several blocks of rows, columns and planes, of which inner ones meet no border.
TEST_CASE("inputs large enough to be cut read every border at their ends alone", "[conv][forward]") {
  constexpr conv3d cube{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = 1};
  const auto each = [&]<conv3d Config>() {
    drawn::compare<Config, float>({1, 1, 19, 9, 13}, 2, true);
    drawn::compare<Config, float>({1, 1, 2, 1031, 7}, 3, true);
    drawn::compare<Config, double>({1, 1, 3, 3, 4097}, 4, false);
    drawn::compare<Config, float>({1, 1, 25, 97, 300}, 5, true);
  };
  each.template operator()<reflected(cube)>();
  each.template operator()<turning(cube)>();
  each.template operator()<mixed(cube)>();
  constexpr conv3d many{.in_channels = 3, .out_channels = 32, .kernel_size = 3, .padding = 1};
  drawn::compare<reflected(many), float>({1, 3, 4, 60, 61}, 5, true);
  drawn::compare<turning(many), double>({1, 3, 9, 2, 1300}, 7, false);
  constexpr conv3d tiles{.in_channels = 16,
                         .out_channels = 16,
                         .kernel_size = 3,
                         .padding = {2, 1, 3},
                         .algorithm = esp::algorithm::winograd};
  drawn::compare(drawn::winograd_kernel_for<reflected(tiles), float>(), {1, 16, 5, 31, 150}, 8, true);
  drawn::compare(drawn::winograd_kernel_for<turning(tiles), float>(), {1, 16, 5, 31, 150}, 9, true);
}
