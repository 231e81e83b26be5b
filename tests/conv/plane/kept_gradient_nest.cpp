// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/plane/kept_gradient_nest.hpp>

#include "conv/drawn_backward_weights.hpp"

// Families of drawn problems: backward_weights_taps.cpp. Here every tile shape, whatever would be chosen.

namespace {

using esp::conv3d, esp::index_t;

template <conv3d Config, esp::kept_taps Kept, index_t Rows, index_t Columns, class T>
void check(esp::dims5 input, unsigned seed) {
  static constexpr conv3d config = Config;
  using nest = esp::kept_gradient<Rows, Columns, T, Kept>;
  const drawn::weights_kernel<T> fast{
      Config,
      [](esp::dims5 in, index_t team) {
        return esp::planned_gradient<nest, T>(config, in, esp::output_dims(config, in), team).scratch;
      },
      [](const T* x, esp::dims5 in, const T* grad_y, T* grad_w, bool accumulate, T* scratch, index_t team) {
        const auto p = esp::planned_gradient<nest, T>(config, in, esp::output_dims(config, in), team);
        T* const start = esp::line_start(scratch);
        nest::run({config, p.input, p.output, x, grad_y, grad_w, accumulate, start + p.partial, start}, p.cut,
                  esp::threads{team < 1 ? 1 : team});
      },
      Kept};
  std::mt19937 engine(seed);
  drawn::gradient_problem<T> p(Config, input, engine, true);
  drawn::clear_dropped(Kept, Config.kernel_size.volume(), p.weight.size(), p.weight.data());
  drawn::check_weights(fast, p, static_cast<index_t>(seed % 4));
}

template <class T>
void shapes(unsigned seed) {
  constexpr conv3d cube{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .padding = 1};
  constexpr conv3d strided{.in_channels = 3, .out_channels = 5, .kernel_size = 3, .stride = {1, 2, 3}, .padding = 2};
  constexpr auto some = drawn::taps(3, 3, 50);
  for (const index_t width : {1, 7, 16, 17, 31, 32, 33, 64}) {
    check<cube, some, 1, 1, T>({1, 3, 3, 4, width}, ++seed);
    check<cube, some, 2, 7, T>({2, 3, 3, 4, width}, ++seed);
    check<cube, drawn::star(3), 5, 3, T>({1, 3, 2, 3, width}, ++seed);
    check<strided, some, 4, 5, T>({1, 3, 3, 4, width}, ++seed);
  }
}

}  // namespace

TEST_CASE("gradients over lists by tiles of any shape", "[conv][backward][taps]") {
  shapes<float>(1);
  shapes<double>(500);
}
