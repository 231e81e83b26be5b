// SPDX-License-Identifier: BSD-3-Clause
// One layer, forward.
#include <espalier/espalier.hpp>

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                      esp::modes::unit_l2>;

xt::xtensor<float, 5> forward(const layer& conv, const xt::xtensor<float, 5>& x) { return conv(x); }
