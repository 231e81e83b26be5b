// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <espalier/dsl.hpp>
#include <espalier/layer.hpp>
#include <espalier/layer_epilogue.hpp>

#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using support::drawn, support::same, support::shape5, support::throws;

constexpr esp::conv3d config{.in_channels = 3, .out_channels = 3, .kernel_size = 3, .padding = 1};
using layer = esp::constrained_conv3d<config, esp::modes::unit_l2>;
using tensor = esp::tensor<float, 5>;

tensor rectified(tensor y) {
  for (float& value : y) value = value <= 0 ? 0 : value;
  return y;
}
/// `g` where y passed.
tensor masked(const tensor& y, tensor g) {
  for (std::size_t i = 0; i < y.size(); ++i) g.data()[i] = y.data()[i] <= 0 ? 0 : g.data()[i];
  return g;
}

}  // namespace

TEST_CASE("a residual block is a layer, a sum and a ReLU", "[epilogue]") {
  layer conv(esp::seed{5}), twin(esp::seed{5});
  const shape5 shape{2, 3, 4, 5, 19};
  const tensor x = drawn(shape), g = drawn(shape, 2), expected = rectified(twin(x, esp::threads{1}) + x);
  for (const esp::index_t team : {1, 3}) {
    const auto block = then(conv, esp::add(x) >> esp::relu);
    REQUIRE(same(block(x, esp::threads{team}), expected));
    tensor y(shape);
    block.forward(x, y, esp::threads{team});
    REQUIRE(same(y, expected));

    conv.zero_gradients();
    twin.zero_gradients();
    const tensor passed = masked(y, g), grad_x = twin.backward(x, passed, esp::threads{1});
    const auto gradients = block.backward(x, y, g, esp::threads{team});
    REQUIRE(same(gradients.input, grad_x));
    REQUIRE(same(gradients.residual, passed));
    REQUIRE(same(conv.weight_gradient(), twin.weight_gradient()));
    REQUIRE(same(conv.bias_gradient(), twin.bias_gradient()));
    conv.zero_gradients();
    block.backward_weights(x, y, g, esp::threads{team});
    REQUIRE(same(conv.weight_gradient(), twin.weight_gradient()));
  }
}

TEST_CASE("a residual is any tensor expression of the output's shape", "[epilogue]") {
  const layer conv(esp::seed{7});
  const tensor x = drawn({1, 3, 3, 4, 9}), twice = x * 2.0F, expected = rectified(conv(x, esp::threads{1}) + twice);
  REQUIRE(same(then(conv, esp::add(twice) >> esp::relu)(x, esp::threads{1}), expected));
  REQUIRE(same(then(conv, esp::add(x * 2.0F) >> esp::relu)(x, esp::threads{1}), expected));
  const xt::xtensor<double, 5> wide = twice;
  REQUIRE(same(then(conv, esp::add(wide) >> esp::relu)(x, esp::threads{1}), expected));
}

TEST_CASE("without a residual backward returns the gradient of the input", "[epilogue]") {
  layer conv(esp::seed{5}), twin(esp::seed{5});
  const tensor x = drawn({1, 3, 4, 5, 6}), g = drawn({1, 3, 4, 5, 6}, 3), y = then(conv, esp::relu)(x, esp::threads{1});
  REQUIRE(same(y, rectified(twin(x, esp::threads{1}))));
  REQUIRE(
      same(then(conv, esp::relu).backward(x, y, g, esp::threads{1}), twin.backward(x, masked(y, g), esp::threads{1})));
}

TEST_CASE("the gradients of a prior's learned numbers are added to", "[epilogue]") {
  using learning = esp::constrained_conv3d<config, [](auto w) { return w * esp::learned<"g", esp::per::filter>; }>;
  learning conv(esp::seed{5}), twin(esp::seed{5});
  for (learning* one : {&conv, &twin}) one->set<"g">(0.5);
  const tensor x = drawn({1, 3, 3, 3, 7}), g = drawn({1, 3, 3, 3, 7}, 3);
  const auto block = then(conv, esp::add(x) >> esp::relu);
  const tensor y = block(x, esp::threads{1});
  block.backward_weights(x, y, g, esp::threads{1});
  twin.backward_weights(x, masked(y, g), esp::threads{1});
  REQUIRE(same(conv.learned_gradient<"g">(), twin.learned_gradient<"g">()));
}

TEST_CASE("a residual of another shape or in the output is refused before anything is written", "[epilogue]") {
  layer conv(esp::seed{5});
  const tensor x = drawn({1, 3, 4, 5, 6}), other = drawn({1, 3, 4, 5, 5});
  const auto wrong = then(conv, esp::add(other) >> esp::relu);
  REQUIRE(throws([&] { static_cast<void>(wrong(x)); }, "ESP-243", "(1, 3, 4, 5, 5)", "(1, 3, 4, 5, 6)"));
  REQUIRE(throws([&] { wrong.backward_weights(x, x, x); }, "ESP-243"));
  tensor y = x;
  REQUIRE(throws([&] { then(conv, esp::add(y) >> esp::relu).forward(x, y); }, "ESP-108"));
  REQUIRE(same(y, x));
  REQUIRE(throws([&] { then(conv, esp::relu).backward_weights(x, other, x); }, "ESP-202"));
  REQUIRE(throws([&] { then(conv, esp::relu).backward_weights(x, x, other); }, "ESP-114"));
}
