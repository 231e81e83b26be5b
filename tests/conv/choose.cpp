// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/choose.hpp>

#include "support/catch.hpp"

namespace {

using enum esp::kernel_family;
using esp::extents, esp::index_t;

constexpr esp::machine wide{.lanes = 16, .element = 4, .registers = 32, .fused = true};
constexpr esp::machine narrow{.lanes = 8, .element = 4, .registers = 16, .fused = true};

constexpr esp::choice choose(index_t in, index_t out, extents taps, extents stride = 1, extents dilation = 1,
                             const esp::pads& pad = {}, const esp::machine& m = wide,
                             esp::direction what = esp::direction::forward) {
  return esp::choose_direct(
      {.in_channels = in,
       .out_channels = out,
       .kernel_size = taps,
       .stride = stride,
       .dilation = dilation,
       .padding = {{pad.before.d, pad.after.d}, {pad.before.h, pad.after.h}, {pad.before.w, pad.after.w}}},
      what, m);
}
constexpr esp::kernel_family gradient(index_t in, index_t out, extents taps, const esp::pads& pad = {}) {
  return choose(in, out, taps, 1, 1, pad, wide, esp::direction::backward_weights).family;
}
constexpr esp::choice data(index_t in, index_t out, extents taps, extents stride) {
  return choose(in, out, taps, stride, 1, {}, wide, esp::direction::backward_data);
}

}  // namespace

TEST_CASE("one function names the family of the direct kernel", "[conv]") {
  constexpr esp::pads one{1, 1};
  static_assert(choose(1, 1, 3, 1, 1, one).family == row);
  static_assert(choose(3, 3, {3, 5, 5}, {2, 1, 2}, {2, 1, 3}).family == row);
  static_assert(choose(4, 8, 3, 1, 1, one).family == plane && choose(64, 3, 3, 1, 1, one).family == plane);
  static_assert(choose(1, 1, {3, 1, 3}).family == plane && choose(1, 1, 3, {1, 2, 1}).family == plane);
  static_assert(choose(1, 1, 3, 1, {1, 2, 1}).family == plane && choose(1, 1, {3, 11, 3}).family == plane);
  static_assert(choose(4, 16, 3).family == channel && choose(4, 12, 3).family == plane);
  static_assert(choose(4, 47, 3, 2).family == channel && choose(4, 16, 9).family == plane);
  static_assert(choose(4, 8, 3, 1, 1, {}, narrow).family == plane);
  static_assert(choose(4, 16, 3, 1, 1, {}, narrow).family == channel);
  static_assert(choose(4, 16, 3, 1, 1, {}, {.lanes = 1, .registers = 16}).family == plane);
  static_assert(choose(1, 1, 1).family == flat && choose(32, 3, 1, 1, {4, 1, 2}).family == flat);
  static_assert(choose(64, 64, 1).family == flat && choose(32, 3, 1, {1, 1, 2}).family == plane);
  static_assert(choose(32, 3, 1, 1, 1, {0, {0, 1, 0}}).family == plane);
  static_assert(choose(32, 8, {1, 1, 2}).family == plane);
  SUCCEED("decided by the compiler");
}

TEST_CASE("strides take families from the gradient of the input", "[conv][backward]") {
  // Sums over what the forward makes: channels change places.
  static_assert(data(16, 4, 3, 1).family == channel && data(4, 16, 3, 1).family == plane);
  static_assert(data(1, 1, 3, 1).family == row && data(1, 1, 3, {2, 1, 1}).family == plane);
  static_assert(data(16, 4, 3, {2, 1, 1}).family == channel && data(16, 4, 3, {1, 1, 2}).family == plane);
  static_assert(data(32, 4, 3, {1, 1, 2}).family == channel);
  // A phase has no taps along W to hold together.
  static_assert(data(16, 4, 3, 1).channels == esp::channel_form{1, 3, 1});
  static_assert(data(16, 4, 3, {2, 1, 1}).channels == esp::channel_form{1, 1, 1});
  SUCCEED("decided by the compiler");
}

TEST_CASE("the gradient of the weight has rules of its own", "[conv][backward]") {
  static_assert(gradient(32, 3, 1) == flat && gradient(3, 32, 1) == flat && gradient(1, 1, 1) == flat);
  static_assert(gradient(64, 64, 1) != flat && gradient(32, 3, 1, {1, 1}) != flat);
  static_assert(gradient(4, 8, 3) == plane && gradient(1, 1, 3) == plane && gradient(16, 32, 5) == channel);
  SUCCEED("decided by the compiler");
}

TEST_CASE("a choice has the form that its nest is compiled for", "[conv]") {
  static_assert(choose(4, 8, 3).tile == esp::register_tile{8, 3} && choose(32, 3, 1).tile == esp::register_tile{3, 8});
  static_assert(choose(1, 1, 3).tile == esp::register_tile{8, 2});
  static_assert(choose(4, 64, 3).channels == esp::channel_form{2, 1, 1});
  static_assert(choose(4, 16, 3, 2).channels == esp::channel_form{1, 3, 2});
  constexpr esp::conv3d many{.in_channels = 64, .out_channels = 64, .kernel_size = {1, 3, 3}};
  constexpr esp::choice tiles = esp::choose(many, esp::direction::forward, wide);
  static_assert(tiles.family == winograd && tiles.tile == esp::register_tile{8, 3});
  static_assert(tiles.axes == esp::axis_tiles{esp::axis_plain, esp::axis_f23, esp::axis_f23});
  static_assert(esp::choose(many, esp::direction::backward_weights, wide).tile == esp::register_tile{4, 4});
  static_assert(esp::choose_direct(many, esp::direction::forward, wide).family == channel);
  static_assert(esp::machine{.registers = 32, .fused = false}.operands() == 31);
  SUCCEED("decided by the compiler");
}
