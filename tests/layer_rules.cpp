// SPDX-License-Identifier: BSD-3-Clause
// What is refused stands in tests/reject; here, that a sound layer is what it says.
#include <espalier/layer_rules.hpp>
#include <espalier/modes.hpp>
#include <type_traits>

#include "support/catch.hpp"

namespace {

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3};
using prior = std::remove_const_t<decltype(esp::modes::zero_mean)>;

}  // namespace

TEST_CASE("a layer's operations are those of its configuration, prior and element", "[layer]") {
  using of = esp::layer_convolution<config, esp::modes::zero_mean, double>::type;
  STATIC_REQUIRE(std::is_same_v<of, esp::convolution<config, esp::modes::zero_mean, double>>);
  STATIC_REQUIRE(esp::HasAType<const prior>);
}

TEST_CASE("the rules are asked once: a name is always good, also that of what is refused elsewhere", "[layer]") {
  STATIC_REQUIRE(esp::named_layer<config, prior, float>);
  STATIC_REQUIRE(esp::named_layer<esp::conv3d{.in_channels = -1}, prior, float, false>);
}
