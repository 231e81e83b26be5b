// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Numbers per tap for drawn policies, under short names that generated sources use as well.
#pragma once

#include <espalier/shape.hpp>

namespace drawn::tables {

constexpr double lever(esp::tap_index t) { return static_cast<double>(t.w - 1); }
constexpr double gate(esp::tap_index t) { return (t.d + t.h + t.w) % 2 == 0 ? 1 : 0; }
constexpr double tenths(esp::tap_index t) { return 0.1 * static_cast<double>(1 + t.h + 2 * t.w); }
constexpr double slope(esp::tap_index t, esp::extents k) {
  return static_cast<double>(1 + t.d + t.w) / static_cast<double>(k.d + k.w);
}
constexpr double square(esp::tap_index t, esp::extents k) {
  return static_cast<double>((2 * t.w - k.w + 1) * (2 * t.w - k.w + 1)) / 4;
}
constexpr double along_w(esp::tap_index t, esp::extents k) { return static_cast<double>(t.w - k.w / 2); }
constexpr double along_w2(esp::tap_index t, esp::extents k) { return along_w(t, k) * along_w(t, k); }
/// -1, 0, 1 and 1, -2, 1 along W, and the second differences along all axes of more than one tap.
constexpr double difference(esp::tap_index t, esp::extents k) {
  const auto w = t.w - k.w / 2;
  return t.d != k.d / 2 || t.h != k.h / 2 || w * w > 1 ? 0 : static_cast<double>(w);
}
constexpr double curvature(esp::tap_index t, esp::extents k) {
  const auto w = t.w - k.w / 2;
  return t.d != k.d / 2 || t.h != k.h / 2 || w * w > 1 ? 0 : w == 0 ? -2 : 1;
}
constexpr double star(esp::tap_index t, esp::extents k) {
  const auto d = t.d - k.d / 2, h = t.h - k.h / 2, w = t.w - k.w / 2, apart = d * d + h * h + w * w;
  return apart == 1 ? 1 : apart > 1 ? 0 : -2.0 * ((k.d > 1) + (k.h > 1) + (k.w > 1));
}
constexpr double steep(esp::tap_index t) { return t.w == 0 ? 1e-20 : t.w == 1 ? -3 : 1e15; }

}  // namespace drawn::tables
