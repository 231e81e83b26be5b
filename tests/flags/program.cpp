// SPDX-License-Identifier: BSD-3-Clause
// A whole layer, compiled with options and macros that an including project may have.
#if defined(ESPALIER_TEST_MACROS)
#include <algorithm>
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#include <espalier/espalier.hpp>

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                      (esp::clamp<-1> >> esp::modes::unit_l2)>;

int main() {
  layer conv{esp::seed{42}};
  const esp::tensor<float, 5> x(std::array<std::size_t, 5>{1, 4, 4, 6, 19}, 1.0F);
  const auto y = conv(x, esp::threads{2});
  const auto grad_x = conv.backward(x, y);
  return y(0, 0, 0, 0, 0) == y(0, 0, 0, 0, 0) && grad_x.size() == x.size() ? 0 : 1;
}
