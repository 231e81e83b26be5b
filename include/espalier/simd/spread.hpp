// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One number per column, spread over the elements of columns that lie one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// Whether the instruction set moves any lane of a register of `T` to any other with one instruction.
#if defined(__AVX512F__) || defined(__AVX2__)
template <class T>
inline constexpr bool spreads = sizeof(batch<T>) >= 32;
#else
template <class T>
inline constexpr bool spreads = false;
#endif

/// Whether columns of so many elements are spread: the table of 512 fills the first cache, that of 27^3 taps has 1.3 MB
/// and takes a compiler longer to compute than its limits allow. Long columns end few registers early.
template <class T, index_t Length>
inline constexpr bool spreads_columns = spreads<T> && Length <= 512;

/// For `lanes<T>` columns of `Length` elements, one after the other: the column that each element belongs to, in the
/// form that `simd::spread` takes.
template <class T, index_t Length>
struct spread_table {
  using index = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;
  alignas(alignment) std::array<index, static_cast<std::size_t>(Length* lanes<T>)> column{};

  constexpr spread_table() {
    for (std::size_t i = 0; i < column.size(); ++i) {
      const auto lane = static_cast<index>(static_cast<index_t>(i) / Length);
      // AVX2 moves doubles by halves.
      const bool halves = sizeof(T) == 8 && sizeof(batch<T>) == 32;
      column[i] = halves ? static_cast<index>((2 * std::int64_t{lane} + 1) * (std::int64_t{1} << 32) + 2 * lane) : lane;
    }
  }
};

template <class T, index_t Length>
inline constexpr spread_table<T, Length> spread_of{};

namespace simd {

/// Lane i of the result is the lane of `numbers` for the i-th of the elements that `column` speaks of: a place in
/// `spread_table::column`, a multiple of the register's size from its begin.
template <class T>
requires(spreads<T>)
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> spread(
    [[maybe_unused]] const batch<T>& numbers, [[maybe_unused]] const typename spread_table<T, 1>::index* column) {
#if defined(__AVX512F__)
  // g++ 12 warns about the unspecified operand of the plain intrinsics; these forms have none.
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch<T>(_mm512_maskz_permutexvar_ps(__mmask16(0xffff), _mm512_load_si512(column), numbers));
  } else if constexpr (sizeof(batch<T>) == 64) {
    return batch<T>(_mm512_maskz_permutexvar_pd(__mmask8(0xff), _mm512_load_si512(column), numbers));
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32) {
    const __m256i lane = _mm256_load_si256(reinterpret_cast<const __m256i*>(column));
    if constexpr (sizeof(T) == 4) {
      return batch<T>(_mm256_permutevar8x32_ps(numbers, lane));
    } else {
      return batch<T>(_mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(numbers), lane)));
    }
  }
#endif
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
