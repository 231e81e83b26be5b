// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/choose.hpp>

#include "support/catch.hpp"

TEST_CASE("Winograd serves stride 1 and extents of 3 or 1", "[conv]") {
  static_assert(esp::winograd_serves({.kernel_size = 3}));
  static_assert(esp::winograd_serves({.kernel_size = {1, 3, 3}}));
  static_assert(esp::winograd_serves({.kernel_size = {3, 1, 1}, .dilation = {1, 5, 5}}));
  static_assert(!esp::winograd_serves({.kernel_size = 1}));
  static_assert(!esp::winograd_serves({.kernel_size = {3, 3, 5}}));
  static_assert(!esp::winograd_serves({.kernel_size = 3, .stride = {1, 1, 2}}));
  static_assert(!esp::winograd_serves({.kernel_size = 3, .dilation = {1, 2, 1}}));
  SUCCEED("decided by the compiler");
}

TEST_CASE("F(4, 3) serves what Winograd does along D or H, and is never chosen", "[conv]") {
  using enum esp::algorithm;
  using enum esp::direction;
  static_assert(esp::winograd_f43_serves({.kernel_size = 3}) && esp::winograd_f43_serves({.kernel_size = {3, 1, 1}}));
  static_assert(esp::winograd_f43_serves({.kernel_size = {1, 3, 1}}));
  static_assert(!esp::winograd_f43_serves({.kernel_size = {1, 1, 3}}) && !esp::winograd_f43_serves({.kernel_size = 5}));
  constexpr esp::conv3d asked{.in_channels = 64, .out_channels = 64, .kernel_size = 3, .algorithm = winograd_f43};
  static_assert(esp::algorithm_for(asked, forward) == winograd_f43);
  static_assert(esp::algorithm_for(asked, backward_data) == winograd_f43);
  static_assert(esp::algorithm_for(asked, backward_weights) == winograd);
  static_assert(esp::is_winograd(winograd) && esp::is_winograd(winograd_f43));
  static_assert(!esp::is_winograd(direct) && !esp::is_winograd(automatic));
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

TEST_CASE("channels that fill registers, and the taps beside them", "[conv]") {
  using form = esp::channel_form;
  static_assert(esp::channel_form_for(64, 3, 1, 1, 16, 32) == form{2, 1, 1});
  static_assert(esp::channel_form_for(144, 3, 1, 1, 16, 32) == form{3, 1, 1});
  static_assert(esp::channel_form_for(16, 5, 1, 1, 16, 32) == form{1, 5, 1});
  static_assert(esp::channel_form_for(16, 5, 1, 2, 16, 32) == form{1, 1, 1});
  static_assert(esp::channel_form_for(16, 9, 1, 1, 16, 16) == form{1, 1, 1});
  static_assert(esp::channel_form_for(16, 3, 2, 1, 16, 32) == form{1, 3, 2});
  static_assert(esp::channel_form_for(16, 3, 3, 1, 16, 32) == form{1, 1, 1});
  static_assert(esp::channel_form_for(24, 3, 1, 1, 8, 16) == form{3, 1, 1});
  SUCCEED("decided by the compiler");
}

TEST_CASE("one function names the direct kernel", "[conv]") {
  using enum esp::direct_kernel;
  const auto wide = [](esp::index_t in, esp::index_t out, esp::extents taps, esp::extents stride, esp::extents dilation,
                       const esp::pads& pad = {{1, 1, 1}, {1, 1, 1}}) {
    return esp::direct_kernel_for(in, out, taps, stride, dilation, pad, 16, 32);
  };
  REQUIRE(wide(1, 1, 3, 1, 1) == row_tiles);
  REQUIRE(wide(3, 3, {3, 5, 5}, {2, 1, 2}, {2, 1, 3}) == row_tiles);
  REQUIRE((wide(4, 8, 3, 1, 1) == along_w && wide(64, 3, 3, 1, 1) == along_w));
  REQUIRE(wide(1, 1, {3, 1, 3}, 1, 1) == along_w);
  REQUIRE(wide(1, 1, 3, {1, 2, 1}, 1) == along_w);
  REQUIRE(wide(1, 1, 3, 1, {1, 2, 1}) == along_w);
  REQUIRE(wide(1, 1, {3, 11, 3}, 1, 1) == along_w);
  REQUIRE((wide(4, 16, 3, 1, 1) == channel_tiles && wide(4, 12, 3, 1, 1) == along_w));
  REQUIRE((wide(4, 47, 3, 2, 1) == channel_tiles && wide(4, 16, 9, 1, 1) == along_w));
  REQUIRE(esp::direct_kernel_for(4, 8, 3, 1, 1, {}, 8, 16) == along_w);
  REQUIRE(esp::direct_kernel_for(4, 16, 3, 1, 1, {}, 8, 16) == channel_tiles);
  REQUIRE(esp::direct_kernel_for(4, 16, 3, 1, 1, {}, 1, 16) == along_w);
  REQUIRE((wide(1, 1, 1, 1, 1, {}) == flat && wide(32, 3, 1, 1, {4, 1, 2}, {}) == flat));
  REQUIRE((wide(64, 64, 1, 1, 1, {}) == flat && wide(32, 3, 1, {1, 1, 2}, 1, {}) == along_w));
  REQUIRE(wide(32, 3, 1, 1, 1, {0, {0, 1, 0}}) == along_w);
  REQUIRE(wide(32, 8, {1, 1, 2}, 1, 1, {}) == along_w);
}
