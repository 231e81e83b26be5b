// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the examples share: an input that is the same on every machine, and how they print shapes and kernels.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <espalier/espalier.hpp>
#include <span>
#include <string>
#include <vector>

namespace show {

using tensor = xt::xtensor<float, 5>;

/// A tensor of whole numbers from -3 to 3.
inline tensor numbers(const std::array<std::size_t, 5>& shape) {
  tensor out = tensor::from_shape(shape);
  for (std::size_t i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(i * i % 7) - 3.0F;
  return out;
}

/// "(2, 8, 16, 32, 32)"
inline std::string shape(const tensor& t) {
  std::string out;
  for (const auto extent : t.shape()) out += (out.empty() ? "(" : ", ") + std::to_string(extent);
  return out + ")";
}

/// The kernels of a weight (OC, IC / groups, KD, KH, KW), one span of KD * KH * KW taps each.
inline std::vector<std::span<const float>> kernels(const tensor& weight) {
  const std::size_t taps = weight.shape()[2] * weight.shape()[3] * weight.shape()[4];
  std::vector<std::span<const float>> out;
  for (std::size_t i = 0; i < weight.size(); i += taps) out.emplace_back(weight.data() + i, taps);
  return out;
}

inline double sum(std::span<const float> kernel) {
  double out = 0;
  for (const float tap : kernel) out += static_cast<double>(tap);
  return out;
}

inline double l2(std::span<const float> kernel) {
  double out = 0;
  for (const float tap : kernel) out += static_cast<double>(tap) * static_cast<double>(tap);
  return std::sqrt(out);
}

/// Three decimals, and no "-0.000": the last bits of a sum differ between instruction sets.
inline std::string number(double value) {
  const double rounded = std::round(1000 * value) / 1000 + 0.0;
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", rounded);
  return text;
}

}  // namespace show
