// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel/gradient_cut.hpp>
#include <espalier/conv/geometry.hpp>

#include "support/catch.hpp"

namespace {

// Jobs cover the weight, units the output, strips a unit, and the scratch stays bounded.
template <class T>
void check(const esp::conv3d& config, esp::dims5 input) {
  const esp::dims5 output = esp::output_dims(config, input);
  const esp::outer_blocking b = esp::outer_blocks_for<T>(config, output);
  using esp::detail::ceil_div;
  REQUIRE(b.oc % b.width == 0);
  REQUIRE(b.ic % b.tile.panel == 0);
  REQUIRE(b.jobs == config.groups * ceil_div(b.OCG, b.oc) * ceil_div(b.ICG, b.ic));
  REQUIRE(b.units == output.n * ceil_div(output.d, b.od) * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow));
  REQUIRE((b.strip_d >= 1 && b.strip_d <= b.od && b.strip_h >= 1 && b.strip_h <= b.oh));
  REQUIRE((b.strip_d == 1 || b.strip_h == b.oh));
  REQUIRE((b.shares >= 1 && b.shares <= 8));
  REQUIRE(b.worker_elements() * static_cast<esp::index_t>(sizeof(T)) < 2 * 1024 * 1024);
}

}  // namespace

TEMPLATE_TEST_CASE("gradients with lanes along channels are cut within bounded scratch", "[conv][backward]", float,
                   double) {
  check<TestType>({.in_channels = 4, .out_channels = 32, .kernel_size = 3, .padding = 1}, {1, 4, 64, 64, 64});
  check<TestType>({.in_channels = 512, .out_channels = 513, .kernel_size = 3, .padding = 1}, {1, 512, 40, 40, 40});
  check<TestType>({.in_channels = 64, .out_channels = 64, .kernel_size = 3, .dilation = 4, .padding = 4},
                  {1, 64, 99, 99, 99});
  check<TestType>({.in_channels = 16, .out_channels = 32, .kernel_size = 3, .stride = 3}, {0, 16, 9, 9, 9999});
  check<TestType>({.in_channels = 1, .out_channels = 100, .kernel_size = 1}, {9, 1, 1, 100000, 1});
  check<TestType>({.in_channels = 64, .out_channels = 64, .kernel_size = {7, 1, 1}, .stride = {2, 1, 1}, .padding = 3},
                  {1, 64, 32, 56, 56});
  check<TestType>({.in_channels = 320, .out_channels = 320, .kernel_size = 3, .padding = 1}, {1, 320, 4, 4, 4});
  check<TestType>({.in_channels = 16, .out_channels = 16, .kernel_size = 5, .padding = 2}, {1, 16, 32, 64, 64});
}

TEST_CASE("an axis of a block knows the input rows it holds", "[conv][backward]") {
  constexpr esp::outer_axis one(1, 3, 2, 4), four(4, 3, 2, 4);
  static_assert(one.held == 3 && one.tap == 1 && one.unit == 4);
  static_assert(four.held == 15 && four.step == 2 && four.tap == 4 && four.unit == 1);
}

TEST_CASE("outer tiles fit the registers and cover the channels", "[conv][backward]") {
  for (const esp::index_t ic : {1, 2, 3, 4, 5, 16, 17, 33, 64, 144})
    for (const esp::index_t oc : {1, 8, 16, 33, 64, 144})
      for (const esp::index_t lane_count : {1, 4, 8, 16})
        for (const esp::index_t registers : {15, 16, 32})
          for (const esp::index_t dilation : {1, 2}) {
            const esp::conv3d config{
                .in_channels = ic, .out_channels = oc, .kernel_size = {1, 3, 5}, .dilation = dilation};
            const esp::outer_tile t = esp::outer_tile_for(config, lane_count, registers);
            REQUIRE((t.broadcasts >= 1 && t.vectors >= 1 && t.panel >= 1 && t.panel <= 16 && t.cost > 0));
            REQUIRE(t.broadcasts * t.vectors + t.vectors + 1 <= registers);
            REQUIRE((t.panel <= lane_count || t.panel % lane_count == 0));
            REQUIRE(t.run * t.runs == 5 * t.panel);
            REQUIRE((t.covered() >= t.run && t.covered() < t.run + t.broadcasts));
          }
  constexpr esp::conv3d cube{.in_channels = 32, .out_channels = 32, .kernel_size = 3, .padding = 1};
  static_assert(esp::outer_tile_for(cube, 16, 32) == esp::outer_tile{12, 2, 16, 1, 48, 3528});
  static_assert(esp::outer_tile_for(cube, 8, 16).broadcasts == 6);
}
