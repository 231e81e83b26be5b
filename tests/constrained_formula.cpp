// SPDX-License-Identifier: BSD-3-Clause
// What is refused stands in tests/reject; here, what stands in for it, and what a sound layer computes with.
#include <espalier/constrained_formula.hpp>
#include <espalier/modes.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d config{.in_channels = 4, .out_channels = 6, .kernel_size = {1, 3, 3}, .groups = 2, .eps = 1e-6};
using prior = std::remove_const_t<decltype(esp::modes::unit_l2)>;

}  // namespace

TEST_CASE("a sound prior is computed on the layer's own weight, with the layer's eps", "[constrained_formula]") {
  using f = esp::constrained_formula<config, prior, true>::type;
  STATIC_REQUIRE(std::is_same_v<f::policy_type, prior>);
  STATIC_REQUIRE(f::value.shape == esp::weight_shape{6, 2, {1, 3, 3}});
  STATIC_REQUIRE(f::eps == 1e-6);
}

TEST_CASE("for a refused configuration a formula of one tap stands in", "[constrained_formula]") {
  using f = esp::constrained_formula<config, prior, false>::type;
  STATIC_REQUIRE(std::is_same_v<f::policy_type, esp::refused_t>);
  STATIC_REQUIRE(f::value.shape.size() == 1);
  STATIC_REQUIRE(f::value[f::value.output].op == esp::operation::tap);
}
