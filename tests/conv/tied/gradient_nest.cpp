// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/gradient_nest.hpp>

#include "conv/tied/drawn_tied.hpp"

using drawn::cube_orbits;
using esp::conv3d;
using esp::index_t;

TEMPLATE_TEST_CASE("results of tied taps are bitwise equal for every team", "[conv][tied]", float, double) {
  using T = TestType;
  constexpr conv3d config{.in_channels = 24, .out_channels = 20, .kernel_size = 3, .padding = 1, .groups = 2};
  std::mt19937 engine(7);
  const drawn::tied_problem<T> p(drawn::tied_kernels_for<config, cube_orbits<3>, T>(), {2, 24, 9, 19, 37}, engine,
                                 false);
  const auto y = p.forward(0, true), grad_x = p.backward_data(0), grad_w = p.backward_weights(0, true);
  for (const index_t team : {1, 2, 3, 4, 7}) {
    REQUIRE(y.same_bits(p.forward(team, true)));
    REQUIRE(grad_x.same_bits(p.backward_data(team)));
    REQUIRE(grad_w.same_bits(p.backward_weights(team, true)));
  }
}
