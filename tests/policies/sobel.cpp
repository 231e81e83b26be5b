// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/sobel.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::nine, blocks::of, blocks::three;
using esp::establishes, esp::extents, esp::moment_is, esp::sobel;

}  // namespace

TEST_CASE("sobel differentiates along its axis and smooths along the others") {
  STATIC_REQUIRE(of<sobel<esp::axis::width>>(3, 4, 5) == three{-1, 0, 1});
  STATIC_REQUIRE(esp::evaluate<sobel<esp::axis::width>, blocks::plane>(nine{}) == nine{-1, 0, 1, -2, 0, 2, -1, 0, 1});
  STATIC_REQUIRE(esp::evaluate<sobel<esp::axis::height>, blocks::plane>(nine{}) == nine{-1, -2, -1, 0, 0, 0, 1, 2, 1});
}

TEST_CASE("what sobel establishes") {
  STATIC_REQUIRE(establishes<sobel<esp::axis::depth>, esp::zero_sum>);
  STATIC_REQUIRE(establishes<sobel<esp::axis::depth>, moment_is<1, 0, 0, 32>>);
  STATIC_REQUIRE(establishes<sobel<esp::axis::depth>, moment_is<0, 1, 0, 0>>);
  STATIC_REQUIRE(establishes<sobel<esp::axis::height>, moment_is<0, 1, 0, 32>, 5>);
  STATIC_REQUIRE(establishes<sobel<esp::axis::width>, moment_is<0, 0, 1, 8>, extents{1, 3, 3}>);
  STATIC_REQUIRE(!establishes<sobel<esp::axis::width>, esp::derivative_to<esp::partial{.w = 1}, 1>>);
  constexpr auto scaled = esp::sobel<esp::axis::width> >> [](auto w) { return w / 32; };
  STATIC_REQUIRE(establishes<scaled, esp::derivative_to<esp::partial{.w = 1}, 2>>);
}
