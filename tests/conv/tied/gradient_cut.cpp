// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/gradient_cut.hpp>

#include "conv/tied/drawn_tied.hpp"

namespace {

constexpr auto plan = esp::plan_sums(drawn::cube_orbits<3>::value, 3, esp::tap_numbering::forwards);

}  // namespace

TEST_CASE("jobs and units of a gradient of tied taps cover channels and output", "[conv][tied]") {
  using esp::ceil_div, esp::index_t;
  for (const index_t channels : {1, 16, 600}) {
    const esp::conv3d config{.in_channels = channels, .out_channels = 70, .kernel_size = 3, .padding = 1};
    for (const esp::dims5& output : {esp::dims5{2, 70, 5, 70, 9}, esp::dims5{1, 70, 1, 1, 5000}}) {
      const esp::register_tile tile = esp::tied_gradient_tile(config, plan.groups);
      const auto b = esp::tied_gradient_blocks_for<double>(config, esp::sums_view::of(plan), tile, output);
      REQUIRE(b.jobs == ceil_div(70, b.oc) * ceil_div(channels, b.ic));
      REQUIRE((b.oc <= esp::tied_gradient_rows && b.ic * plan.groups <= esp::tied_gradient_columns));
      REQUIRE(b.units == output.n * ceil_div(output.d, b.od) * ceil_div(output.h, b.oh) * ceil_div(output.w, b.ow));
      REQUIRE((b.shares >= 1 && b.shares <= b.units));
      REQUIRE(b.y_elements >= b.oc * b.layout.output);
    }
  }
}

TEST_CASE("a gradient of tied taps is a table of output channels by groups", "[conv][tied]") {
  const esp::conv3d config{.in_channels = 1, .out_channels = 8, .kernel_size = 3};
  const esp::register_tile tile = esp::tied_gradient_tile(config, 4);
  REQUIRE((tile.rows >= 1 && tile.rows <= 8 && tile.vectors >= 1 && tile.vectors <= 4));
}
