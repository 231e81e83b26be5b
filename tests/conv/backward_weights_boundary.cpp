// SPDX-License-Identifier: BSD-3-Clause
#include "conv/drawn_backward_weights.hpp"

namespace {

using drawn::replicated;

template <esp::kernel_family Family, esp::conv3d... Configs>
void check(unsigned seed) {
  static_assert(((esp::direct_backward_weights<replicated(Configs), float>::chosen.family == Family) && ...));
  const auto total = drawn::weights_families<replicated(Configs)...>(seed);
  REQUIRE(total == sizeof...(Configs) * 90);
}

}  // namespace

TEST_CASE("drawn gradients, weights: replicated borders of planes", "[conv][backward]") {
  check<esp::kernel_family::plane, esp::conv3d{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1},
        esp::conv3d{.in_channels = 4, .out_channels = 4, .kernel_size = {2, 4, 3}, .padding = esp::same, .groups = 4},
        esp::conv3d{.in_channels = 3, .out_channels = 4, .kernel_size = 1, .padding = {{1, 0}, {2, 3}, {0, 5}}},
        esp::conv3d{.in_channels = 2,
                    .out_channels = 4,
                    .kernel_size = {3, 2, 3},
                    .stride = {2, 1, 3},
                    .dilation = {1, 2, 2},
                    .padding = {{1, 1}, {0, 2}, {3, 0}}},
        esp::conv3d{.in_channels = 2, .out_channels = 2, .kernel_size = 3, .padding = {{7, 0}, {0, 9}, {60, 2}}}>(
      60000);
}
