// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/facts.hpp>
#include <espalier/modes.hpp>
#include <espalier/policies/per_filter.hpp>
#include <espalier/policies/per_input.hpp>

#include "support/catch.hpp"
#include "support/scopes.hpp"

namespace {

using scopes::in, scopes::of, scopes::weight;

}  // namespace

TEST_CASE("reductions run over all output channels that read an input channel") {
  STATIC_REQUIRE(of<esp::per_input(esp::modes::zero_mean)>(in) == weight{1, 2, 3, -1, 0, 4, -1, -2, -3, -5, -5, 7});
  constexpr auto from_top = [](auto w) { return w - esp::max(w); };
  STATIC_REQUIRE(of<esp::per_input(from_top)>(in) == weight{-2, -1, 0, -8, -7, -3, -4, -5, -6, -12, -12, 0});
}

TEST_CASE("a region inside an input channel is that region of each of its blocks") {
  constexpr auto centres = esp::per_input(esp::on<esp::center_tap>(esp::modes::zero_mean));
  STATIC_REQUIRE(of<centres>(in) == weight{1, 2, 3, 4, 2.5, 9, -1, -2, -3, 0, -2.5, 12});
}

TEST_CASE("filters and input channels cross") {
  constexpr auto both = esp::per_input(esp::modes::zero_mean) >> esp::per_filter(esp::modes::zero_mean);
  STATIC_REQUIRE(of<both>(in) == weight{-0.5, 0.5, 1.5, -2.5, -1.5, 2.5, 0.5, -0.5, -1.5, -3.5, -3.5, 8.5});
}

TEST_CASE("facts hold at the scope of an input channel") {
  constexpr auto unit = esp::per_input(esp::modes::unit_l2);
  STATIC_REQUIRE(esp::establishes<unit, esp::per_input(esp::l2_is<1>)>);
  STATIC_REQUIRE(!esp::establishes<unit, esp::l2_is<1>>);
  STATIC_REQUIRE(!esp::establishes<unit, esp::per_filter(esp::l2_at_most<1>)>);
  STATIC_REQUIRE(esp::establishes<esp::per_input(esp::modes::zero_mean), esp::whole_weight(esp::zero_sum)>);
  STATIC_REQUIRE(!esp::establishes<esp::per_input(esp::modes::zero_mean), esp::per_filter(esp::zero_sum)>);
  constexpr auto filters = esp::per_filter(esp::modes::zero_mean);
  STATIC_REQUIRE(esp::establishes<(filters >> esp::per_input(esp::modes::zero_mean)), esp::per_input(esp::zero_sum)>);
  STATIC_REQUIRE(esp::policy_name<decltype(esp::per_input(esp::modes::nonneg))>() == "per_input(clamp<0>)");
}

TEST_CASE("columns of a weight bound its norm as rows do") {
  constexpr esp::weight_shape shape{.out = 8, .in = 2, .kernel = 3};
  constexpr auto columns = esp::per_input(esp::cap<esp::l1, 1>);
  STATIC_REQUIRE(esp::establishes<columns, esp::per_input(esp::l1_at_most<1>)>);
  STATIC_REQUIRE(!esp::establishes<columns, esp::lipschitz<2>>);
  // Rows have at most 2 taps' columns: sqrt(1 * 2).
  STATIC_REQUIRE(esp::establishes<columns, esp::lipschitz<1.4142136>, shape>);
  STATIC_REQUIRE(!esp::establishes<columns, esp::lipschitz<1.4142>, shape>);
  // Without a sum over input channels, what follows from blocks.
  constexpr auto blocks = esp::normalize<esp::l1>;
  STATIC_REQUIRE(esp::establishes<blocks, esp::per_input(esp::l1_at_most<8>), shape>);
  STATIC_REQUIRE(!esp::establishes<blocks, esp::per_input(esp::l1_at_most<7.9>), shape>);
  STATIC_REQUIRE(!esp::establishes<blocks, esp::per_input(esp::l1_at_most<8>)>);
}
