// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A square block of `lanes<T>` by `lanes<T>` elements transposed in registers.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Element `i` of the first of two registers that trade parts of `Unit` elements within stretches of `Span`, where the
/// upper halves of the stretches are taken if `High`: an index into both, one after the other.
template <std::size_t Lanes, std::size_t Unit, std::size_t Span, bool High>
constexpr int traded_index(std::size_t i) {
  const std::size_t stretch = i / Span * Span, part = i % Span / Unit;
  const std::size_t from = stretch + (High ? Span / 2 : 0) + part / 2 * Unit + i % Unit;
  return static_cast<int>(part % 2 == 0 ? from : from + Lanes);
}

/// One step: of every two rows `Apart`, the first takes the lower and the second the upper halves of both, interleaved.
template <std::size_t Unit, std::size_t Span, std::size_t Apart, class T, std::size_t... I>
ESPALIER_ALWAYS_INLINE void trade([[maybe_unused]] batch<T>* rows, std::index_sequence<I...>) {
#if !defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
  constexpr std::size_t n = sizeof...(I);
  using native = typename batch<T>::register_type;
  for (std::size_t r = 0; r < n; r += 2 * Apart) {
    for (std::size_t i = r; i < r + Apart; ++i) {
      const native a = rows[i], b = rows[i + Apart];
      rows[i] = batch<T>(native(__builtin_shufflevector(a, b, traded_index<n, Unit, Span, false>(I)...)));
      rows[i + Apart] = batch<T>(native(__builtin_shufflevector(a, b, traded_index<n, Unit, Span, true>(I)...)));
    }
  }
#endif
}

/// `rows[i][lane] = rows[lane][i]`. Pairs, then quads, are dealt out within 128 bits, where a shuffle is cheapest; then
/// whole stretches of 128 bits change places.
template <class T>
ESPALIER_ALWAYS_INLINE void transpose(batch<T>* rows) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>), quarter = 16 / sizeof(T);
  constexpr std::make_index_sequence<n> all{};
  if constexpr (n > 1) {
    trade<1, quarter, 1, T>(rows, all);
    if constexpr (quarter == 4) {
      // The pairs' upper halves stand in between: rows 1 and 2 of four change places on the way.
      trade<2, 4, 2, T>(rows, all);
      for (std::size_t r = 0; r < n; r += 4) std::swap(rows[r + 1], rows[r + 2]);
    }
    if constexpr (n >= 2 * quarter) trade<quarter, 2 * quarter, quarter, T>(rows, all);
    if constexpr (n >= 4 * quarter) trade<2 * quarter, 4 * quarter, 2 * quarter, T>(rows, all);
  }
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
