// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/derivative.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::of, blocks::three;
using esp::derivative, esp::derivative_to, esp::establishes, esp::extents, esp::partial;

template <partial Axes, unsigned Order, extents Kernel>
constexpr bool has_its_order =
    establishes<derivative<Axes, Order>, derivative_to<Axes, Order>, Kernel> &&
    !establishes<derivative<Axes, Order>, derivative_to<Axes, Order + 1 + Order % 2>, Kernel>;

}  // namespace

TEST_CASE("a derivative's block is its stencil, whatever the weights are") {
  STATIC_REQUIRE(of<derivative<partial{.w = 1}>>(3, 4, 5) == three{-0.5, 0, 0.5});
  STATIC_REQUIRE(of<derivative<partial{.w = 2}>>(3, 4, 5) == three{1, -2, 1});
}

TEST_CASE("a derivative has its order and no higher one") {
  STATIC_REQUIRE(has_its_order<partial{.w = 1}, 2, 3>);
  STATIC_REQUIRE(has_its_order<partial{.d = 1}, 1, extents{3, 1, 1}>);
  STATIC_REQUIRE(has_its_order<partial{.h = 1}, 4, extents{3, 5, 3}>);
  STATIC_REQUIRE(has_its_order<partial{.h = 1}, 6, extents{1, 7, 1}>);
  STATIC_REQUIRE(has_its_order<partial{.w = 1}, 8, extents{1, 1, 9}>);
  STATIC_REQUIRE(has_its_order<partial{.w = 2}, 4, extents{1, 1, 7}>);
  STATIC_REQUIRE(has_its_order<partial{.d = 1, .w = 1}, 2, 3>);
  STATIC_REQUIRE(has_its_order<partial{.d = 1, .h = 2}, 2, extents{3, 3, 1}>);
  STATIC_REQUIRE(has_its_order<partial{.w = 3}, 2, extents{1, 1, 5}>);
}

TEST_CASE("it prints its axes and its order, and a composed kernel loses it") {
  STATIC_REQUIRE(esp::explain(derivative<partial{.w = 1}>).name == "derivative<{0, 0, 1}, 2>");
  STATIC_REQUIRE(!establishes<(derivative<partial{.w = 1}> >> esp::clamp<0>), derivative_to<partial{.w = 1}, 1>>);
  STATIC_REQUIRE(establishes<(derivative<partial{.w = 1}> >> esp::clamp<-1, 1>), esp::bounds<-0.5, 0.5>>);
}
