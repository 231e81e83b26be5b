// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <espalier/conv/backward_weights.hpp>

#include "conv/drawn_backward_weights.hpp"

TEMPLATE_TEST_CASE("gradients of weights are bitwise equal for every team and within rounding of the loops",
                   "[conv][backward]", float, double) {
  using T = TestType;
  std::mt19937 engine(7);
  const auto check = [&](const drawn::weights_kernel<T>& fast, esp::dims5 input) {
    const drawn::gradient_problem<T> p(fast.config, input, engine, false);
    const auto serial = fast.gradient(p, 0);
    for (const esp::index_t team : {1, 2, 3, 4, 7}) REQUIRE(serial.same_bits(fast.gradient(p, team)));
    drawn::fenced<T> expected(serial.size());
    reference::backward_weights(p.shape, p.x.data(), p.grad_y.data(), expected.data(), nullptr);
    // n products below 1 in magnitude whose partial sums in random order stay near sqrt(n): far above what is seen.
    const T n = static_cast<T>(p.shape.output.size() / p.shape.output.c);
    for (esp::index_t i = 0; i < serial.size(); ++i) {
      REQUIRE(std::fabs(serial.data()[i] - expected.data()[i]) <= n * std::numeric_limits<T>::epsilon());
    }
  };
  constexpr esp::conv3d cube{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1};
  static_assert(esp::gradient_blocks_for<T>(cube, {2, 8, 9, 31, 33}).shares > 4);
  check(drawn::weights_kernel_for<cube, T>(), {2, 4, 9, 31, 33});
  check(drawn::weights_kernel_for<
            esp::conv3d{.in_channels = 6, .out_channels = 6, .kernel_size = 3, .stride = 2, .padding = 1, .groups = 3},
            T>(),
        {1, 6, 5, 8, 33});
  check(drawn::weights_kernel_for<
            esp::conv3d{.in_channels = 1, .out_channels = 3, .kernel_size = {1, 5, 3}, .dilation = 2}, T>(),
        {1, 1, 6, 90, 70});
}

TEST_CASE("an empty batch gives a gradient of zero, a wrong input throws before anything is written",
          "[conv][backward]") {
  using kernel =
      esp::direct_backward_weights<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = 1}, float>;
  std::vector<float> scratch(static_cast<std::size_t>(kernel::scratch_size({0, 1, 2, 2, 2}, 1)));
  float weight = 5;
  kernel::run(nullptr, {0, 1, 2, 2, 2}, nullptr, &weight, true, scratch.data(), esp::serial{});
  REQUIRE(weight == 5);
  kernel::run(nullptr, {0, 1, 2, 2, 2}, nullptr, &weight, false, scratch.data(), esp::serial{});
  REQUIRE(weight == 0);
  weight = 5;
  REQUIRE_THROWS_AS(kernel::scratch_size({1, 3, 5, 5, 5}, 1), esp::error);
  REQUIRE_THROWS_AS(kernel::run(nullptr, {1, 1, 0, 5, 2}, nullptr, &weight, false, &weight, esp::serial{}), esp::error);
  REQUIRE(weight == 5);
}
