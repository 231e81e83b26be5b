// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Registers of elements that begin anywhere behind an aligned address, at distances that are known.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// Whether a register fills a cache line, so that every load but an aligned one straddles two.
template <class T>
inline constexpr bool fills_line = has_registers && sizeof(batch<T>) == alignment;

template <index_t Offset, class T, std::size_t... I>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> joined(const batch<T>& first, const batch<T>& second,
                                                     std::index_sequence<I...>) {
  using native = typename batch<T>::register_type;
  const native a = first, b = second;
  return batch<T>(native(__builtin_shufflevector(a, b, static_cast<int>(Offset) + static_cast<int>(I)...)));
}

/// The elements of `first` from `Offset` on and those of `second` before it. @pre `fills_line<T>`, `Offset` below
/// lanes.
template <index_t Offset, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> joined(const batch<T>& first, const batch<T>& second) {
  if constexpr (Offset == 0) return first;
  return joined<Offset, T>(first, second, std::make_index_sequence<static_cast<std::size_t>(lanes<T>)>{});
}

/// The elements `from[Offset]` and on. @pre `from` is a multiple of the register's size.
///
/// Where a register fills a cache line it is put together from the two that hold it, which several offsets share, in
/// one instruction; elsewhere one load costs less. May read to the end of the register that holds the last element.
template <index_t Offset, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load_offset(const T* from) {
  constexpr index_t within = Offset % lanes<T>;
  if constexpr (within == 0) {
    return load(from + Offset);
  } else if constexpr (fills_line<T>) {
    const T* const whole = from + (Offset - within);
    return joined<within, T>(load(whole), load(whole + lanes<T>));
  } else {
    return load_unaligned(from + Offset);
  }
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
