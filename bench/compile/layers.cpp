// SPDX-License-Identifier: BSD-3-Clause
// LAYERS layers with training, no two of one shape.
#include <espalier/espalier.hpp>
#include <utility>

template <esp::index_t N>
using layer = esp::constrained_conv3d<
    esp::conv3d{.in_channels = 2 + N, .out_channels = 3 + 2 * N, .kernel_size = 3, .padding = 1}, esp::modes::unit_l2>;

template <esp::index_t N>
void step(const xt::xtensor<float, 5>& x, const xt::xtensor<float, 5>& target) {
  layer<N> conv;
  esp::optimizer optimizer(esp::sgd{.learning_rate = 0.01}, conv);
  conv.backward_weights(x, esp::mean_squared_error(conv(x), target).gradient);
  optimizer.step();
  optimizer.zero_gradients();
}

template <esp::index_t... N>
void all(std::integer_sequence<esp::index_t, N...>, const xt::xtensor<float, 5>& x, const xt::xtensor<float, 5>& y) {
  (step<N>(x, y), ...);
}

void train(const xt::xtensor<float, 5>& x, const xt::xtensor<float, 5>& y) {
  all(std::make_integer_sequence<esp::index_t, LAYERS>{}, x, y);
}
