// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A product that no compiler joins with a sum.
#pragma once

#include <espalier/config.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

namespace simd {

/// a * b, rounded whatever becomes of it. g++ contracts a product with a sum that takes it where it sees no other use,
/// and what it sees depends on how well it optimised: two ways to the same number would differ in the last bit.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> product(const batch<T>& a, const batch<T>& b) {
#if !defined(__GNUC__) || defined(__clang__)
  return a * b;
#else
  if constexpr (has_registers) {
    typename batch<T>::register_type held = a * b;
#if defined(__x86_64__)
    __asm__("" : "+v"(held));
#elif defined(__aarch64__)
    __asm__("" : "+w"(held));
#endif
    return batch<T>(held);
  } else {
    return a * b;
  }
#endif
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
