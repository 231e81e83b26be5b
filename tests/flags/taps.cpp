// SPDX-License-Identifier: BSD-3-Clause
// Kernels of as many taps as docs/limits.md promises without options for the compiler.
#include <espalier/espalier.hpp>

namespace {

template <esp::index_t Extent, auto Prior>
float work() {
  using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 1, .out_channels = 1, .kernel_size = Extent}, Prior>;
  layer conv{esp::seed{1}};
  const esp::tensor<float, 5> x(std::array<std::size_t, 5>{1, 1, Extent, Extent, Extent}, 1.0F);
  const auto y = conv(x);
  return conv.backward(x, y)(0, 0, 0, 0, 0);
}

}  // namespace

int main() {
  const float sum = work<27, esp::identity>() + work<101, esp::modes::unit_l2>() +
                    work<15, esp::modes::fixed_center<>>() +
                    work<15, esp::on<esp::mask<[](esp::tap_index t) { return t.d == 1; }>>(esp::normalize<esp::l2>)>();
  return sum == sum ? 0 : 1;
}
