// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Eigenvalues of a small symmetric matrix by Jacobi's rotations: shares nothing with the library's methods.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace support {

/// The largest eigenvalue of the symmetric matrix `a` of `n` rows, to rounding.
inline double largest_by_rotations(std::vector<double> a, std::size_t n) {
  const auto at = [&](std::size_t i, std::size_t j) -> double& { return a[i * n + j]; };
  for (int round = 0; round < 60; ++round) {
    double apart = 0, along = 0;
    for (std::size_t i = 0; i < n; ++i) {
      along = std::max(along, std::fabs(at(i, i)));
      for (std::size_t j = 0; j < i; ++j) apart = std::max(apart, std::fabs(at(i, j)));
    }
    if (!(apart > 1e-14 * along)) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (at(p, q) == 0) continue;
        const double theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const double t = (theta < 0 ? -1 : 1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double x = at(k, p), y = at(k, q);
          at(k, p) = c * x - s * y;
          at(k, q) = s * x + c * y;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double x = at(p, k), y = at(q, k);
          at(p, k) = c * x - s * y;
          at(q, k) = s * x + c * y;
        }
      }
    }
  }
  double largest = a[0];
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, at(i, i));
  return largest;
}

}  // namespace support
