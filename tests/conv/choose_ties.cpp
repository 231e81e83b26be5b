// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/choose_ties.hpp>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::conv3d, esp::direction, esp::extents, esp::index_t;

constexpr esp::tied_work cube3 = esp::tied_work_of<extents{3}, drawn::cube_orbits<3>>();
constexpr esp::tied_work cube5 = esp::tied_work_of<extents{5}, drawn::cube_orbits<5>>();
constexpr esp::tied_work point =
    esp::tied_work_of<extents{3}, drawn::mirrored_taps<extents{3}, true, true, true, false>>();

constexpr conv3d layer(index_t in, index_t out, index_t kernel) {
  return {.in_channels = in, .out_channels = out, .kernel_size = kernel, .padding = kernel / 2};
}
constexpr bool pays(const esp::tied_work& w, index_t in, index_t out, direction what = direction::forward) {
  return esp::ties_pay(layer(in, out, w.taps == 125 ? 5 : 3), what, w);
}

}  // namespace

TEST_CASE("ties pay as was measured", "[conv][tied]") {
  STATIC_REQUIRE((!pays(cube3, 1, 1) && !pays(cube3, 1, 2) && pays(cube3, 1, 4) && pays(cube3, 1, 8)));
  STATIC_REQUIRE((pays(cube3, 4, 4) && pays(cube3, 8, 8) && pays(cube3, 16, 16)));  // the last ones for Winograd's
  STATIC_REQUIRE((!pays(cube5, 1, 1) && pays(cube5, 1, 8) && pays(cube5, 16, 16)));
  STATIC_REQUIRE((!pays(point, 4, 4) && !pays(point, 16, 16)));
  STATIC_REQUIRE((!pays(cube3, 1, 8, direction::backward_data) && pays(cube3, 8, 1, direction::backward_data)));
  STATIC_REQUIRE((pays(cube3, 32, 32) && !pays(cube3, 16, 16, direction::backward_weights) &&
                  !pays(cube3, 32, 32, direction::backward_weights)));
  STATIC_REQUIRE((!pays(cube3, 1, 1, direction::backward_weights) && pays(cube3, 1, 8, direction::backward_weights)));
}

TEST_CASE("ties are served without a stride, and used where no algorithm is asked for", "[conv][tied]") {
  conv3d config = layer(1, 8, 3);
  REQUIRE((esp::tied_serves(config) && esp::ties_pay(config, direction::forward, cube3)));
  REQUIRE(!esp::ties_pay(config, direction::forward, {}));
  config.algorithm = esp::algorithm::direct;
  REQUIRE(!esp::ties_pay(config, direction::forward, cube3));
  config = layer(1, 8, 3);
  config.stride = {1, 1, 2};
  REQUIRE(!esp::tied_serves(config));
  REQUIRE(!esp::tied_serves(layer(1, 8, 9)));
}
