// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/policies/laplacian.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>

#include "support/block.hpp"
#include "support/catch.hpp"

namespace {

using blocks::nine, blocks::of, blocks::three;
using esp::establishes, esp::extents, esp::laplacian, esp::laplacian_to;

}  // namespace

TEST_CASE("a laplacian's block is the star of its neighbours") {
  STATIC_REQUIRE(of<laplacian<>>(3, 4, 5) == three{1, -2, 1});
  STATIC_REQUIRE(esp::evaluate<laplacian<>, blocks::plane>(nine{}) == nine{0, 1, 0, 1, -4, 1, 0, 1, 0});
}

TEST_CASE("a laplacian has its order and no higher one") {
  STATIC_REQUIRE(establishes<laplacian<>, laplacian_to<2>>);
  STATIC_REQUIRE(!establishes<laplacian<>, laplacian_to<3>>);
  STATIC_REQUIRE(establishes<laplacian<>, laplacian_to<2>, extents{1, 3, 3}>);
  STATIC_REQUIRE(establishes<laplacian<4>, laplacian_to<4>, 5>);
  STATIC_REQUIRE(!establishes<laplacian<4>, laplacian_to<5>, 5>);
  STATIC_REQUIRE(establishes<laplacian<6>, laplacian_to<6>, extents{7, 1, 7}>);
  STATIC_REQUIRE(establishes<laplacian<>, esp::zero_sum>);
  STATIC_REQUIRE(establishes<laplacian<>, esp::center_is<-6>>);
  STATIC_REQUIRE(establishes<laplacian<>, esp::l1_is<12>>);
}
