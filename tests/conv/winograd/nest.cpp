// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/winograd/nest.hpp>

#include "conv/drawn_winograd.hpp"

// Everything the nest does is tested through winograd_forward and winograd_backward_data; here its own interface.
TEST_CASE("the nest asks for scratch per worker", "[conv][winograd]") {
  constexpr esp::axis_tiles axes = esp::axis_tiles_for(3, esp::algorithm::winograd);
  using nest = esp::detail::winograd_nest<axes, float>;
  const esp::winograd_problem p{1, 8, 8, axes, {1, 1, 1}, {1, 8, 16, 64, 64}, {1, 8, 16, 64, 64}};
  const esp::index_t one = nest::scratch_size(p, 1);
  REQUIRE(one > 0);
  REQUIRE(nest::scratch_size(p, 2) <= 2 * one);
  REQUIRE(nest::scratch_size(p, 0) == one);
}
