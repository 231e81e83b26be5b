// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Seeded initial values of a layer's weight and bias.
#pragma once

#include <cmath>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/random_bits.hpp>

namespace esp::inline ESPALIER_ABI {

/// The seed of a layer's initial values: `layer conv{esp::seed{42}}`.
struct seed {
  std::uint64_t value = 0;
};

namespace detail {

/// Fills `count` elements uniformly from [-bound, bound). The same on every platform: the bits are those of the
/// standard's engine, and the step from bits to a number is ours (the standard leaves that of its distributions open).
template <class T>
void fill_uniform(T* values, index_t count, double bound, random_bits& engine) {
  for (index_t i = 0; i < count; ++i) {
    const double unit = static_cast<double>(engine() >> 11) * 0x1p-53;  // 53 random bits in [0, 1)
    values[i] = static_cast<T>((2 * unit - 1) * bound);
  }
}

/// Weight uniform in +-sqrt(6 / fan_in), then bias uniform in +-1 / sqrt(fan_in), from one stream; null for one that is
/// not stored: the bias is the same without a weight. fan_in = input channels per group * taps. Example:
/// examples/unit_l2.cpp
template <class T>
void initialize(T* weight, const weight_shape& shape, T* bias, seed s) {
  random_bits engine(s.value);
  const double fan_in = static_cast<double>(shape.in * shape.kernel.volume());
  if (weight != nullptr) {
    fill_uniform(weight, shape.size(), std::sqrt(6 / fan_in), engine);
  } else if (bias != nullptr) {
    for (index_t i = 0; i < shape.size(); ++i) static_cast<void>(engine());
  }
  if (bias != nullptr) fill_uniform(bias, shape.out, 1 / std::sqrt(fan_in), engine);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
