// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/masked.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

using blocks::nine, blocks::of, blocks::three;
using esp::masked, esp::raster_taps;

TEST_CASE("taps after the centre in raster order become zero, with A the centre too") {
  STATIC_REQUIRE(of<masked<'A'>>(1, 2, 3) == three{1, 0, 0});
  STATIC_REQUIRE(of<masked<'B'>>(1, 2, 3) == three{1, 2, 0});
  constexpr nine block{1, 2, 3, 4, 5, 6, 7, 8, 9};
  STATIC_REQUIRE(esp::evaluate<masked<'A'>, blocks::plane>(block) == nine{1, 2, 3, 4});
  STATIC_REQUIRE(esp::evaluate<masked<'B'>, blocks::plane>(block) == nine{1, 2, 3, 4, 5});
}

TEST_CASE("of a cube A keeps 13 taps and B 14") {
  constexpr std::array<double, 27> ones = [] {
    std::array<double, 27> result{};
    result.fill(1);
    return result;
  }();
  constexpr auto a = esp::evaluate<masked<'A'>, 3>(ones);
  constexpr auto b = esp::evaluate<masked<'B'>, 3>(ones);
  for (std::size_t t = 0; t < 27; ++t) {
    REQUIRE(a[t] == (t < 13 ? 1 : 0));
    REQUIRE(b[t] == (t < 14 ? 1 : 0));
  }
}

TEST_CASE("what masked establishes") {
  STATIC_REQUIRE(esp::establishes<masked<'A'>, esp::support<raster_taps<'A'>>>);
  STATIC_REQUIRE(esp::establishes<masked<'A'>, esp::support<raster_taps<'B'>>>);
  STATIC_REQUIRE(!esp::establishes<masked<'B'>, esp::support<raster_taps<'A'>>>);
  STATIC_REQUIRE(esp::establishes<masked<'A'>, esp::center_is<0>>);
  STATIC_REQUIRE(!esp::establishes<masked<'B'>, esp::center_is<0>>);
  STATIC_REQUIRE(esp::establishes<masked<'B'>, esp::tap_is<1, 1, 2, 0>>);
  STATIC_REQUIRE(!esp::establishes<masked<'B'>, esp::tap_is<0, 2, 2, 0>>);
  STATIC_REQUIRE(esp::establishes<(masked<'B'> >> esp::modes::unit_l2), esp::support<raster_taps<'B'>>>);
  STATIC_REQUIRE(esp::establishes<(masked<'B'> >> esp::modes::unit_l2), esp::l2_is<1>>);
}

TEST_CASE("which masks there are") {
  STATIC_REQUIRE(esp::MaskKind<'A'>);
  STATIC_REQUIRE(!esp::MaskKind<'C'>);
  STATIC_REQUIRE(!esp::MaskKind<65>);
  STATIC_REQUIRE(esp::policy_name<esp::masked_t<'B'>>() == "masked<'B'>");
}
