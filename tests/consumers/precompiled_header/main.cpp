// SPDX-License-Identifier: BSD-3-Clause
// Nothing is included here: what does not come precompiled is not there.
xt::xtensor<float, 5> response(const xt::xtensor<float, 5>& x);

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false};

int main() {
  const esp::constrained_conv3d<config, esp::modes::zero_mean> conv{esp::seed{42}};
  xt::xtensor<float, 5> x = xt::xtensor<float, 5>::from_shape({1, 2, 4, 5, 6});
  x.fill(1);
  return conv(x) == response(x) ? 0 : 1;
}
