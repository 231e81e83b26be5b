// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/with_gradient.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

constexpr auto plain = esp::clamp<0>;
constexpr auto straight = esp::with_gradient<esp::gradient_rule::straight_through>(plain);

}  // namespace

TEST_CASE("another gradient rule leaves the weights, the passes and the facts as they are") {
  STATIC_REQUIRE(esp::establishes<straight, esp::nonnegative>);
  STATIC_REQUIRE(esp::explain(straight).passes == esp::explain(plain).passes);
  STATIC_REQUIRE(esp::explain(straight).formula == esp::explain(plain).formula.view());
  STATIC_REQUIRE(esp::explain(straight).name == "with_gradient<straight_through>(clamp<0>)");
  constexpr std::array<double, 3> block{-1, 2, 0};
  STATIC_REQUIRE(esp::evaluate<straight, esp::extents{1, 1, 3}>(block) == std::array<double, 3>{0, 2, 0});
}
