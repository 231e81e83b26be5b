// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/kernel_crop.hpp>

#include "conv/kept_box.hpp"
#include "support/catch.hpp"

using esp::conv3d, esp::direction, esp::extents, esp::index_t, esp::kept_taps;

namespace {

constexpr direction forward = direction::forward;
constexpr conv3d cube{.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1};

constexpr esp::kernel_crop causal = esp::crop_of(cube, drawn::kept_box(3, 0, {1, 2, 2}), forward);

constexpr conv3d asked_for(esp::algorithm a, conv3d config = cube) {
  config.algorithm = a;
  return config;
}
constexpr esp::algorithm left_of(const conv3d& config, const extents& first, const extents& last,
                                 direction what = forward) {
  const esp::kernel_crop crop = esp::crop_of(config, drawn::kept_box(config.kernel_size, first, last), what);
  return esp::algorithm_for(crop.config, what);
}

}  // namespace

TEST_CASE("a causal kernel is two planes with one plane of padding before the input", "[conv][cropped]") {
  STATIC_REQUIRE(causal.first == extents{0});
  STATIC_REQUIRE(causal.config.kernel_size == extents{2, 3, 3});
  STATIC_REQUIRE(esp::pads_of(causal.config) == esp::pads{{1, 1, 1}, {0, 1, 1}});
  STATIC_REQUIRE(causal.kept.all());
  STATIC_REQUIRE_FALSE(causal.whole(3));
}

TEST_CASE("the taps that are dropped within the box stay dropped", "[conv][cropped]") {
  kept_taps kept = drawn::kept_box(5, {1, 0, 2}, {3, 4, 4});
  kept.drop((2 * 5 + 3) * 5 + 3);
  const esp::kernel_crop crop = esp::crop_of({.in_channels = 1, .out_channels = 1, .kernel_size = 5, .padding = 2},
                                             kept, direction::backward_weights);
  REQUIRE((crop.first == extents{1, 0, 2} && crop.config.kernel_size == extents{3, 5, 3}));
  for (index_t t = 0; t < 3 * 5 * 3; ++t) REQUIRE(crop.kept.has(t) == (t != (1 * 5 + 3) * 3 + 1));
}

TEST_CASE("nothing is cut where all taps are kept, where none is, or where corners hold the box", "[conv][cropped]") {
  kept_taps none, corners;
  for (index_t t = 0; t < 27; ++t) none.drop(t);
  for (index_t t = 1; t < 26; ++t) corners.drop(t);
  for (const kept_taps& kept : {kept_taps{}, none, corners}) {
    const esp::kernel_crop crop = esp::crop_of(cube, kept, forward);
    REQUIRE((crop.config == cube && crop.first == extents{} && crop.kept == kept && crop.whole(3)));
  }
}

TEST_CASE("padding never becomes negative", "[conv][cropped]") {
  constexpr conv3d config{
      .in_channels = 1, .out_channels = 1, .kernel_size = 5, .dilation = {2, 2, 1}, .padding = {{3, 1}, {8, 0}, 0}};
  const esp::kernel_crop crop = esp::crop_of(config, drawn::kept_box(5, 2, 3), forward);
  // Two taps reach over four voxels of padding, of which D has three: one tap is cut. W has none.
  REQUIRE(crop.first == extents{1, 2, 0});
  REQUIRE(crop.config.kernel_size == extents{3, 2, 4});
  REQUIRE(esp::pads_of(crop.config) == esp::pads{{1, 4, 0}, {0, 0, 0}});
  for (index_t t = 0; t < 3 * 2 * 4; ++t) REQUIRE(crop.kept.has(t) == (t / 8 >= 1 && t % 4 >= 2));
}

TEST_CASE("the output of a crop is that of the kernel where its padding can say so", "[conv][cropped]") {
  constexpr conv3d config{.in_channels = 2,
                          .out_channels = 3,
                          .kernel_size = {3, 4, 5},
                          .stride = {2, 1, 3},
                          .dilation = {1, 2, 2},
                          .padding = esp::same};
  for (index_t first = 0; first < 2; ++first) {
    const esp::kernel_crop crop =
        esp::crop_of(config, drawn::kept_box(config.kernel_size, first, {1, 2, 3}), direction::backward_data);
    REQUIRE(crop.config.kernel_size == extents{2 - first, 3 - first, 4 - first});
    for (index_t size = 1; size < 9; ++size) {
      const esp::dims5 input{1, 2, size, 9 - size, 2 * size};
      REQUIRE(esp::output_dims(crop.config, input) == esp::output_dims(config, input));
    }
  }
}

TEST_CASE("what is left is transformed where that can be", "[conv][cropped]") {
  using enum esp::algorithm;
  // Two planes of 3 x 3.
  REQUIRE(left_of(cube, 0, {1, 2, 2}) == winograd);
  REQUIRE(left_of(asked_for(direct), 0, {1, 2, 2}) == direct);
  REQUIRE(left_of(asked_for(winograd), 0, {1, 2, 2}) == winograd);
  REQUIRE(left_of(asked_for(winograd_f43), 0, {1, 2, 2}) == winograd);
  REQUIRE(left_of(asked_for(winograd_f43), 0, {2, 2, 1}) == winograd);
  // With few channels, or by few axes, it takes longer than the taps.
  constexpr conv3d few{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1};
  REQUIRE(left_of(few, 0, {1, 2, 2}) == winograd);
  REQUIRE(left_of(few, 0, {1, 2, 2}, direction::backward_weights) == direct);
  REQUIRE(left_of(few, 0, 1) == direct);
  REQUIRE(left_of({.in_channels = 64, .out_channels = 64, .kernel_size = 3, .padding = 1}, {0, 1, 1}, 1) == direct);
  // A slab, as if it had been asked for.
  REQUIRE(left_of(cube, {1, 0, 0}, {1, 2, 2}) == winograd);
  REQUIRE(left_of(asked_for(winograd_f43), {1, 0, 0}, {1, 2, 2}) == winograd_f43);
  REQUIRE(left_of(asked_for(winograd_f43), {1, 0, 0}, {1, 2, 2}, direction::backward_weights) == winograd);
  // One tap has no transform, whatever is asked for.
  REQUIRE(left_of(asked_for(winograd), 1, 1) == direct);
  // 3^3 of 5^3.
  REQUIRE(left_of({.in_channels = 16, .out_channels = 16, .kernel_size = 5, .padding = 2}, 1, 3) == winograd);
  REQUIRE(left_of({.in_channels = 16, .out_channels = 16, .kernel_size = 5, .dilation = 2, .padding = 4}, 1, 3) ==
          direct);
}
