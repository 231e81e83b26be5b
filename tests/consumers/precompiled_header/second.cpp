// SPDX-License-Identifier: BSD-3-Clause
// The header is precompiled for all units, which include it as ever.
#include <espalier/espalier.hpp>

constexpr esp::conv3d config{.in_channels = 2, .out_channels = 3, .kernel_size = 3, .padding = 1, .bias = false};

xt::xtensor<float, 5> response(const xt::xtensor<float, 5>& x) {
  return esp::constrained_conv3d<config, esp::modes::zero_mean>{esp::seed{42}}(x);
}
