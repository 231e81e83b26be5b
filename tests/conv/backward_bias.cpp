// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/backward_bias.hpp>

#include "conv/drawn_backward.hpp"

TEMPLATE_TEST_CASE("the bias's gradient is the sum of each channel, exact on integers", "[conv][backward]", float,
                   double) {
  std::mt19937 engine(1);
  for (const esp::dims5 output : {esp::dims5{2, 3, 4, 5, 6},
                                  {1, 1, 1, 1, 1},
                                  {0, 2, 3, 3, 3},
                                  {3, 2, 1, 97, 101},
                                  {1, 5, 1, 1, 63},
                                  {1, 2, 16, 16, 16}}) {
    const auto grad_y = drawn::draw<TestType>(output.size(), engine, true);
    const esp::index_t size = output.d * output.h * output.w;
    for (const esp::index_t team : {1, 2, 7}) {
      drawn::fenced<TestType> grad_b(output.c);
      esp::direct_backward_bias(grad_y.data(), output, grad_b.data(), false, esp::threads{team});
      esp::direct_backward_bias(grad_y.data(), output, grad_b.data(), true, esp::serial{});
      REQUIRE(grad_b.intact());
      for (esp::index_t oc = 0; oc < output.c; ++oc) {
        TestType expected = 0;
        for (esp::index_t i = 0; i < grad_y.size(); ++i) {
          if (i / size % output.c == oc) expected += grad_y.data()[i];
        }
        REQUIRE(grad_b.data()[oc] == 2 * expected);
      }
    }
  }
}

TEMPLATE_TEST_CASE("the bias's gradient is bitwise equal for every team", "[conv][backward]", float, double) {
  std::mt19937 engine(2);
  const esp::dims5 output{2, 5, 3, 41, 57};
  const auto grad_y = drawn::draw<TestType>(output.size(), engine, false);
  drawn::fenced<TestType> serial(output.c);
  esp::direct_backward_bias(grad_y.data(), output, serial.data(), false, esp::serial{});
  for (const esp::index_t team : {1, 2, 3, 4, 7}) {
    drawn::fenced<TestType> grad_b(output.c);
    esp::direct_backward_bias(grad_y.data(), output, grad_b.data(), false, esp::threads{team});
    REQUIRE(serial.same_bits(grad_b));
  }
}
