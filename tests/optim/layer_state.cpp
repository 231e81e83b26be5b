// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/layer.hpp>
#include <espalier/learned.hpp>
#include <espalier/modes.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/layer_state.hpp>
#include <espalier/optim/optimizer.hpp>

#include "support/layer.hpp"

namespace {

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 1};
constexpr auto gained = [](auto w) { return w * esp::learned<"g", esp::per::block>.starts_at(1); };

}  // namespace

TEST_CASE("only layers with learned numbers have buffers for them", "[optim]") {
  esp::constrained_conv3d<config, gained> learning;
  esp::constrained_conv3d<config, esp::modes::nonneg> plain;
  STATIC_REQUIRE(esp::learned_count_of<decltype(learning)> == 6);
  STATIC_REQUIRE(esp::learned_count_of<decltype(plain)> == 0);
  STATIC_REQUIRE(std::is_same_v<decltype(esp::optimizer_slot<decltype(plain)>::state), esp::layer_state<float>>);
  learning.weight_gradient().fill(1);
  plain.weight_gradient().fill(1);
  esp::optimizer optimiser(esp::adam{}, learning, plain);
  optimiser.step();
  optimiser.each_layer([](const auto& layer, const auto& state) {
    REQUIRE(state.weight[1].size() == layer.weight().size());
    if constexpr (requires { state.learned; }) {
      REQUIRE(state.learned[0].size() == 6);
      REQUIRE(state.learned[1].size() == 6);
    }
  });
}
