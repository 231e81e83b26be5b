// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/plane/nest.hpp>

#include "conv/drawn_forward.hpp"

// More input channels than scratch holds at once, and more output channels than one task takes.
TEST_CASE("many channels are summed in several passes", "[conv][forward]") {
  constexpr esp::conv3d many_in{.in_channels = 250, .out_channels = 5, .kernel_size = {1, 3, 3}, .padding = {0, 1, 1}};
  static_assert(!esp::block_for<float>(esp::forward_of(many_in, {1, 250, 2, 8, 40}, {1, 5, 2, 8, 40}), 1).one_pass);
  drawn::compare<many_in, float>({1, 250, 2, 8, 40}, 1, true);
  drawn::compare<many_in, double>({1, 250, 1, 7, 21}, 2, true);
  constexpr esp::conv3d many_out{.in_channels = 3, .out_channels = 75, .kernel_size = {1, 1, 3}, .padding = {0, 0, 1}};
  drawn::compare<many_out, float>({2, 3, 1, 3, 18}, 3, true);
  drawn::compare<many_out, double>({1, 3, 3, 2, 7}, 4, false);
  constexpr esp::conv3d both{.in_channels = 140, .out_channels = 70, .kernel_size = {3, 1, 1}, .padding = {1, 0, 0}};
  static_assert(!esp::block_for<double>(esp::forward_of(both, {1, 140, 3, 6, 31}, {1, 70, 3, 6, 31}), 1).one_pass);
  drawn::compare<both, float>({1, 140, 3, 6, 31}, 5, true);
  drawn::compare<both, double>({1, 140, 3, 6, 31}, 6, true);
}
