// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// As many registers as they have lanes, each folded to one number: all at once, by a tree that transposes on its way.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/transpose.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// One step of `fold_rows`: row r takes both halves of every stretch of `Span` elements of rows r and r + `Rows`/2,
/// joined, beside each other.
template <std::size_t Span, std::size_t Rows, class T, class Join, std::size_t... I>
ESPALIER_ALWAYS_INLINE void fold_step([[maybe_unused]] batch<T>* rows, [[maybe_unused]] const Join& join,
                                      std::index_sequence<I...>) {
#if !defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
  constexpr std::size_t n = sizeof...(I), half = Rows / 2;
  using native = typename batch<T>::register_type;
#if defined(__GNUC__)
#pragma GCC unroll 8
#endif
  for (std::size_t r = 0; r < half; ++r) {
    const native a = rows[r], b = rows[r + half];
    rows[r] = join(batch<T>(native(__builtin_shufflevector(a, b, traded_index<n, Span / 2, Span, false>(I)...))),
                   batch<T>(native(__builtin_shufflevector(a, b, traded_index<n, Span / 2, Span, true>(I)...))));
  }
#endif
}

/// Lane r of the result is row r folded: `join(lower half, upper half)` until one element is left. About three
/// instructions a row, where folding each row by itself takes two for every halving.
template <class T, class Join>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> fold_rows(batch<T>* rows, const Join& join) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>);
  constexpr std::make_index_sequence<n> all{};
  if constexpr (n >= 16) fold_step<16, 16, T>(rows, join, all);
  if constexpr (n >= 8) fold_step<8, 8, T>(rows, join, all);
  if constexpr (n >= 4) fold_step<4, 4, T>(rows, join, all);
  if constexpr (n >= 2) fold_step<2, 2, T>(rows, join, all);
  return rows[0];
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
