// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/loss.hpp>
#include <espalier/optim/adam.hpp>
#include <espalier/optim/optimizer.hpp>
#include <espalier/optim/sgd.hpp>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

// The gradients that a layer holds, and layers that learn.

namespace {

using support::drawn, support::same, support::shape5, support::throws;

constexpr esp::conv3d small{.in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1};
constexpr esp::conv3d small_post_step{
    .in_channels = 4, .out_channels = 6, .kernel_size = 3, .padding = 1, .enforce = esp::enforcement::post_step};
constexpr esp::conv3d strided{.in_channels = 4,
                              .out_channels = 6,
                              .kernel_size = {3, 2, 3},
                              .stride = {1, 2, 3},
                              .dilation = {2, 1, 1},
                              .padding = 2,
                              .groups = 2};

}  // namespace

TEST_CASE("a layer that only infers holds no gradients", "[training]") {
  esp::constrained_conv3d<small, esp::modes::unit_l2> conv(esp::seed{1});
  static_cast<void>(conv(drawn({1, 4, 3, 3, 3})));
  conv.project();
  conv.zero_gradients();
  REQUIRE_FALSE(conv.has_gradients());
  REQUIRE(conv.weight_gradient().shape() == conv.weight().shape());
  REQUIRE(conv.bias_gradient().shape() == conv.bias().shape());
  REQUIRE(conv.has_gradients());
  REQUIRE(std::all_of(conv.weight_gradient().begin(), conv.weight_gradient().end(), [](float g) { return g == 0; }));
  REQUIRE(std::all_of(conv.bias_gradient().begin(), conv.bias_gradient().end(), [](float g) { return g == 0; }));
}

TEST_CASE("gradients add up until they are zeroed, in the same memory", "[training]") {
  esp::constrained_conv3d<small, esp::modes::zero_mean> conv(esp::seed{1});
  const auto x = drawn({2, 4, 3, 4, 5}), g = drawn({2, 6, 3, 4, 5}, 2);
  const auto grad_x = conv.backward(x, g);
  const auto once = conv.weight_gradient();
  const auto bias_once = conv.bias_gradient();
  const void* const memory = conv.weight_gradient().data();
  REQUIRE(same(conv.backward(x, g), grad_x));
  for (std::size_t i = 0; i < once.size(); ++i) REQUIRE(conv.weight_gradient().data()[i] == 2 * once.data()[i]);
  for (std::size_t i = 0; i < 6; ++i) REQUIRE(conv.bias_gradient()(i) == 2 * bias_once(i));
  conv.zero_gradients();
  REQUIRE(std::all_of(conv.weight_gradient().begin(), conv.weight_gradient().end(), [](float v) { return v == 0; }));
  conv.backward_weights(x, g);
  REQUIRE(same(conv.weight_gradient(), once));
  REQUIRE(same(conv.bias_gradient(), bias_once));
  REQUIRE(static_cast<const void*>(conv.weight_gradient().data()) == memory);
}

TEST_CASE("enforced after a step, gradients are those of the stored weight", "[training]") {
  esp::constrained_conv3d<small_post_step, esp::modes::unit_l2> conv(esp::seed{1});
  esp::constrained_conv3d<small> plain(esp::seed{1});
  const auto x = drawn({1, 4, 3, 4, 5}), g = drawn({1, 6, 3, 4, 5}, 2);
  REQUIRE(same(conv.backward(x, g), plain.backward(x, g)));
  for (std::size_t i = 0; i < conv.weight().size(); ++i) {
    REQUIRE(conv.weight_gradient().data()[i] == plain.weight_gradient().data()[i]);
  }
  REQUIRE(same(conv.bias_gradient(), plain.bias_gradient()));
}

namespace {

/// Whether outputs and gradients have the same bits for every team.
template <class Layer>
bool independent_of_team(const shape5& shape) {
  using T = typename Layer::element;
  Layer first(esp::seed{4});
  const auto x = drawn<T>(shape);
  const auto y = first(x);
  const auto grad_x = first.backward(x, y);
  for (const esp::index_t team : {1, 2, 3, 4, 7}) {
    Layer conv(esp::seed{4});
    const esp::threads executor{team};
    if (!same(conv(x, executor), y) || !same(conv.backward(x, y, executor), grad_x) ||
        !same(conv.weight_gradient(), first.weight_gradient()) || !same(conv.bias_gradient(), first.bias_gradient())) {
      return false;
    }
  }
  return true;
}

}  // namespace

TEMPLATE_TEST_CASE("outputs and gradients have the same bits for any number of threads", "[training]", float, double) {
  using plain = esp::constrained_conv3d<small, esp::modes::unit_l2, TestType>;
  using all = esp::constrained_conv3d<strided, esp::modes::nonneg_sum1, TestType>;
  for (const shape5& shape : {shape5{2, 4, 5, 11, 37}, {1, 4, 1, 1, 1}, {3, 4, 9, 40, 3}, {0, 4, 3, 3, 3}}) {
    REQUIRE(independent_of_team<plain>(shape));
    REQUIRE(independent_of_team<all>(shape));
  }
}

TEST_CASE("backward takes any expression", "[training]") {
  esp::constrained_conv3d<small> conv(esp::seed{1}), other(esp::seed{1});
  const auto wide = drawn({1, 4, 3, 4, 10});
  const auto x = xt::view(wide, xt::all(), xt::all(), xt::all(), xt::all(), xt::range(0, 10, 2));
  const auto g = drawn<double>({1, 6, 3, 4, 5}, 2);
  const esp::tensor<float, 5> x_copy = x, g_copy = g * 2.0;
  REQUIRE(same(conv.backward(x, g * 2.0), other.backward(x_copy, g_copy)));
  REQUIRE(same(conv.weight_gradient(), other.weight_gradient()));
}

TEST_CASE("what backward refuses leaves every gradient as it was", "[training]") {
  esp::constrained_conv3d<small, esp::modes::max_l2<esp::param<"c">>> conv(esp::seed{1});
  const auto x = drawn({1, 4, 3, 4, 5}), g = drawn({1, 6, 3, 4, 5}, 2);
  conv.weight_gradient().fill(3);
  conv.bias_gradient().fill(4);
  const auto refused = [&](const auto& input, const auto& gradient, const char* id, const char* part) {
    return throws([&] { conv.backward(input, gradient); }, id, part) &&
           throws([&] { conv.backward_weights(input, gradient); }, id, part);
  };
  REQUIRE(refused(x, g, "ESP-110", "\"c\""));
  conv.set<"c">(0.5F);
  REQUIRE(refused(drawn({1, 3, 3, 4, 5}), g, "ESP-101", "3 channels"));
  REQUIRE(refused(x, drawn({1, 6, 3, 4, 4}), "ESP-114", "(1, 6, 3, 4, 4)"));
  REQUIRE(refused(x, drawn({1, 6, 3, 4, 4}), "ESP-114", "(1, 6, 3, 4, 5)"));
  REQUIRE(refused(x, x, "ESP-114", "(1, 4, 3, 4, 5)"));
  const auto weight = conv.weight();
  conv.weight() = drawn({1, 1, 1, 1, 1});
  REQUIRE(refused(x, g, "ESP-109", "another shape"));
  conv.weight() = weight;
  REQUIRE(std::all_of(conv.weight_gradient().begin(), conv.weight_gradient().end(), [](float v) { return v == 3; }));
  REQUIRE(std::all_of(conv.bias_gradient().begin(), conv.bias_gradient().end(), [](float v) { return v == 4; }));
  conv.weight_gradient() = drawn({1, 1, 1, 1, 1});
  REQUIRE(refused(x, g, "ESP-109", "a gradient"));
  conv.weight_gradient() = drawn({6, 4, 3, 3, 3});
  REQUIRE(conv.backward(x, g).shape() == x.shape());
}

TEST_CASE("two layers in sequence learn what two other layers compute", "[training]") {
  using first_layer = esp::constrained_conv3d<small_post_step, esp::modes::max_l2<0.5>>;
  constexpr esp::conv3d back{.in_channels = 6, .out_channels = 4, .kernel_size = 3, .padding = 1, .groups = 2};
  using second_layer = esp::constrained_conv3d<back, esp::modes::unit_l2>;
  const auto x = drawn({2, 4, 4, 5, 6});
  first_layer teacher1(esp::seed{1});
  teacher1.project();
  const auto target = second_layer(esp::seed{2})(teacher1(x));

  first_layer conv1(esp::seed{3});
  second_layer conv2(esp::seed{4});
  conv1.project();
  esp::optimizer optimiser(esp::adam{.learning_rate = 0.02}, conv1, conv2);
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    const auto hidden = conv1(x, esp::threads{2});
    const auto loss = esp::mean_squared_error(conv2(hidden, esp::threads{2}), target);
    last = loss.value;
    if (step == 0) first = last;
    conv1.backward_weights(x, conv2.backward(hidden, loss.gradient, esp::threads{2}), esp::threads{2});
    optimiser.step();
    optimiser.zero_gradients();
    // The prior holds after each step: of the weight stored here, of the weight used there.
    const auto longest = [](const esp::tensor<float, 5>& weight) {
      double result = 0;
      for (std::size_t block = 0; block < weight.size(); block += 27) {
        double squares = 0;
        for (std::size_t i = 0; i < 27; ++i) {
          squares += static_cast<double>(weight.data()[block + i]) * static_cast<double>(weight.data()[block + i]);
        }
        result = std::max(result, std::sqrt(squares));
      }
      return result;
    };
    REQUIRE(longest(conv1.weight()) <= 0.5 * (1 + 1e-6));
    REQUIRE(std::fabs(longest(conv2.constrained_weight()) - 1) <= 1e-6);
  }
  REQUIRE(last < first / 10);
}
