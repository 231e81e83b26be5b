// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Elements of two registers taken apart by parity and put together again: what stride 2 along W costs.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// Two registers that belong together.
template <class T>
struct batch_pair {
  batch<T> first;
  batch<T> second;
};

namespace simd {

/// Of the `2 lanes` consecutive elements `a, b`: those at even positions, and those at odd ones.
///
/// AVX-512: two shuffles of one cycle each. AVX2: four.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch_pair<T> deinterleave(const batch<T>& a, const batch<T>& b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    return {batch<T>(_mm512_permutex2var_ps(a, even, b)), batch<T>(_mm512_permutex2var_ps(a, odd, b))};
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    return {batch<T>(_mm512_permutex2var_pd(a, even, b)), batch<T>(_mm512_permutex2var_pd(a, odd, b))};
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) {
    const auto ordered = [](__m256 v) {
      return batch<T>(_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(v), 0xD8)));
    };
    return {ordered(_mm256_shuffle_ps(a, b, 0x88)), ordered(_mm256_shuffle_ps(a, b, 0xDD))};
  } else if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) {
    return {batch<T>(_mm256_permute4x64_pd(_mm256_shuffle_pd(a, b, 0x0), 0xD8)),
            batch<T>(_mm256_permute4x64_pd(_mm256_shuffle_pd(a, b, 0xF), 0xD8))};
  }
#endif
#if defined(__SSE2__)
  if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 4) {
    return {batch<T>(_mm_shuffle_ps(a, b, 0x88)), batch<T>(_mm_shuffle_ps(a, b, 0xDD))};
  } else if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 8) {
    return {batch<T>(_mm_unpacklo_pd(a, b)), batch<T>(_mm_unpackhi_pd(a, b))};
  }
#endif
  T from[2 * lanes<T>], even[lanes<T>], odd[lanes<T>];
  store_unaligned(from, a);
  store_unaligned(from + lanes<T>, b);
  for (index_t i = 0; i < lanes<T>; ++i) {
    even[i] = from[2 * i];
    odd[i] = from[2 * i + 1];
  }
  return {load_unaligned(even), load_unaligned(odd)};
}

/// The inverse of `deinterleave`: `even[0], odd[0], even[1], ...` as two registers.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch_pair<T> interleave(const batch<T>& even, const batch<T>& odd) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    return {batch<T>(_mm512_permutex2var_ps(even, low, odd)), batch<T>(_mm512_permutex2var_ps(even, high, odd))};
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    const __m512i high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    return {batch<T>(_mm512_permutex2var_pd(even, low, odd)), batch<T>(_mm512_permutex2var_pd(even, high, odd))};
  }
#endif
#if defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) {
    const __m256 low = _mm256_unpacklo_ps(even, odd), high = _mm256_unpackhi_ps(even, odd);
    return {batch<T>(_mm256_permute2f128_ps(low, high, 0x20)), batch<T>(_mm256_permute2f128_ps(low, high, 0x31))};
  } else if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) {
    const __m256d low = _mm256_unpacklo_pd(even, odd), high = _mm256_unpackhi_pd(even, odd);
    return {batch<T>(_mm256_permute2f128_pd(low, high, 0x20)), batch<T>(_mm256_permute2f128_pd(low, high, 0x31))};
  }
#endif
#if defined(__SSE2__)
  if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 4) {
    return {batch<T>(_mm_unpacklo_ps(even, odd)), batch<T>(_mm_unpackhi_ps(even, odd))};
  } else if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 8) {
    return {batch<T>(_mm_unpacklo_pd(even, odd)), batch<T>(_mm_unpackhi_pd(even, odd))};
  }
#endif
  T to[2 * lanes<T>], evens[lanes<T>], odds[lanes<T>];
  store_unaligned(evens, even);
  store_unaligned(odds, odd);
  for (index_t i = 0; i < lanes<T>; ++i) {
    to[2 * i] = evens[i];
    to[2 * i + 1] = odds[i];
  }
  return {load_unaligned(to), load_unaligned(to + lanes<T>)};
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
