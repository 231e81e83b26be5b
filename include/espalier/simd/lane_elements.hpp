// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Loads of the elements that a table names, of those beside each other that fill a register: rows whose ends repeat
/// what lies inside of them.
#pragma once

#include <bit>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <type_traits>
#if defined(__AVX512F__)
#include <immintrin.h>

#include <espalier/simd/lane_flags.hpp>
#endif

namespace esp::inline ESPALIER_ABI::detail {

template <class T>
using lane_number = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;

/// The number of an element as a table holds it: in an element's room, so that it lies in scratch.
template <class T>
[[nodiscard]] T element_in_table(index_t element) {
  return std::bit_cast<T>(static_cast<lane_number<T>>(element));
}

/// The elements of a register's lanes, of a row whose elements from `base` on are loaded.
template <class T>
struct lane_elements {
#if defined(__AVX512F__)
  __m512i index = {};
  unsigned bits = 0;
#else
  const T* table = nullptr;
  const T* flags = nullptr;
  index_t base = 0;
#endif

  lane_elements() = default;
  /// @pre `lanes<T>` numbers, each `base` or up to `lanes<T> - 1` above, and as many flags: where one is `lane_out`, no
  /// number is asked for. Both stay where they are.
  ESPALIER_ALWAYS_INLINE lane_elements(const T* numbers, const T* chosen, index_t first) {
#if defined(__AVX512F__)
    const __m512i all = _mm512_loadu_si512(numbers);
    index = sizeof(T) == 4 ? _mm512_sub_epi32(all, _mm512_set1_epi32(static_cast<int>(first)))
                           : _mm512_sub_epi64(all, _mm512_set1_epi64(first));
    bits = lane_flags<T>(chosen).bits;
#else
    table = numbers;
    flags = chosen;
    base = first;
#endif
  }
};

namespace simd {

/// Whether `load_elements` is a load and one instruction.
#if defined(__AVX512F__)
inline constexpr bool has_element_loads = true;
#else
inline constexpr bool has_element_loads = false;
#endif

/// `from[number - base]` in each lane, zero where its flag is `lane_out`. from: the element `base` of a row, of which a
/// whole register is read.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load_elements(const T* from, const lane_elements<T>& chosen) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return batch<T>(
        _mm512_maskz_permutexvar_ps(static_cast<__mmask16>(chosen.bits), chosen.index, _mm512_loadu_ps(from)));
  } else {
    return batch<T>(
        _mm512_maskz_permutexvar_pd(static_cast<__mmask8>(chosen.bits), chosen.index, _mm512_loadu_pd(from)));
  }
#else
  T lane[lanes<T>] = {};
  for (index_t i = 0; i < lanes<T>; ++i) {
    if (chosen.flags[i] < T(0)) lane[i] = from[std::bit_cast<lane_number<T>>(chosen.table[i]) - chosen.base];
  }
  return load_unaligned(lane);
#endif
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
