// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/loss.hpp>
#include <espalier/modes.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>

#include "support/golden.hpp"

// The recorded trainings: twenty steps on a mean squared error.

namespace {

constexpr auto post_step = esp::enforcement::post_step;
constexpr esp::conv3d two_to_three{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d two_to_three_post_step{
    .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .enforce = post_step};
constexpr esp::conv3d three_to_four_post_step{
    .in_channels = 3, .out_channels = 4, .kernel_size = 3, .padding = 1, .enforce = post_step};

template <esp::conv3d Config, auto Prior, class Rule>
void check_training(const char* name, const Rule& rule) {
  INFO(name);
  const golden::folder recorded(name);
  esp::constrained_conv3d<Config, Prior, double> conv;
  conv.weight() = recorded.tensor<double, 5>("weight0");
  conv.bias() = recorded.tensor<double, 1>("bias0");
  const auto x = recorded.tensor<double, 5>("x");
  const auto target = recorded.tensor<double, 5>("target");
  esp::optimizer optimiser(rule, conv);
  for (const double expected : recorded["losses"].values) {
    const auto loss = esp::mean_squared_error(conv(x), target);
    REQUIRE(std::fabs(loss.value - expected) <= 1e-9 * std::fabs(expected));
    conv.backward_weights(x, loss.gradient);
    optimiser.step();
    optimiser.zero_gradients();
  }
  REQUIRE(golden::difference(conv.weight(), recorded["weight"]) <= 1e-9);
  REQUIRE(golden::difference(conv.bias(), recorded["bias"]) <= 1e-9);
}

}  // namespace

TEST_CASE("recorded trainings: losses before each step, weight and bias after the last", "[golden]") {
  check_training<two_to_three_post_step, esp::modes::nonneg>("train_adam_nonneg_post_step",
                                                             esp::adam{.learning_rate = 0.05, .weight_decay = 0.001});
  check_training<two_to_three, esp::modes::nonneg_sum1>("train_adam_nonneg_sum1_forward",
                                                        esp::adam{.learning_rate = 0.05});
  check_training<three_to_four_post_step, esp::modes::max_l2<0.8>>("train_sgd_max_l2_post_step",
                                                                   esp::sgd{.learning_rate = 0.5});
  check_training<two_to_three, esp::modes::unit_l2>(
      "train_sgd_momentum_unit_l2_forward", esp::sgd{.learning_rate = 0.2, .momentum = 0.9, .weight_decay = 0.01});
}
