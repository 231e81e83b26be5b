// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Loads of the lanes that flags in memory choose: rows whose ends lie anywhere, read where they are.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>  // IWYU pragma: keep: lanes are counted where the instruction set has no flags
#include <espalier/simd/batch.hpp>
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// What a flag is: its sign chooses, since that is what AVX2 asks.
template <class T>
inline constexpr T lane_in = T(-1);
template <class T>
inline constexpr T lane_out = T(1);

/// The lanes of a register that flags choose.
template <class T>
struct lane_flags {
#if defined(__AVX512F__)
  unsigned bits = 0;
#elif defined(__AVX2__)
  __m256i bits = {};
#else
  const T* flags = nullptr;
#endif

  /// @pre `lanes<T>` flags, each `lane_in` or `lane_out`, which stay where they are.
  ESPALIER_ALWAYS_INLINE explicit lane_flags(const T* from) {
#if defined(__AVX512F__)
    const __m512i words = _mm512_loadu_si512(from);
#if defined(__AVX512DQ__)
    bits = sizeof(T) == 4 ? _mm512_movepi32_mask(words) : _mm512_movepi64_mask(words);
#else
    const __m512i zero = _mm512_setzero_si512();
    bits = sizeof(T) == 4 ? _mm512_cmplt_epi32_mask(words, zero) : _mm512_cmplt_epi64_mask(words, zero);
#endif
#elif defined(__AVX2__)
    bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
#else
    flags = from;
#endif
  }
};

namespace simd {

/// Whether `load_flagged` is one instruction.
#if defined(__AVX2__) || defined(__AVX512F__)
inline constexpr bool has_flagged_loads = true;
#else
inline constexpr bool has_flagged_loads = false;
#endif

/// The elements `from[i]` of the lanes that `chosen` chooses, zero in the others. Nothing else is read.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load_flagged(const T* from, const lane_flags<T>& chosen) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return batch<T>(_mm512_maskz_loadu_ps(static_cast<__mmask16>(chosen.bits), from));
  } else {
    return batch<T>(_mm512_maskz_loadu_pd(static_cast<__mmask8>(chosen.bits), from));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    return batch<T>(_mm256_maskload_ps(from, chosen.bits));
  } else {
    return batch<T>(_mm256_maskload_pd(from, chosen.bits));
  }
#else
  T lane[lanes<T>] = {};
  for (index_t i = 0; i < lanes<T>; ++i) {
    if (chosen.flags[i] < T(0)) lane[i] = from[i];
  }
  return load_unaligned(lane);
#endif
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
