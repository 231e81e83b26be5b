// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_data.hpp"

namespace {

using drawn::replicated;

// Families are those of the padded input: a kernel of extent 1 has one tap and no border.
template <esp::kernel_family Family, esp::conv3d... Configs>
void check(unsigned seed) {
  static_assert(
      ((esp::input_gradient<replicated(Configs), float, esp::direct_backward_data>::chosen.family == Family) && ...));
  static_assert(((esp::choose_direct(replicated(Configs), esp::direction::backward_data, esp::this_machine<float>) ==
                  esp::choose_direct(esp::unpadded(replicated(Configs)), esp::direction::backward_data,
                                     esp::this_machine<float>)) &&
                 ...));
  const auto total = drawn::data_families<replicated(Configs)...>(seed);
  REQUIRE(total == sizeof...(Configs) * 90);
}

}  // namespace

TEST_CASE("drawn gradients, data: replicated borders of planes", "[conv][backward]") {
  check<esp::kernel_family::plane, esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
        esp::conv3d{.in_channels = 5, .out_channels = 6, .kernel_size = 3, .stride = 2, .padding = 1},
        esp::conv3d{.in_channels = 4,
                    .out_channels = 8,
                    .kernel_size = {3, 2, 3},
                    .stride = {2, 1, 3},
                    .dilation = {1, 2, 2},
                    .padding = {{1, 1}, {0, 2}, {3, 0}},
                    .groups = 2},
        esp::conv3d{.in_channels = 4, .out_channels = 2, .kernel_size = 3, .padding = {{7, 0}, {0, 9}, {60, 2}}}>(
      50000);
}

TEST_CASE("drawn gradients, data: replicated borders of rows", "[conv][backward]") {
  check<esp::kernel_family::row,
        esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = esp::same},
        esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = {2, 4, 3}, .padding = 2, .groups = 4}>(51000);
}

TEST_CASE("drawn gradients, data: replicated borders of one tap", "[conv][backward]") {
  check<esp::kernel_family::flat,
        esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 1, .padding = {{1, 0}, {2, 3}, {0, 5}}}>(52000);
}

TEST_CASE("drawn gradients, data: replicated borders of channels", "[conv][backward]") {
  constexpr auto family = esp::lanes<float> < 4 ? esp::kernel_family::plane : esp::kernel_family::channel;
  check<family, esp::conv3d{.in_channels = 32, .out_channels = 6, .kernel_size = 3, .padding = 1},
        esp::conv3d{
            .in_channels = 32, .out_channels = 3, .kernel_size = 3, .stride = 2, .padding = {{1, 1}, {4, 0}, {1, 3}}}>(
      53000);
}
