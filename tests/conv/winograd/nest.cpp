// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/nest.hpp>

#include "conv/drawn_winograd.hpp"

// Everything the nest does is tested through winograd_forward and winograd_backward_data; here its own interface.
TEST_CASE("the nest is cut for a team", "[conv][winograd]") {
  constexpr esp::axis_tiles axes = esp::axis_tiles_for(3, esp::algorithm::winograd);
  using nest = esp::detail::winograd_nest<axes, float>;
  constexpr esp::conv3d config{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1};
  const esp::correlation p = esp::forward_of(config, {1, 8, 16, 64, 64}, {1, 8, 16, 64, 64});
  const nest::cut_type one = nest::cut(p, 1), two = nest::cut(p, 2);
  REQUIRE(one.worker_elements() > 0);
  REQUIRE(two.worker_elements() <= one.worker_elements());
  REQUIRE(two.tasks >= one.tasks);
  REQUIRE(nest::cut(p, 0).worker_elements() == one.worker_elements());
}
