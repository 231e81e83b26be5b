// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/layer.hpp>
#include <espalier/modes.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/adamw.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>
#include <espalier/optim/unread_taps.hpp>
#include <espalier/policies/causal.hpp>
#include <espalier/policies/masked.hpp>

#include "support/layer.hpp"

// Masked taps do not drift: what is stored there stays through momentum, moments and decay.

namespace {

using support::drawn;

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d config_post_step{
    .in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};

constexpr bool is_masked(std::size_t tap) { return tap >= 13; }  // by masked<'A'>, in raster order

/// Steps with gradients that change, then one with none: what moves then is moved by momentum and decay.
template <class Layer, class Rule, class Look>
void train(Layer& conv, const Rule& rule, const Look& look) {
  esp::optimizer optimiser(rule, conv);
  for (unsigned step = 0; step < 4; ++step) {
    optimiser.zero_gradients();
    if (step < 3) conv.backward_weights(drawn({1, 2, 4, 4, 5}, step), drawn({1, 3, 4, 4, 5}, step + 9));
    optimiser.step();
    look(conv, optimiser);
  }
}

/// Of every masked tap: its stored value and what the optimiser remembers of it.
template <class Rule>
void check_masked(const Rule& rule) {
  esp::constrained_conv3d<config, esp::masked<'A'>> conv(esp::seed{1});
  esp::constrained_conv3d<config, esp::modes::none> free(esp::seed{1});
  const auto start = conv.weight();
  int moved = 0;
  train(conv, rule, [&](const auto& layer, const auto& optimiser) {
    for (std::size_t i = 0; i < start.size(); ++i) {
      const bool stays = layer.weight().data()[i] == start.data()[i];
      if (is_masked(i % 27)) {
        REQUIRE(stays);
        REQUIRE(layer.weight_gradient().data()[i] == 0);
      } else {
        moved += stays ? 0 : 1;
      }
    }
    optimiser.each_layer([&](const auto&, const auto& state) {
      for (const auto& buffer : state.weight) {
        for (std::size_t i = 0; i < buffer.size(); ++i) REQUIRE((!is_masked(i % 27) || buffer[i] == 0));
      }
    });
  });
  REQUIRE(moved == 4 * 6 * 13);
  // The same rule moves them where no mask is.
  train(free, rule, [](const auto&, const auto&) {});
  for (std::size_t i = 0; i < start.size(); ++i) REQUIRE(free.weight().data()[i] != start.data()[i]);
}

/// After a step the stored weight is the constrained one: zero at masked taps, and the others as without a mask.
template <class Rule>
void check_masked_post_step(const Rule& rule) {
  esp::constrained_conv3d<config_post_step, esp::masked<'A'>> conv(esp::seed{1});
  esp::constrained_conv3d<config_post_step, esp::modes::none> free(esp::seed{1});
  train(free, rule, [](const auto&, const auto&) {});
  train(conv, rule, [&](const auto& layer, const auto& optimiser) {
    for (std::size_t i = 0; i < layer.weight().size(); ++i) {
      if (is_masked(i % 27)) REQUIRE(layer.weight().data()[i] == 0);
    }
    optimiser.each_layer([&](const auto&, const auto& state) {
      for (const auto& buffer : state.weight) {
        for (std::size_t i = 0; i < buffer.size(); ++i) REQUIRE((!is_masked(i % 27) || buffer[i] == 0));
      }
    });
  });
  // The gradient of a stored weight is the same whatever the other taps are: a convolution is linear in it.
  for (std::size_t i = 0; i < conv.weight().size(); ++i) {
    if (!is_masked(i % 27)) REQUIRE(conv.weight().data()[i] == free.weight().data()[i]);
  }
}

template <class Rule>
void check(const Rule& rule) {
  check_masked(rule);
  check_masked_post_step(rule);
}

}  // namespace

TEST_CASE("masked taps do not drift under any rule, in both modes of enforcement", "[optim]") {
  check(esp::sgd{.learning_rate = 0.1, .weight_decay = 0.1});
  check(esp::sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1});
  check(esp::sgd{.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true});
  check(esp::adam{.learning_rate = 0.1, .weight_decay = 0.1});
  check(esp::adamw{.learning_rate = 0.1, .weight_decay = 0.1});
}

TEST_CASE("a decay to NaN and a state from elsewhere leave masked taps alone", "[optim]") {
  esp::constrained_conv3d<config, esp::causal<esp::axis::width>> conv(esp::seed{2});
  const auto start = conv.weight();
  esp::optimizer optimiser(esp::sgd{.learning_rate = 1, .momentum = 0.5}, conv);
  conv.backward_weights(drawn({1, 2, 3, 3, 3}), drawn({1, 3, 3, 3, 3}, 2));
  optimiser.step();
  optimiser.each_layer([](auto&, auto& state) {
    for (float& b : state.weight[0]) b = std::numeric_limits<float>::quiet_NaN();
  });
  optimiser.step();
  for (std::size_t i = 0; i < start.size(); ++i) {
    if (i % 3 == 2) REQUIRE(conv.weight().data()[i] == start.data()[i]);
    if (i % 3 != 2) REQUIRE(std::isnan(conv.weight().data()[i]));
  }
}

TEST_CASE("a layer whose prior reads every tap keeps nothing", "[optim]") {
  using reads_all = esp::constrained_conv3d<config, esp::modes::unit_l2>;
  STATIC_REQUIRE(!esp::LeavesTapsUnread<reads_all>);
  STATIC_REQUIRE(std::is_empty_v<esp::unread_tap_keeper<reads_all>>);
  STATIC_REQUIRE(esp::LeavesTapsUnread<esp::constrained_conv3d<config, esp::modes::fixed_center<>>>);
}
