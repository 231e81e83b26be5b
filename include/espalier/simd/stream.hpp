// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Stores that go past the caches: for outputs that are far larger than they are.
#pragma once

#include <espalier/config.hpp>
#include <espalier/simd/batch.hpp>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Writes `lanes<T>` elements to an address that is a multiple of the register's size, without reading the cache line
/// first. Not ordered with other stores: call `finish_stream` before another thread may read it.
template <class T>
ESPALIER_ALWAYS_INLINE void store_stream(T* to, const batch<T>& value) {
#if defined(__AVX512F__)
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) return _mm512_stream_ps(to, value);
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) return _mm512_stream_pd(to, value);
#endif
#if defined(__AVX__)
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 4) return _mm256_stream_ps(to, value);
  if constexpr (sizeof(batch<T>) == 32 && sizeof(T) == 8) return _mm256_stream_pd(to, value);
#endif
#if defined(__SSE2__)
  if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 4) return _mm_stream_ps(to, value);
  if constexpr (sizeof(batch<T>) == 16 && sizeof(T) == 8) return _mm_stream_pd(to, value);
#endif
  store(to, value);
}

/// Orders every `store_stream` of this thread before its later stores, such as the one that ends a task.
inline void finish_stream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
