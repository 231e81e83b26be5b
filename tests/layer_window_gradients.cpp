// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/layer_window_gradients.hpp>
#include <espalier/ordered_sum.hpp>
#include <vector>

#include "support/catch.hpp"
#include "support/layer.hpp"
#include "support/xtensor.hpp"

namespace {

using esp::dims5, esp::volume_window;

// Learned, so that a number of the prior has a gradient too.
constexpr auto scaled = [](auto w) { return w * esp::learned<"gain">.starts_at(2); };
constexpr esp::conv3d bare{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .stride = 2, .bias = false};

/// A window of a tensor.
template <class T>
esp::tensor<T, 5> cut(const esp::tensor<T, 5>& x, const volume_window& w) {
  const auto along = [](esp::index_t begin, esp::index_t size) { return xt::range(begin, begin + size); };
  return xt::view(x, xt::all(), xt::all(), along(w.begin.d, w.size.d), along(w.begin.h, w.size.h),
                  along(w.begin.w, w.size.w));
}

}  // namespace

TEST_CASE("gradients of windows of a layer are those of the whole", "[window]") {
  esp::constrained_conv3d<bare, scaled> layer{esp::seed{2}};
  constexpr dims5 input{1, 2, 7, 8, 9};
  const auto x = support::drawn({1, 2, 7, 8, 9}, 1), grad_y = support::drawn({1, 3, 3, 3, 4}, 2);
  const auto y = layer(x), grad_x = layer.backward(x, grad_y);
  constexpr volume_window window{{1, 2, 3}, {4, 4, 4}}, all{{0, 0, 0}, {3, 3, 4}};
  const volume_window read = esp::read_gradient_window(layer, input, window);
  REQUIRE(support::same(esp::backward_window(layer, cut(grad_y, read), input, window), cut(grad_x, window)));
  // With y too, where code is written for any layer.
  REQUIRE(
      support::same(esp::backward_window(layer, cut(y, read), cut(grad_y, read), input, window), cut(grad_x, window)));
  const auto weights = layer.weight_gradient();
  const auto gain = layer.learned_gradient<"gain">();
  REQUIRE(gain != 0);
  layer.zero_gradients();
  esp::backward_weights_window(layer, cut(x, esp::read_weights_window(layer, input, all)), grad_y, input, all);
  REQUIRE(support::same(layer.weight_gradient(), weights));
  REQUIRE(layer.learned_gradient<"gain">() == gain);
  layer.zero_gradients();
  esp::backward_weights_window(layer, cut(x, esp::read_weights_window(layer, input, all)), y, grad_y, input, all);
  REQUIRE(support::same(layer.weight_gradient(), weights));
  REQUIRE(layer.learned_gradient<"gain">() == gain);

  // A block for each plane of the output: whoever computes which, the bits are the same.
  const auto divided = [&](esp::index_t processes) {
    std::vector<esp::ordered_sum<float>> sums(static_cast<std::size_t>(processes), {3, 162});
    for (esp::index_t d = 2; d >= 0; --d) {
      const volume_window plane{{d, 0, 0}, {1, 3, 4}};
      layer.zero_gradients();
      esp::backward_weights_window(layer, cut(x, esp::read_weights_window(layer, input, plane)), cut(grad_y, plane),
                                   input, plane);
      sums[static_cast<std::size_t>(d % processes)].add(d, {layer.weight_gradient().data(), 162});
    }
    for (std::size_t i = 1; i < sums.size(); ++i) sums[0].merge(sums[i]);
    return std::vector<float>(sums[0].total().begin(), sums[0].total().end());
  };
  REQUIRE(divided(2) == divided(1));
  REQUIRE(divided(3) == divided(1));

  layer.zero_gradients();
  esp::backward_weights_window(layer, cut(x, esp::read_weights_window(layer, input, all)), grad_y, input, all);
  using support::throws;
  REQUIRE(
      support::sentence([&] { (void)esp::backward_window(layer, grad_y, input, window); }) ==
      "ESP-253: the part of the output's gradient has shape (1, 3, 3, 3, 4) but the window reads one of shape (1, 3, "
      "3, 3, 3); ask read_gradient_window(layer, input, window) where it lies");
  REQUIRE(
      throws([&] { (void)esp::backward_window(layer, grad_y, input, {{0, 0, 0}, {1, 9, 1}}); }, "ESP-251", "input"));
  REQUIRE(throws([&] { esp::backward_weights_window(layer, grad_y, grad_y, input, all); }, "ESP-252",
                 "ask read_weights_window"));
  REQUIRE(throws([&] { esp::backward_weights_window(layer, cut(x, {{}, {7, 7, 9}}), x, input, all); }, "ESP-114"));
  REQUIRE(throws([&] { (void)esp::backward_window(layer, y, cut(grad_y, read), input, window); }, "ESP-202"));
  REQUIRE(support::same(layer.weight_gradient(), weights));
}
