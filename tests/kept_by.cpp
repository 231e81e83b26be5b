// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/kept_by.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/lower.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policies/masked.hpp>
#include <espalier/policies/normalize.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

template <auto Prior, esp::extents Kernel>
constexpr esp::detail::kept_taps kept =
    esp::detail::kept_by<esp::detail::formula<std::remove_const_t<decltype(Prior)>, esp::weight_shape{2, 3, Kernel}>>;

}  // namespace

TEST_CASE("taps behind a mask are not kept") {
  STATIC_REQUIRE(kept<esp::masked<'A'>, esp::extents{3}>.count(esp::extents{3}) == 13);
  STATIC_REQUIRE(kept<esp::masked<'B'>, esp::extents{5}>.count(esp::extents{5}) == 63);
  STATIC_REQUIRE(kept<esp::masked<'A'>, esp::extents{3}>.has(12));
  STATIC_REQUIRE(!kept<esp::masked<'A'>, esp::extents{3}>.has(13));
}

TEST_CASE("every tap of a formula without regions is kept") {
  STATIC_REQUIRE(kept<esp::identity, esp::extents{3}>.all());
  STATIC_REQUIRE(kept<esp::modes::unit_l2, esp::extents{3}>.all());
}

TEST_CASE("a kernel of more taps than a set holds is kept whole") {
  STATIC_REQUIRE(kept<esp::masked<'B'>, esp::extents{9}>.all());
}
