// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_explanation.hpp>
#include <espalier/loss.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/optimizer.hpp>
#include <string>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

// A layer with a ReLU behind its sums: what it computes, what its gradients need, what it is called.

namespace {

using support::drawn, support::same, support::shape5, support::throws;

constexpr esp::conv3d plain{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .groups = 2};
constexpr esp::conv3d with_relu{.in_channels = 4,
                                .out_channels = 6,
                                .kernel_size = 3,
                                .padding = 1,
                                .groups = 2,
                                .activation = esp::activation::relu};
constexpr esp::conv3d after_step{.in_channels = 4,
                                 .out_channels = 6,
                                 .kernel_size = 3,
                                 .padding = 1,
                                 .groups = 2,
                                 .bias = false,
                                 .enforce = esp::enforcement::post_step,
                                 .activation = esp::activation::relu};
constexpr esp::conv3d plain_after_step{.in_channels = 4,
                                       .out_channels = 6,
                                       .kernel_size = 3,
                                       .padding = 1,
                                       .groups = 2,
                                       .bias = false,
                                       .enforce = esp::enforcement::post_step};

template <class Tensor>
Tensor rectified(Tensor y) {
  for (auto& value : y) value = value <= 0 ? 0 : value;
  return y;
}

/// `grad_y` where `y` passed.
template <class Tensor>
Tensor masked(const Tensor& y, Tensor grad_y) {
  for (std::size_t i = 0; i < y.size(); ++i) grad_y.data()[i] = y.data()[i] <= 0 ? 0 : grad_y.data()[i];
  return grad_y;
}

/// A layer and its twin without activation: the same bits, forward and backward, for any team.
template <class Layer, class Twin>
void require_twins(const shape5& shape) {
  using T = typename Layer::element;
  Twin twin(esp::seed{5});
  const auto x = drawn<T>(shape);
  const auto y = rectified(twin(x));
  const auto g = drawn<T>({y.shape()[0], y.shape()[1], y.shape()[2], y.shape()[3], y.shape()[4]}, 2);
  const auto grad_x = twin.backward(x, masked(y, g));
  for (const esp::index_t team : {1, 2, 3, 7}) {
    Layer conv(esp::seed{5});
    const esp::threads executor{team};
    REQUIRE(same(conv(x, executor), y));
    REQUIRE(same(conv.backward(x, y, g, executor), grad_x));
    REQUIRE(same(conv.weight_gradient(), twin.weight_gradient()));
    if constexpr (Layer::config.bias) REQUIRE(same(conv.bias_gradient(), twin.bias_gradient()));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a ReLU after the sums is a ReLU in the sums", "[activation]", float, double) {
  using T = TestType;
  for (const shape5& shape : {shape5{2, 4, 5, 7, 19}, {1, 4, 1, 1, 1}, {0, 4, 3, 3, 3}}) {
    require_twins<esp::constrained_conv3d<with_relu, esp::modes::unit_l2, T>,
                  esp::constrained_conv3d<plain, esp::modes::unit_l2, T>>(shape);
    require_twins<esp::constrained_conv3d<after_step, esp::modes::nonneg_sum1, T>,
                  esp::constrained_conv3d<plain_after_step, esp::modes::nonneg_sum1, T>>(shape);
  }
}

TEST_CASE("an output of -0 becomes 0, and a NaN stays", "[activation]") {
  esp::constrained_conv3d<with_relu> conv;
  conv.weight().fill(0);
  conv.bias() = esp::tensor<float, 1>{-0.0F,
                                      std::numeric_limits<float>::quiet_NaN(),
                                      -std::numeric_limits<float>::infinity(),
                                      std::numeric_limits<float>::infinity(),
                                      -2,
                                      2};
  const auto y = conv(drawn({1, 4, 2, 2, 2}));
  const auto at = [&](std::size_t channel) { return y(0, channel, 1, 1, 1); };
  REQUIRE((at(0) == 0 && !std::signbit(at(0))));
  REQUIRE(std::isnan(at(1)));
  REQUIRE((at(2) == 0 && at(3) == std::numeric_limits<float>::infinity() && at(4) == 0 && at(5) == 2));
}

TEST_CASE("every way to call backward takes the output", "[activation]") {
  using layer = esp::constrained_conv3d<with_relu, esp::modes::zero_mean>;
  STATIC_REQUIRE(layer::needs_output);
  STATIC_REQUIRE_FALSE(esp::constrained_conv3d<plain>::needs_output);
  const auto x = drawn({1, 4, 3, 4, 5}), g = drawn({1, 6, 3, 4, 5}, 2);
  layer expected(esp::seed{1}), weights(esp::seed{1}), raw(esp::seed{1}), expression(esp::seed{1});
  const auto y = expected(x);
  const auto grad_x = expected.backward(x, y, g);
  weights.backward_weights(x, y, g, esp::threads{2});
  REQUIRE(same(weights.weight_gradient(), expected.weight_gradient()));
  REQUIRE(same(weights.bias_gradient(), expected.bias_gradient()));
  esp::tensor<float, 5> raw_grad_x(std::array<std::size_t, 5>{1, 4, 3, 4, 5});
  raw.backward(x.data(), esp::dims_of(x), y.data(), g.data(), raw_grad_x.data());
  REQUIRE(same(raw_grad_x, grad_x));
  REQUIRE(same(raw.weight_gradient(), expected.weight_gradient()));
  REQUIRE(same(expression.backward(x, y * 1.0F, g + 0.0F), grad_x));
}

TEST_CASE("a layer without activation takes the output too, and does not read it", "[activation]") {
  esp::constrained_conv3d<plain> conv(esp::seed{1}), other(esp::seed{1});
  const auto x = drawn({1, 4, 3, 4, 5}), g = drawn({1, 6, 3, 4, 5}, 2);
  esp::tensor<float, 5> y(std::array<std::size_t, 5>{1, 6, 3, 4, 5}, std::numeric_limits<float>::quiet_NaN());
  REQUIRE(same(conv.backward(x, y, g), other.backward(x, g)));
  conv.backward_weights(x, y, g);
  other.backward_weights(x, g);
  REQUIRE(same(conv.weight_gradient(), other.weight_gradient()));
  REQUIRE(throws([&] { conv.backward(x, x, g); }, "ESP-202", "(1, 4, 3, 4, 5)", "(1, 6, 3, 4, 5)"));
}

TEST_CASE("an output of another shape is refused and leaves every gradient as it was", "[activation]") {
  esp::constrained_conv3d<with_relu> conv(esp::seed{1});
  const auto x = drawn({1, 4, 3, 4, 5}), g = drawn({1, 6, 3, 4, 5}, 2);
  const auto y = conv(x);
  conv.weight_gradient().fill(3);
  const auto untouched = [&] {
    return std::all_of(conv.weight_gradient().begin(), conv.weight_gradient().end(), [](float v) { return v == 3; });
  };
  REQUIRE(throws([&] { conv.backward(x, x, g); }, "ESP-202", "the output y has shape (1, 4, 3, 4, 5)",
                 "forward returns (1, 6, 3, 4, 5)"));
  REQUIRE(throws([&] { conv.backward_weights(x, drawn({1, 6, 3, 4, 4}), g); }, "ESP-202"));
  REQUIRE(throws([&] { conv.backward(x, y, x); }, "ESP-114"));
  REQUIRE(throws([&] { conv.backward_weights(x, y, x); }, "ESP-114"));
  REQUIRE(untouched());
}

TEST_CASE("gradients through ReLU and prior equal central differences", "[activation]") {
  esp::constrained_conv3d<with_relu, esp::modes::unit_l2, double> conv(esp::seed{2});
  auto x = drawn<double>({1, 4, 2, 3, 4});
  const auto g = drawn<double>({1, 6, 2, 3, 4}, 2);
  support::check_against_differences(conv, x, g);
}

TEST_CASE("two layers with a ReLU between them learn", "[activation]") {
  esp::constrained_conv3d<with_relu, esp::modes::max_l2<1>> first(esp::seed{1});
  esp::constrained_conv3d<esp::conv3d{.in_channels = 6, .out_channels = 1, .kernel_size = 1}> second(esp::seed{2});
  esp::optimizer optimiser(esp::adam{.learning_rate = 0.02}, first, second);
  const auto x = drawn({2, 4, 3, 4, 5});
  esp::tensor<float, 5> target(std::array<std::size_t, 5>{2, 1, 3, 4, 5});
  for (std::size_t i = 0; i < target.size(); ++i) target.data()[i] = std::fabs(x.data()[i]);
  double before = 0, after = 0;
  for (int step = 0; step < 60; ++step) {
    const auto hidden = first(x);
    const auto y = second(hidden);
    const auto loss = esp::mean_squared_error(y, target);
    first.backward_weights(x, hidden, second.backward(hidden, y, loss.gradient));
    optimiser.step();
    optimiser.zero_gradients();
    (step == 0 ? before : after) = loss.value;
  }
  REQUIRE(after < before / 2);
}

TEST_CASE("a layer with an activation says so", "[activation]") {
  using layer = esp::constrained_conv3d<esp::conv3d{
      .in_channels = 1, .out_channels = 2, .kernel_size = 3, .activation = esp::activation::relu}>;
  REQUIRE(layer::description() ==
          "constrained_conv3d<conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3, "
          ".activation = activation::relu}, identity, float>");
  using without = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 2, .kernel_size = 3}>;
  const esp::layer_explanation bare = explain(without{});
  REQUIRE(explain(layer{}).forward == std::string(bare.forward.view()) + ", then a ReLU");
  REQUIRE(explain(layer{}).backward_data == bare.backward_data.view());
}
