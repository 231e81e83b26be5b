// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A residual block, y = relu(conv(x) + x): the sum and the ReLU happen where the layer stores, and a step trains it.
#include <algorithm>
#include <cstddef>
#include <espalier/espalier.hpp>
#include <espalier/layer_epilogue.hpp>
#include <iostream>

#include "show.hpp"

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 8, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                      esp::modes::zero_mean>;

// A function of one's own: formulas of the sum s, for registers of any width.
struct silu {
  static constexpr auto value(auto s) { return s * esp::sigmoid(s); }
  static constexpr auto derivative(auto s) {
    auto p = esp::sigmoid(s);
    return p + s * p * (1 - p);
  }
};

int main() {
  layer conv{esp::seed{42}};
  const auto x = show::numbers({1, 8, 16, 24, 24});

  // What follows the layer is written once, for both directions.
  const auto block = then(conv, esp::add(x) >> esp::relu);
  const auto y = block(x);

  // The same with passes over the output: the same bits.
  esp::tensor<float, 5> apart = conv(x);
  for (std::size_t i = 0; i < apart.size(); ++i) apart.data()[i] = std::max(apart.data()[i] + x.data()[i], 0.0F);
  std::cout << "fused and apart: " << (y == apart ? "the same bits" : "other bits") << '\n';

  // The input comes in twice: through the convolution and as the residual.
  esp::optimizer optimiser(esp::sgd{.learning_rate = 0.01}, conv);
  const auto loss = esp::mean_squared_error(y, x);
  const auto gradients = block.backward(x, y, loss.gradient);
  const esp::tensor<float, 5> grad_x = gradients.input + gradients.residual;
  optimiser.step();
  std::cout << "gradient of the input: " << show::shape(grad_x) << '\n'
            << "the loss " << (esp::mean_squared_error(block(x), x).value < loss.value ? "fell" : "rose") << '\n';

  // Any chain: here the residual comes between two functions.
  const auto z = then(conv, silu{} >> esp::add(x) >> esp::leaky_relu<0.1>)(x);
  const auto least = *std::min_element(z.data(), z.data() + z.size());
  std::cout << "silu, residual, leaky ReLU: " << show::shape(z) << ", " << (least < 0 ? "some below 0" : "none below 0")
            << '\n';
  return y == apart ? 0 : 1;
}
