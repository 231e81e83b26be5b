// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Every macro of the library: its version, the name of its inline namespace, and what the compiler must be told.
///
/// All declarations live in `esp`, inside an inline namespace that carries the version and the instruction set this
/// translation unit is compiled for. Two translation units with different `-m` flags therefore never share an inline
/// function, and the linker cannot hand AVX code to a path that was compiled for plain x86-64.
#pragma once

// What cannot work is said first, and nothing after it: an include that no file answers ends the compilation, which
// #error alone does not.
#if defined(__clang__) && __clang_major__ < 17
#error "espalier needs clang 17 or newer (19 is tested), or g++ 12 or newer"
#include "stop: see the error above"
#elif defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error "espalier needs g++ 12 or newer, or clang 17 or newer (19 is tested)"
#include "stop: see the error above"
#elif defined(__cplusplus) && __cplusplus < 202002L
#error "espalier needs C++20: compile with -std=c++20"
#include "stop: see the error above"
#endif

#define ESPALIER_VERSION_MAJOR 0
#define ESPALIER_VERSION_MINOR 1
#define ESPALIER_VERSION_PATCH 0

// The levels of the x86-64 psABI first: a compiler told -march=haswell may use BMI2 as well as AVX2.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__) && defined(__FMA__) && defined(__BMI2__)
#define ESPALIER_ABI v0_1_x86_64_v4
#elif defined(__AVX512F__)
#define ESPALIER_ABI v0_1_avx512f
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
#define ESPALIER_ABI v0_1_x86_64_v3
#elif defined(__AVX2__) && defined(__FMA__)
#define ESPALIER_ABI v0_1_avx2_fma
#elif defined(__AVX2__)
#define ESPALIER_ABI v0_1_avx2
#elif defined(__AVX__) && defined(__FMA__)
#define ESPALIER_ABI v0_1_avx_fma
#elif defined(__AVX__)
#define ESPALIER_ABI v0_1_avx
#elif defined(__SSE4_2__)
#define ESPALIER_ABI v0_1_sse4_2
#elif defined(__SSE2__)
#define ESPALIER_ABI v0_1_sse2
#elif defined(__aarch64__) || defined(__ARM_NEON)
#define ESPALIER_ABI v0_1_neon
#else
#define ESPALIER_ABI v0_1_generic
#endif

// Kernels and the steps of a sweep are one basic block by design: a call inside them would spill every accumulator.
#if defined(__GNUC__)
#define ESPALIER_ALWAYS_INLINE [[gnu::always_inline]] inline
#define ESPALIER_NO_INLINE [[gnu::noinline]]
#define ESPALIER_RESTRICT __restrict__
#else
#define ESPALIER_ALWAYS_INLINE inline
#define ESPALIER_NO_INLINE
#define ESPALIER_RESTRICT
#endif

// Marks a function that exists to be refused: a call is an error that starts on the caller's own line and carries the
// sentence. (The line of a static_assert would be its own.)
#if defined(__GNUC__)
#define ESPALIER_UNAVAILABLE(sentence) __attribute__((unavailable(sentence)))
#else
#define ESPALIER_UNAVAILABLE(sentence)
#endif

// Empty assembly that claims to change a pointer. It stops the compiler from carrying one tap's loads into the next,
// which runs it out of registers and spills the accumulators (measured: the same tile falls from 89 to 50 GF/s).
#if defined(__GNUC__)
#define ESPALIER_HIDE(pointer) __asm__("" : "+r"(pointer))
#else
#define ESPALIER_HIDE(pointer) static_cast<void>(pointer)
#endif

#if defined(__FAST_MATH__)
#error "espalier keeps IEEE semantics (NaN passes through clamp, sums have a fixed order): compile without -ffast-math"
#endif
