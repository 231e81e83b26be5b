// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/conv3d.hpp>
#include <espalier/enforcement.hpp>

#include "support/catch.hpp"

TEST_CASE("a prior is applied in each forward unless it is asked for after each step", "[layer]") {
  constexpr esp::conv3d silent{.in_channels = 1, .out_channels = 1, .kernel_size = 3};
  constexpr esp::conv3d asked{
      .in_channels = 1, .out_channels = 1, .kernel_size = 3, .enforce = esp::enforcement::post_step};
  static_assert(esp::enforcement{} == esp::enforcement::forward, "the value of an enumerator that nobody set");
  STATIC_REQUIRE(silent.enforce == esp::enforcement::forward);
  STATIC_REQUIRE_FALSE(silent == asked);
}
