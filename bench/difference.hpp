// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How far two results are apart.
#pragma once

#include <algorithm>
#include <cmath>
#include <espalier/shape.hpp>

namespace bench {

/// Largest difference over the largest magnitude; NaN where there is one.
template <class A, class B>
double difference(const A* a, const B* b, esp::index_t count) {
  double most = 0, scale = 0;
  for (esp::index_t i = 0; i < count; ++i) {
    const double u = static_cast<double>(a[i]), v = static_cast<double>(b[i]);
    if (!(std::fabs(u - v) <= most)) most = std::fabs(u - v);  // a NaN stays
    scale = std::max(scale, std::fabs(v));
  }
  return most / std::max(scale, 1e-300);
}

}  // namespace bench
