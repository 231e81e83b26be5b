// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table_rules.hpp>
// The header under test stands alone above.
#include <espalier/dsl.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

constexpr double pole(esp::tap_index t) { return t.w == 2 ? std::numeric_limits<double>::infinity() : 1; }

template <auto Prior, esp::extents Kernel>
using on_kernel = esp::formula<esp::to_policy_t<decltype(Prior)>, esp::weight_shape{1, 1, Kernel}>;

constexpr auto lifted = [](auto w) { return w * esp::at<pole>; };
constexpr auto flat = esp::moments<esp::zero_sum, esp::moment_is<1, 0, 0, 0>>;

}  // namespace

TEST_CASE("a table is usable on kernels where its numbers are finite") {
  STATIC_REQUIRE(esp::usable_tables<on_kernel<lifted, esp::extents{3, 3, 2}>>::value);
  STATIC_REQUIRE(!esp::TablesAreFinite<on_kernel<lifted, 3>>);
  STATIC_REQUIRE(esp::KernelHasRoomForStencils<on_kernel<lifted, 3>>);
}

TEST_CASE("a stencil is usable on kernels with room for it") {
  STATIC_REQUIRE(esp::usable_tables<on_kernel<esp::laplacian<4>, 5>>::value);
  STATIC_REQUIRE(!esp::KernelHasRoomForStencils<on_kernel<esp::laplacian<4>, 3>>);
  STATIC_REQUIRE(!esp::KernelHasRoomForStencils<on_kernel<esp::laplacian<2>, 4>>);
  STATIC_REQUIRE(!esp::KernelHasRoomForStencils<on_kernel<esp::laplacian<2>, 1>>);
}

TEST_CASE("equations are usable where none depends on the others") {
  STATIC_REQUIRE(esp::usable_tables<on_kernel<flat, 3>>::value);
  STATIC_REQUIRE(!esp::EquationsAreIndependent<on_kernel<flat, esp::extents{1, 3, 3}>>);
}

TEST_CASE("nothing is proved of what cannot be used") {
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::zero_sum>);
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::nonnegative>);
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::always_finite>);
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::l2_at_most<1000>>);
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::support<esp::center_tap>>);
  STATIC_REQUIRE(!esp::establishes<esp::laplacian<4>, esp::bounds<-1e9, 1e9>>);
  STATIC_REQUIRE(!esp::establishes<flat, esp::zero_sum, esp::extents{1, 3, 3}>);
  STATIC_REQUIRE(!esp::establishes<lifted, esp::tap_is<0, 0, 0, 0>>);
}
