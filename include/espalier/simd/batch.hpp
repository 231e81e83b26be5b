// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One vector register of `T` for the instruction set this translation unit is compiled for: the only bridge to xsimd.
///
/// Works with xsimd 8.1 to 14, and without any SIMD instruction set (one lane). Only what both ends of that range spell
/// and mean alike is offered. No `min` and `max`: which operand they return for a NaN changed between versions; write
/// `simd::select(!(w < lo), w, lo)`. The functions are called with their namespace, so that no lookup by argument finds
/// xsimd's functions of the same name.
#pragma once

#include <cstddef>
#include <limits>
#include <type_traits>  // IWYU pragma: keep
#include <xsimd/xsimd.hpp>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif
#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/one_lane.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Alignment of every buffer the library allocates, in bytes: one cache line, and the widest register of x86.
inline constexpr std::size_t alignment = 64;

namespace simd {

// xsimd 8 does not declare `batch` without an instruction set; later versions declare it and refuse its use. NEON of 32
// bits has no doubles, and flushes small floats to zero: no IEEE arithmetic to build on.
#if defined(XSIMD_NO_SUPPORTED_ARCHITECTURE) || (defined(__arm__) && !defined(__aarch64__))
inline constexpr bool has_registers = false;
template <class T>
using register_of = one_lane<T>;
template <class T>
using mask_of = bool;
namespace registers = on_one_lane;
#else
inline constexpr bool has_registers = true;
// xsimd's default is the newest set that the compiler has, but of the parts of AVX-512 it implements the first alone or
// the first four together (Knights Landing has two).
#if defined(__AVX512F__) && !(defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512BW__))
using architecture = xsimd::avx512f;
#else
using architecture = xsimd::default_arch;
#endif
template <class T>
using register_of = xsimd::batch<T, architecture>;
template <class T>
using mask_of = xsimd::batch_bool<T, architecture>;
namespace registers = xsimd;
#endif

}  // namespace simd

/// One register of `T` (`float` or `double`), with `+ - * /`, unary minus and the six comparisons between batches.
/// A scalar operand is broadcast first: `simd::broadcast<T>(2) * w`.
template <class T>
using batch = simd::register_of<T>;

/// What a comparison of two batches gives, with `& | !`.
template <class T>
using batch_mask = simd::mask_of<T>;

/// Elements of `T` in one register.
template <class T>
inline constexpr index_t lanes = static_cast<index_t>(batch<T>::size);

/// Vector registers of the instruction set: the budget of a microkernel.
#if defined(__AVX512F__) || defined(__aarch64__)
inline constexpr index_t vector_registers = 32;
#else
inline constexpr index_t vector_registers = 16;
#endif

/// Whether `simd::fma` is one instruction, rounded once.
#if defined(__FMA__) || defined(__AVX512F__) || defined(__aarch64__)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

namespace simd {

#if defined(__aarch64__)
/// Of NEON, not of SVE.
template <class T, class Register>
concept HasRegister = std::is_same_v<typename batch<T>::register_type, Register>;
#endif

/// Reads `lanes<T>` elements from an address that is a multiple of the register's size.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load(const T* from) {
  return batch<T>::load_aligned(from);
}

/// Reads `lanes<T>` elements from any address.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> load_unaligned(const T* from) {
  return batch<T>::load_unaligned(from);
}

/// Writes `lanes<T>` elements to an address that is a multiple of the register's size.
template <class T>
ESPALIER_ALWAYS_INLINE void store(T* to, const batch<T>& value) {
  value.store_aligned(to);
}

/// Writes `lanes<T>` elements to any address.
template <class T>
ESPALIER_ALWAYS_INLINE void store_unaligned(T* to, const batch<T>& value) {
  value.store_unaligned(to);
}

/// Asks for the cache line of any address, valid or not; no more than a hint.
template <class T>
ESPALIER_ALWAYS_INLINE void prefetch(const T* from) {
#if defined(__GNUC__)
  __builtin_prefetch(from);
#else
  static_cast<void>(from);
#endif
}

/// The same for a line that will be written.
template <class T>
ESPALIER_ALWAYS_INLINE void prefetch_to_write(const T* to) {
#if defined(__GNUC__)
  __builtin_prefetch(to, 1);
#else
  static_cast<void>(to);
#endif
}

/// Asks for the cache line to come as near as the second cache.
template <class T>
ESPALIER_ALWAYS_INLINE void prefetch_far(const T* from) {
#if defined(__GNUC__)
  __builtin_prefetch(from, 0, 2);
#else
  static_cast<void>(from);
#endif
}

/// Every lane holds `value`.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> broadcast(T value) {
  return batch<T>(value);
}

/// `a * b + c` in each lane, rounded once where the instruction set has a fused multiply-add, else twice.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> fma(const batch<T>& a, const batch<T>& b, const batch<T>& c) {
#if defined(__AVX512F__)
  // xsimd 8 multiplies and adds here, and clang does not join the two.
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch<T>(_mm512_fmadd_ps(a, b, c));
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return batch<T>(_mm512_fmadd_pd(a, b, c));
  } else
#endif
    return registers::fma(a, b, c);
}

/// `a / b` in each lane, correctly rounded.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> divide(const batch<T>& a, const batch<T>& b) {
#if defined(__aarch64__)
  // xsimd 8 refines an estimate here: 1e-40 / 1e-39 would be infinite.
  if constexpr (HasRegister<T, float32x4_t>) return batch<T>(vdivq_f32(a, b));
#endif
  return a / b;
}

/// `a` in the lanes where `mask` holds, `b` in the others.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> select(const batch_mask<T>& mask, const batch<T>& a, const batch<T>& b) {
  return registers::select(mask, a, b);
}

/// Square root of each lane, correctly rounded.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> sqrt(const batch<T>& a) {
#if defined(__aarch64__)
  // As in `divide`: the root of infinity would be NaN.
  if constexpr (HasRegister<T, float32x4_t>) return batch<T>(vsqrtq_f32(a));
#endif
#if defined(__AVX512F__)
  // g++ 12 warns about the unspecified operand of the plain intrinsic; this form has none.
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch<T>(_mm512_maskz_sqrt_ps(__mmask16(0xffff), a));
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return batch<T>(_mm512_maskz_sqrt_pd(__mmask8(0xff), a));
  } else
#endif
    return registers::sqrt(a);
}

/// Each lane without its sign.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch<T> abs(const batch<T>& a) {
  return registers::abs(a);
}

/// The lanes of infinities and NaN; with `AndSmall` also those of zeros and subnormal numbers.
template <bool AndSmall, class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE batch_mask<T> is_not_normal(const batch<T>& a) {
#if defined(__AVX512DQ__)
  // One instruction; its constant asks for QNaN, +0, -0, +infinity, -infinity, subnormal and SNaN, a bit each.
  constexpr int asked = AndSmall ? 0xBF : 0x99;
  if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 4) {
    return batch_mask<T>(_mm512_fpclass_ps_mask(a, asked));
  } else if constexpr (sizeof(batch<T>) == 64 && sizeof(T) == 8) {
    return batch_mask<T>(_mm512_fpclass_pd_mask(a, asked));
  }
#endif
  const batch<T> size = abs<T>(a);
  const batch_mask<T> large = !(size <= broadcast(std::numeric_limits<T>::max()));
  if constexpr (AndSmall) return large | (size < broadcast(std::numeric_limits<T>::min()));
  return large;
}

/// Whether `mask` holds in some lane.
template <class T>
[[nodiscard]] ESPALIER_ALWAYS_INLINE bool any(const batch_mask<T>& mask) {
  return registers::any(mask);
}

}  // namespace simd

}  // namespace esp::inline ESPALIER_ABI::detail
