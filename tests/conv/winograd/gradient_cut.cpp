// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/geometry.hpp>
#include <espalier/conv/winograd/gradient_cut.hpp>

#include "support/catch.hpp"

namespace {

// Jobs cover the weight, units the tiles, and the scratch stays bounded.
template <class T>
void check(const esp::conv3d& config, esp::dims5 input) {
  const esp::dims5 output = esp::output_dims(config, input);
  const esp::winograd_gradient_blocking b = esp::winograd_gradient_blocks_for<T>(config, output);
  using esp::detail::ceil_div;
  REQUIRE((b.oc % b.width == 0 && b.ic % esp::lanes<T> == 0));
  REQUIRE(esp::lanes<T> % b.tile.rows == 0);
  REQUIRE(b.jobs == config.groups * ceil_div(b.OCG, b.oc) * ceil_div(b.ICG, b.ic));
  REQUIRE(b.units ==
          output.n * ceil_div(b.tiles.d, b.box.d) * ceil_div(b.tiles.h, b.box.h) * ceil_div(b.tiles.w, b.box.w));
  REQUIRE((b.shares >= 1 && b.shares <= 8 && (b.shares <= b.units || b.units == 0)));
  REQUIRE(b.worker_elements() * static_cast<esp::index_t>(sizeof(T)) <= 4 * 1024 * 1024);
}

}  // namespace

TEMPLATE_TEST_CASE("Winograd gradients of weights are cut within bounded scratch", "[conv][winograd]", float, double) {
  check<TestType>({.in_channels = 4, .out_channels = 32, .kernel_size = 3, .padding = 1}, {1, 4, 64, 64, 64});
  check<TestType>({.in_channels = 512, .out_channels = 513, .kernel_size = 3, .padding = 1}, {1, 512, 40, 40, 40});
  check<TestType>({.in_channels = 64, .out_channels = 144, .kernel_size = {1, 3, 3}}, {1, 64, 16, 56, 56});
  check<TestType>({.in_channels = 700, .out_channels = 900, .kernel_size = {3, 1, 1}}, {1, 700, 16, 56, 560});
  check<TestType>({.in_channels = 320, .out_channels = 320, .kernel_size = 3, .padding = 1}, {1, 320, 4, 4, 4});
  check<TestType>({.in_channels = 16, .out_channels = 16, .kernel_size = 3, .padding = 1}, {0, 16, 4, 4, 4});
  check<TestType>({.in_channels = 1, .out_channels = 1, .kernel_size = {1, 1, 3}}, {9, 1, 1, 1, 100000});
}

TEMPLATE_TEST_CASE("scratch of a Winograd gradient is at most 4 MiB for every number of channels", "[conv][winograd]",
                   float, double) {
  constexpr esp::index_t most = 4 * 1024 * 1024 / static_cast<esp::index_t>(sizeof(TestType));
  const esp::extents kernels[] = {{3, 3, 3}, {1, 3, 3}, {3, 1, 3}, {3, 3, 1}, {1, 1, 3}, {1, 3, 1}, {3, 1, 1}};
  const esp::index_t channels[] = {1,   3,    8,    17,   64,   100,  160,  256,   320,   512,    640,
                                   768, 1000, 1024, 2048, 3000, 4096, 5000, 10000, 65536, 1000003};
  const esp::extents sizes[] = {{3, 3, 3}, {3, 5, 7}, {4, 4, 4}, {8, 28, 28}, {64, 512, 5000}, {3, 3, 100000}};
  for (const esp::extents& kernel : kernels)
    for (const esp::index_t IC : channels)
      for (const esp::index_t OC : channels)
        for (const esp::extents& s : sizes) {
          const esp::conv3d config{.in_channels = IC, .out_channels = OC, .kernel_size = kernel};
          const auto b =
              esp::winograd_gradient_blocks_for<TestType>(config, esp::output_dims(config, {1, IC, s.d, s.h, s.w}));
          if (b.worker_elements() > most) {
            CAPTURE(kernel.d, kernel.h, kernel.w, IC, OC, s.d, s.h, s.w, b.worker_elements());
            FAIL();
          }
        }
  SUCCEED();
}

TEST_CASE("the tile of a Winograd gradient fits the registers", "[conv][winograd]") {
  for (const esp::index_t registers : {15, 16, 32}) {
    for (const esp::index_t lane_count : {1, 2, 4, 8, 16}) {
      for (esp::index_t oc = 1; oc < 100; ++oc) {
        const esp::register_tile t = esp::winograd_gradient_tile(oc, lane_count, registers);
        REQUIRE(t.rows * t.vectors + t.vectors + 1 <= registers);
        REQUIRE((lane_count % t.rows == 0 && t.vectors <= (oc + lane_count - 1) / lane_count));
      }
    }
  }
}
