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

// Sums of few products go from registers to long rows of the result, and to any that go past the caches.
TEST_CASE("sums of few products are stored row by row", "[conv][forward][taps]") {
  constexpr esp::conv3d mind{.in_channels = 1, .out_channels = 12, .kernel_size = 3, .dilation = 2, .padding = 2};
  constexpr esp::conv3d grouped{
      .in_channels = 4, .out_channels = 14, .kernel_size = {2, 1, 2}, .padding = {0, 1, 1}, .groups = 2};
  constexpr esp::kept_taps six = drawn::first_taps(3, 6);
  static_assert(esp::block_for<float>(esp::forward_of(grouped, {1, 4, 4, 8, 64}, {1, 14, 3, 10, 65}), 1).few_products);
  unsigned seed = 0;
  for (const esp::index_t width : {16, 47, 48, 61, 64, 100, 130}) {
    drawn::compare(drawn::kernel_for<mind, float, six>(), {2, 1, 3, 7, width}, ++seed, true);
    drawn::compare(drawn::kernel_for<mind, double, six>(), {1, 1, 5, 4, width}, ++seed, false);
    drawn::compare<drawn::rectified(grouped), float>({1, 4, 4, 5, width}, ++seed, true);
    drawn::compare<grouped, double>({2, 4, 3, 5, width}, ++seed, false);
  }
  // Past the caches: rows that are aligned, rows that are not, and channels that are aligned each in its own way.
  drawn::compare(drawn::kernel_for<mind, float, six>(), {1, 1, 43, 64, 64}, 1, true);
  drawn::compare(drawn::kernel_for<mind, float, six>(), {1, 1, 48, 64, 61}, 2, true);
  drawn::compare(drawn::kernel_for<mind, float, six>(), {1, 1, 512, 32, 11}, 3, false);
  drawn::compare(drawn::kernel_for<mind, float, six>(), {1, 1, 51, 61, 63}, 1, false);
}
