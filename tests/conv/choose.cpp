// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/choose.hpp>

#include "conv/drawn_taps.hpp"
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

TEST_CASE("the gradient of a weight of which few taps are kept", "[conv][backward]") {
  constexpr auto list = [](index_t in, index_t out, index_t kept, esp::algorithm a = esp::algorithm::automatic) {
    esp::kept_taps taps;
    for (index_t t = kept; t < 27; ++t) taps.drop(t);
    return esp::choose({.in_channels = in, .out_channels = out, .kernel_size = 3, .padding = 1, .algorithm = a},
                       esp::direction::backward_weights, wide, taps);
  };
  static_assert(list(16, 16, 27).family == winograd && list(16, 16, 27).dropped == 0);
  static_assert(list(16, 16, 13).family == winograd && list(16, 16, 12).family == channel);
  static_assert(list(16, 16, 7, esp::algorithm::winograd).family == winograd);
  static_assert(list(16, 16, 7).family == channel && list(16, 16, 7).dropped == 20);
  static_assert(list(1, 1, 7).family == plane && list(1, 1, 7).tile == esp::register_tile{1, 7});
  static_assert(list(8, 8, 7).family == plane && list(1, 16, 7).family == plane && list(1, 1, 0).family == plane);
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

namespace {

constexpr esp::conv3d cube(index_t in, index_t out, esp::algorithm a = esp::algorithm::automatic) {
  return {.in_channels = in, .out_channels = out, .kernel_size = 3, .padding = 1, .algorithm = a};
}

constexpr esp::choice listed(index_t in, index_t out, esp::extents taps, index_t kept, const esp::machine& m = wide,
                             esp::direction what = esp::direction::forward, esp::extents stride = 1) {
  return esp::choose_direct({.in_channels = in, .out_channels = out, .kernel_size = taps, .stride = stride}, what, m,
                            drawn::first_taps(taps, kept));
}

}  // namespace

TEST_CASE("Winograd is left where the taps that are kept cost less", "[conv][taps]") {
  using enum esp::algorithm;
  using enum esp::direction;
  constexpr esp::kept_taps star = drawn::star(3), half = drawn::first_taps(3, 14), most = drawn::first_taps(3, 26);
  for (const esp::direction what : {forward, backward_data, backward_weights}) {
    REQUIRE(esp::algorithm_for(cube(16, 16), what) == winograd);
    REQUIRE(esp::algorithm_for(cube(16, 16), what, star) == direct);
    REQUIRE(esp::algorithm_for(cube(64, 64), what, star) == direct);
    REQUIRE(esp::algorithm_for(cube(64, 64), what, most) == winograd);
    REQUIRE(esp::algorithm_for(cube(16, 16, winograd), what, star) == winograd);
    REQUIRE(esp::algorithm_for(cube(4, 4), what, most) == direct);
  }
  REQUIRE(esp::algorithm_for(cube(16, 16), forward, half) == direct);
  REQUIRE(esp::algorithm_for(cube(64, 64), forward, half) == winograd);
  REQUIRE(esp::choose(cube(64, 64), forward, wide, star).dropped == 20);
  REQUIRE(esp::choose(cube(64, 64), forward, wide, most).dropped == 0);
}

TEST_CASE("channels that become one are merged for a list of taps", "[conv][taps]") {
  using enum esp::direction;
  constexpr auto one = [](index_t in, index_t kept, extents taps = 3, extents dilation = 2, extents stride = 1) {
    return esp::choose_direct(
        {.in_channels = in, .out_channels = 1, .kernel_size = taps, .stride = stride, .dilation = dilation}, forward,
        wide, drawn::first_taps(taps, kept));
  };
  static_assert(one(12, 6).family == merged && one(12, 6).dropped == 21);
  static_assert(one(12, 6).tile == esp::register_tile{6, 4} &&
                listed(1, 12, 3, 6, narrow, backward_data).family == merged);
  static_assert(one(3, 6).family == plane && one(4, 6).family == merged && one(4, 6, 3, 1).family == merged);
  static_assert(one(7, 20).family == plane && one(8, 20).family == merged && one(8, 20, 3, 1).family == row);
  static_assert(one(12, 6, 3, 8).family == merged && one(12, 6, 3, 9).family == plane);
  static_assert(one(12, 0).family == plane && one(12, 27).family == plane &&
                one(12, 6, 3, 2, {2, 1, 1}).family == plane);
  SUCCEED("decided by the compiler");
}

TEST_CASE("a list of taps has a family that takes it", "[conv][taps]") {
  using enum esp::direction;
  static_assert(listed(16, 32, 3, 7).family == channel && listed(16, 32, 3, 7).dropped == 20);
  static_assert(listed(16, 16, 3, 7).family == plane && listed(16, 16, 3, 7).tile == esp::register_tile{8, 3});
  static_assert(listed(16, 16, 3, 7, narrow).family == channel && listed(3, 6, 5, 63).family == plane);
  static_assert(listed(16, 16, 3, 27) == choose(16, 16, 3) && listed(16, 16, 3, 27).dropped == 0);
  static_assert(listed(32, 16, 3, 7, wide, backward_data).family == channel);
  static_assert(listed(32, 16, 3, 7, wide, backward_data).dropped == 20);
  // A phase of a stride is no list.
  static_assert(listed(32, 16, 3, 7, wide, backward_data, 2).dropped == 0);
  SUCCEED("decided by the compiler");
}
