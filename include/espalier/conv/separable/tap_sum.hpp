// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One tap of a line, added to a sum: no product for the taps 1 and -1.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/separable/lines.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Tap `K` of the line `Line::value`, scaled, which is none outside of the line and where it is zero.
template <class Line, index_t K, class T>
struct tap_sum {
  static constexpr bool exists = K >= 0 && K < Line::value.taps && Line::value[K < 0 ? 0 : K] != 0;
  static constexpr T tap = exists ? static_cast<T>(Line::value[K < 0 ? 0 : K] * Line::value.scale) : T(0);

  /// `tap x`, the first of a sum.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> first(const batch<T>& x) {
    if constexpr (tap == T(1)) {
      return x;
    } else if constexpr (tap == T(-1)) {
      return -x;
    } else {
      return simd::broadcast(tap) * x;
    }
  }
  /// `sum + tap x`; `sum` where there is no tap: what is not read spreads nothing.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> add(const batch<T>& sum, const batch<T>& x) {
    if constexpr (!exists) {
      return sum;
    } else if constexpr (tap == T(1)) {
      return sum + x;
    } else if constexpr (tap == T(-1)) {
      return sum - x;
    } else {
      return simd::fma(simd::broadcast(tap), x, sum);
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
