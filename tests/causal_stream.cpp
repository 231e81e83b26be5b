// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstddef>
#include <espalier/causal_stream.hpp>
#include <espalier/policies/causal.hpp>
#include <random>

#include "support/catch.hpp"
#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using esp::conv3d, esp::index_t;
using support::shape5;

constexpr esp::padding past = esp::padding::causal(esp::axis::depth);
constexpr esp::boundaries from_first(esp::boundary first) {
  using enum esp::boundary;
  return {{first, zeros}, zeros, {reflect, circular == first ? zeros : reflect}};
}

/// Frames `[first, first + count)` of a tensor.
template <class T>
esp::tensor<T, 5> frames(const esp::tensor<T, 5>& x, std::size_t first, std::size_t count) {
  return xt::view(x, xt::all(), xt::all(), xt::range(first, first + count), xt::all(), xt::all());
}

/// What a stream gives for drawn chunks, the first of which has at least `first` frames, is what the layer gives.
template <class Layer>
void check(const Layer& layer, const shape5& shape, unsigned seed, std::size_t first = 0) {
  using T = typename Layer::element;
  const auto x = support::drawn<T>(shape, seed);
  const esp::tensor<T, 5> whole = layer(x);
  std::mt19937 engine(seed);
  esp::causal_stream stream(layer);
  for (int repeat = 0; repeat < 12; ++repeat, stream.reset()) {
    std::size_t frame = 0, given = 0;
    const std::size_t longest = 1 + engine() % 6;
    while (frame < shape[2]) {
      const std::size_t drawn = engine() % (longest + 1), least = frame == 0 ? std::max(drawn, first) : drawn;
      const std::size_t count = std::min(least, shape[2] - frame);
      const esp::tensor<T, 5> chunk = frames(x, frame, count);
      const esp::tensor<T, 5> y = stream.push(chunk);
      INFO("frames " << frame << " to " << frame + count << ", outputs from " << given << ", seed " << seed);
      REQUIRE(given + y.shape()[2] <= whole.shape()[2]);
      REQUIRE(support::same(y, frames(whole, given, y.shape()[2])));
      frame += count;
      given += y.shape()[2];
      REQUIRE(stream.kept() <= (Layer::config.kernel_size.d - 1) * Layer::config.dilation.d);
    }
    REQUIRE(given == whole.shape()[2]);
  }
}

template <conv3d Config, auto Prior = esp::identity, class T = float>
using layer = esp::constrained_conv3d<Config, Prior, T>;

}  // namespace

TEST_CASE("chunks of a stream have the bits of the whole", "[stream]") {
  constexpr conv3d clip{.in_channels = 2,
                        .out_channels = 3,
                        .kernel_size = {3, 3, 2},
                        .dilation = {2, 1, 1},
                        .padding = past,
                        .activation = esp::activation::relu};
  check(layer<clip>{esp::seed{1}}, {2, 2, 40, 5, 7}, 1);
}

TEST_CASE("a stream steps, and begins with any padding", "[stream]") {
  constexpr conv3d steps{.in_channels = 1,
                         .out_channels = 2,
                         .kernel_size = {4, 2, 3},
                         .stride = {3, 2, 1},
                         .padding = {{2, 0}, {1, 0}, 1},
                         .boundary = from_first(esp::boundary::replicate)};
  check(layer<steps>{esp::seed{3}}, {1, 1, 41, 6, 9}, 3);
  constexpr conv3d gaps{.in_channels = 1, .out_channels = 2, .kernel_size = {1, 2, 3}, .stride = {4, 1, 1}};
  check(layer<gaps>{esp::seed{4}}, {1, 1, 30, 6, 9}, 4);
}

TEST_CASE("a stream begins with what its boundary says", "[stream]") {
  constexpr conv3d mirror{.in_channels = 1,
                          .out_channels = 2,
                          .kernel_size = {3, 1, 3},
                          .dilation = {2, 1, 1},
                          .padding = past,
                          .boundary = from_first(esp::boundary::reflect)};
  const layer<mirror> reflected{esp::seed{6}};
  check(reflected, {1, 1, 31, 3, 9}, 6, 5);
  esp::causal_stream stream(reflected);
  REQUIRE(
      support::throws([&] { (void)stream.push(support::drawn({1, 1, 4, 3, 9})); }, "ESP-246", "has 4 voxels along D"));
  REQUIRE(stream.kept() == 0);
  // The prior leaves the last tap of three, so that less is read than is kept.
  constexpr conv3d clip{.in_channels = 1, .out_channels = 2, .kernel_size = 3, .padding = {{2, 0}, 1, 1}};
  check(layer<clip, esp::causal<esp::axis::depth>>{esp::seed{7}}, {1, 1, 20, 4, 5}, 7);
}

TEST_CASE("frames of another size are refused until a reset", "[stream]") {
  constexpr conv3d clip{.in_channels = 1, .out_channels = 1, .kernel_size = {2, 1, 1}, .padding = past};
  const layer<clip> conv{esp::seed{8}};
  esp::causal_stream stream(conv);
  REQUIRE(stream.push(support::drawn({1, 1, 3, 2, 2})).shape()[2] == 3);
  REQUIRE(stream.kept() == 1);
  REQUIRE(support::sentence([&] { (void)stream.push(support::drawn({1, 1, 3, 2, 4})); }) ==
          "ESP-256: a chunk of shape (1, 1, 3, 2, 4) came behind frames of shape (1, 1, 1, 2, 2); pass chunks of one "
          "size along H and W, or call reset() before the first of another");
  REQUIRE(support::throws([&] { (void)stream.push(support::drawn({1, 3, 3, 2, 2})); }, "ESP-256"));
  stream.reset();
  REQUIRE(support::throws([&] { (void)stream.push(support::drawn({1, 3, 3, 2, 2})); }, "ESP-101"));
  REQUIRE(stream.push(support::drawn({1, 1, 0, 2, 4})).size() == 0);
  REQUIRE(stream.push(support::drawn({1, 1, 5, 2, 4})).shape()[2] == 5);
}

// Numbers count from a frame that moves along: a stream of any length is computed as a short one.
TEST_CASE("a long stream goes on", "[stream]") {
  constexpr conv3d clip{.in_channels = 1, .out_channels = 1, .kernel_size = {2, 1, 1}, .padding = past};
  check(layer<clip>{esp::seed{9}}, {1, 1, 200, 1, 2}, 9);
}
