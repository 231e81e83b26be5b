// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/dsl.hpp>

#include "support/catch.hpp"

namespace {

struct whiten_t : esp::policy<whiten_t> {
  static constexpr auto map(auto w) {
    auto c = w - esp::mean(w);
    return c / esp::sqrt(esp::mean(c * c) + esp::eps);
  }
};
constexpr whiten_t whiten{};
constexpr auto box = esp::clamp<-1, 1>;
constexpr auto prior = box >> whiten;

}  // namespace

TEST_CASE("one include brings policies, scopes, modes, facts, explanations and constant kernels") {
  STATIC_REQUIRE(esp::establishes<prior, esp::zero_sum>);
  STATIC_REQUIRE(esp::explain(prior).passes == 3);
  STATIC_REQUIRE(esp::Policy<decltype(esp::per_filter(esp::modes::unit_l2))>);
  STATIC_REQUIRE(esp::Policy<decltype(esp::whole_weight(esp::on<esp::neighbors>(esp::assign<0>)))>);
  constexpr std::array<float, 4> block{-3, 0, 0.5f, 2};
  constexpr auto out = esp::evaluate<prior, esp::extents{1, 1, 4}>(block);
  STATIC_REQUIRE(out[0] < out[1]);
  STATIC_REQUIRE(out[1] < out[2]);
  STATIC_REQUIRE(out[2] < out[3]);
}
