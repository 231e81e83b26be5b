// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/gaussian.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::of, blocks::three;
using esp::establishes, esp::extents, esp::gaussian;

constexpr double bell = 0.60653065971263342;  // exp(-1/2)

}  // namespace

TEST_CASE("a gaussian is a normalised bell") {
  STATIC_REQUIRE(blocks::near(of<gaussian<1>>(3, 4, 5),
                              three{bell / (1 + 2 * bell), 1 / (1 + 2 * bell), bell / (1 + 2 * bell)}, 1e-15));
  STATIC_REQUIRE(blocks::near(of<gaussian<1e-4>>(3, 4, 5), three{0, 1, 0}));
  STATIC_REQUIRE(esp::explain(gaussian<1, 2, 0.5>).name == "gaussian<1, 2, 0.5>");
}

TEST_CASE("an even kernel has its centre between two taps") {
  constexpr auto pair = esp::evaluate<gaussian<1>, extents{1, 1, 2}>(std::array{3.0, 4.0});
  STATIC_REQUIRE(pair == std::array{0.5, 0.5});
  // Nothing is left of a narrow one, so nothing is proved of it, and a layer refuses it.
  STATIC_REQUIRE(!establishes<gaussian<0.01>, esp::sum_is<1>, extents{1, 1, 2}>);
  STATIC_REQUIRE(establishes<gaussian<0.01>, esp::center_is<1>>);
}

TEST_CASE("what a gaussian establishes") {
  STATIC_REQUIRE(establishes<gaussian<1>, esp::sum_is<1>>);
  STATIC_REQUIRE(establishes<gaussian<0.7, 1, 3>, esp::l1_is<1>, extents{3, 5, 7}>);
  STATIC_REQUIRE(establishes<gaussian<1>, esp::bounds<0, 1>>);
  STATIC_REQUIRE(establishes<gaussian<1>, esp::moment_is<0, 0, 1, 0>>);
  STATIC_REQUIRE(establishes<gaussian<1>, esp::moment_is<1, 2, 0, 0>>);
  STATIC_REQUIRE(!establishes<gaussian<1>, esp::moment_is<2, 0, 0, 0>>);
  STATIC_REQUIRE(establishes<gaussian<2>, esp::lipschitz<1>, esp::weight_shape{1, 1, 5}>);
}
