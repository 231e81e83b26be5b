// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/flat/gradient_cut.hpp>

#include "support/catch.hpp"

using esp::index_t;

TEST_CASE("the gradient of a weight of extent 1: units cover the images within bounded scratch", "[conv][backward]") {
  const auto bytes = [](index_t in, index_t out, esp::dims5 Y) {
    const esp::conv3d config{.in_channels = in, .out_channels = out, .kernel_size = 1};
    const auto b = esp::flat_gradient_blocks_for<float>(config, Y);
    REQUIRE((b.jobs >= 1 && b.shares >= 1 && b.shares <= b.units && b.units == Y.n * b.blocks));
    REQUIRE(b.blocks * b.block >= Y.d * Y.h * Y.w);
    REQUIRE((b.blocks - 1) * b.block < Y.d * Y.h * Y.w);
    REQUIRE(b.block % esp::lanes<float> == 0);
    return b.worker_elements() * 4;
  };
  REQUIRE(bytes(32, 3, {1, 3, 64, 64, 64}) <= 64 * 1024);
  REQUIRE(bytes(4096, 3, {1, 3, 64, 64, 64}) <= 512 * 1024);
  REQUIRE(bytes(1, 4096, {3, 4096, 8, 8, 8}) <= 512 * 1024);
}
