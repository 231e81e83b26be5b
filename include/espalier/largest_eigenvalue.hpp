// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The largest eigenvalue of a symmetric operator without negative ones, from products with it alone.
///
/// The power method, sharpened: all vectors that it makes from its start span a space, and the largest eigenvalue of
/// the operator on that space is found from three-term recurrences (C. Lanczos, 1950). How far it may be below the
/// operator's own does not depend on how close the others are: for a start drawn from a sphere, P[found < (1 - e) of
/// it] <= 1.648 sqrt(n) exp(-sqrt(e) (2 steps - 1)) (J. Kuczynski and H. Wozniakowski, SIAM J. Matrix Anal. Appl. 13,
/// 1992, theorem 3.2). The number of steps is what makes that one in a million: 77 for a million unknowns and e = 2 %,
/// where the power method needs a thousand.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/weights/random_bits.hpp>
#include <utility>
#include <vector>

namespace esp::inline ESPALIER_ABI::detail {

/// The largest eigenvalue of the tridiagonal matrix with this diagonal and these numbers beside it, by bisection: the
/// number of its eigenvalues above x is the number of positive pivots of the matrix less x.
[[nodiscard]] inline double largest_of_tridiagonal(const std::vector<double>& diagonal,
                                                   const std::vector<double>& beside) {
  double low = diagonal[0], high = diagonal[0];
  for (std::size_t i = 0; i < diagonal.size(); ++i) {
    const double reach = (i > 0 ? std::fabs(beside[i - 1]) : 0) + (i + 1 < diagonal.size() ? std::fabs(beside[i]) : 0);
    low = std::max(low, diagonal[i]);
    high = std::max(high, diagonal[i] + reach);
  }
  const auto is_below_largest = [&](double x) {
    double pivot = 1;
    for (std::size_t i = 0; i < diagonal.size(); ++i) {
      const double square = i > 0 ? beside[i - 1] * beside[i - 1] : 0;
      pivot = diagonal[i] - x - (square == 0 ? 0 : square / (pivot == 0 ? -1e-300 : pivot));
      if (pivot > 0) return true;
    }
    return false;
  };
  for (int i = 0; i < 60 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    (is_below_largest(middle) ? low : high) = middle;
  }
  return low;
}

/// Fills a vector with normal numbers that are the same in every call, whose directions so are spread evenly.
template <class T>
void fill_with_direction(std::vector<T>& v) {
  random_bits bits(20261128);
  const auto uniform = [&bits] { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; };
  for (T& x : v) {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    x = static_cast<T>(radius * std::cos(6.283185307179586 * uniform()));
  }
}

template <class T>
[[nodiscard]] double squared_length(const std::vector<T>& v) {
  double sum = 0;
  for (const T x : v) sum += static_cast<double>(x) * static_cast<double>(x);
  return sum;
}

/// The largest eigenvalue of an operator on `n` numbers, at most a share of `tolerance` too small, but for one start in
/// a million; the start is always the same one.
///
/// `apply(v, w)` writes the product with `v` to `w` and returns the product of `v` with that, in double. It ends before
/// its steps are done where the value reaches `enough`, or where the start has no more directions to offer. NaN where
/// a product is no number. Cost: at most 1/2 + log(1.648e6 sqrt(n)) / (2 sqrt(tolerance)) products; three vectors.
template <class T, class Apply>
[[nodiscard]] double largest_eigenvalue(index_t n, double tolerance, double enough, const Apply& apply) {
  const auto size = static_cast<std::size_t>(n);
  const double log_of_risk = std::log(1.648e6 * std::sqrt(static_cast<double>(n)));
  const index_t steps = std::min(n, static_cast<index_t>(std::ceil(0.5 + log_of_risk / (2 * std::sqrt(tolerance)))));
  std::vector<T> v(size), before(size), next(size);
  std::vector<double> diagonal, beside;
  fill_with_direction(v);
  double length = std::sqrt(squared_length(v));
  double found = 0;
  for (index_t step = 0; step < steps; ++step) {
    for (T& x : v) x = static_cast<T>(static_cast<double>(x) / length);
    const double along = apply(v, next);
    diagonal.push_back(along);
    if (!std::isfinite(along)) return along - along;
    found = largest_of_tridiagonal(diagonal, beside);
    if (found >= enough) return found;
    const double back = beside.empty() ? 0 : beside.back();
    for (std::size_t i = 0; i < size; ++i) {
      next[i] = static_cast<T>(static_cast<double>(next[i]) - along * static_cast<double>(v[i]) -
                               back * static_cast<double>(before[i]));
    }
    length = std::sqrt(squared_length(next));
    if (!(length > 1e-6 * found)) return found;  // what is left is rounding
    beside.push_back(length);
    std::swap(before, v);
    std::swap(v, next);
  }
  return found;
}

}  // namespace esp::inline ESPALIER_ABI::detail
