// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Loads, stores and choices of a run of lanes: rows of any length and zeros around them, without a scalar rest.
#pragma once

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

/// The lanes `[begin, end)` of a register; bounds outside of it are moved to its ends.
template <class T>
struct lane_range {
  index_t begin = 0;
  index_t end = 0;
#if defined(__AVX512F__)
  unsigned bits = 0;
#elif defined(__AVX2__)
  __m256i bits = {};
#endif

  lane_range(index_t first, index_t last) : begin(clamp(first)), end(clamp(last)) {
#if defined(__AVX512F__)
    if (end > begin) bits = ((1U << end) - 1) & ~((1U << begin) - 1);
#elif defined(__AVX2__)
    T mask[lanes<T>];
    for (index_t i = 0; i < lanes<T>; ++i) mask[i] = i >= begin && i < end ? T(-1) : T(1);  // the sign bit selects
    bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(mask));
#endif
  }

  /// All lanes.
  [[nodiscard]] bool whole() const { return begin == 0 && end == lanes<T>; }

 private:
  static index_t clamp(index_t lane) { return lane < 0 ? 0 : (lane > lanes<T> ? lanes<T> : lane); }
};

namespace simd {

/// The elements `from[i]` of the range's lanes, zero in the others. Nothing else is read.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load_range(const T* from, const lane_range<T>& range) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch<T>(_mm512_maskz_loadu_ps(static_cast<__mmask16>(range.bits), from));
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return batch<T>(_mm512_maskz_loadu_pd(static_cast<__mmask8>(range.bits), from));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) {
    return batch<T>(_mm256_maskload_ps(from, range.bits));
  } else if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) {
    return batch<T>(_mm256_maskload_pd(from, range.bits));
  }
#endif
  if (range.whole()) return load_unaligned(from);
  T lane[lanes<T>] = {};
  for (index_t i = range.begin; i < range.end; ++i) lane[i] = from[i];
  return load_unaligned(lane);
}

/// Writes the lanes of the range to `to[i]`, and nothing else.
template <class T>
ESPALIER_ALWAYS_INLINE void store_range(T* to, const batch<T>& value, const lane_range<T>& range) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return _mm512_mask_storeu_ps(to, static_cast<__mmask16>(range.bits), value);
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return _mm512_mask_storeu_pd(to, static_cast<__mmask8>(range.bits), value);
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) {
    return _mm256_maskstore_ps(to, range.bits, value);
  } else if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) {
    return _mm256_maskstore_pd(to, range.bits, value);
  }
#endif
  if (range.whole()) return store_unaligned(to, value);
  T lane[lanes<T>];
  store_unaligned(lane, value);
  for (index_t i = range.begin; i < range.end; ++i) to[i] = lane[i];
}

/// The range's lanes of `a`, the others of `b`.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> blend_range(const lane_range<T>& range, const batch<T>& a,
                                                          const batch<T>& b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch<T>(_mm512_mask_blend_ps(static_cast<__mmask16>(range.bits), b, a));
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return batch<T>(_mm512_mask_blend_pd(static_cast<__mmask8>(range.bits), b, a));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) {
    return batch<T>(_mm256_blendv_ps(b, a, _mm256_castsi256_ps(range.bits)));
  } else if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) {
    return batch<T>(_mm256_blendv_pd(b, a, _mm256_castsi256_pd(range.bits)));
  }
#endif
  T lane[lanes<T>], other[lanes<T>];
  store_unaligned(lane, b);
  store_unaligned(other, a);
  for (index_t i = range.begin; i < range.end; ++i) lane[i] = other[i];
  return load_unaligned(lane);
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
