// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/choose_algorithm.hpp>

#include "support/catch.hpp"

TEST_CASE("F(4, 3) is never chosen, and asked for it serves two directions", "[conv]") {
  using enum esp::algorithm;
  using enum esp::direction;
  constexpr esp::conv3d asked{.in_channels = 64, .out_channels = 64, .kernel_size = 3, .algorithm = winograd_f43};
  static_assert(esp::algorithm_for(asked, forward) == winograd_f43);
  static_assert(esp::algorithm_for(asked, backward_data) == winograd_f43);
  static_assert(esp::algorithm_for(asked, backward_weights) == winograd);
  SUCCEED("decided by the compiler");
}

TEST_CASE("the algorithm is the asked one, or the faster one", "[conv]") {
  using enum esp::algorithm;
  using enum esp::direction;
  constexpr auto chosen = [](esp::direction what, esp::index_t in, esp::index_t out, esp::extents kernel,
                             esp::index_t groups = 1) {
    return esp::algorithm_for({.in_channels = in, .out_channels = out, .kernel_size = kernel, .groups = groups}, what);
  };
  static_assert(chosen(forward, 32, 32, 3) == winograd && chosen(forward, 8, 8, 3) == winograd);
  static_assert(chosen(forward, 4, 32, 3) == winograd && chosen(backward_data, 4, 32, 3) == winograd);
  static_assert(chosen(forward, 3, 64, 3) == direct && chosen(backward_data, 3, 64, 3) == winograd);
  static_assert(chosen(forward, 4, 8, 3) == direct && chosen(backward_data, 4, 8, 3) == direct);
  static_assert(chosen(forward, 64, 64, 3, 16) == direct && chosen(forward, 64, 64, 3, 8) == winograd);
  static_assert(chosen(forward, 64, 144, {1, 3, 3}) == winograd && chosen(forward, 12, 12, {3, 3, 1}) == direct);
  static_assert(chosen(forward, 144, 64, {3, 1, 1}) == winograd && chosen(forward, 16, 64, {3, 1, 1}) == direct);
  static_assert(chosen(forward, 64, 64, 5) == direct && chosen(forward, 320, 320, 3) == direct);
  static_assert(chosen(backward_weights, 16, 16, 3) == winograd && chosen(backward_weights, 4, 32, 3) == direct);
  static_assert(chosen(backward_weights, 64, 144, {1, 3, 3}) == winograd);
  static_assert(chosen(backward_weights, 144, 64, {3, 1, 1}) == direct);
  constexpr esp::conv3d wide{.in_channels = 64, .out_channels = 64, .kernel_size = 3};
  constexpr auto asked = [](esp::conv3d c, esp::algorithm a) {
    c.algorithm = a;
    return esp::algorithm_for(c, backward_data);
  };
  static_assert(asked(wide, winograd) == winograd && asked(wide, direct) == direct);
  static_assert(asked(wide, winograd_f43) == winograd_f43);
  SUCCEED("decided by the compiler");
}
