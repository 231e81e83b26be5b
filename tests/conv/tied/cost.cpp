// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tied/cost.hpp>

#include "conv/tied/drawn_tied.hpp"

namespace {

using esp::extents;

constexpr esp::tied_work cube3 = esp::tied_work_of<extents{3}, drawn::cube_orbits<3>>();
constexpr esp::tied_work cube5 = esp::tied_work_of<extents{5}, drawn::cube_orbits<5>>();

}  // namespace

TEST_CASE("the work of tied taps is what their plan adds and multiplies", "[conv][tied]") {
  STATIC_REQUIRE((cube3.taps == 27 && cube3.groups == 4 && cube3.additions == 9 && cube3.passes == 21));
  STATIC_REQUIRE((cube5.taps == 125 && cube5.groups == 10 && cube5.additions == 31));
  STATIC_REQUIRE(esp::tied_cost(cube3, 2, 8) == 2 * (73 + 4 * 8));
}
