// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What both halves of the program do, compiled once for each instruction set.
#pragma once

#include <espalier/espalier.hpp>

namespace {

using layer = esp::constrained_conv3d<esp::conv3d{.in_channels = 4, .out_channels = 8, .kernel_size = 3, .padding = 1},
                                      esp::modes::unit_l2>;

/// Sum of the squares of a layer's output.
inline double work() {
  const layer conv{esp::seed{42}};
  xt::xtensor<float, 5> x = xt::xtensor<float, 5>::from_shape({1, 4, 4, 6, 19});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<float>(i * i % 7) - 3.0F;
  const xt::xtensor<float, 5> y = conv(x);
  double sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) sum += static_cast<double>(y.data()[i]) * static_cast<double>(y.data()[i]);
  return sum;
}

}  // namespace
