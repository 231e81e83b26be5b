// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Every macro of the library: its version, the name of its inline namespace, and what the compiler must be told.
///
/// All declarations but the exception live in `esp`, inside an inline namespace that carries the version, the
/// instruction set this translation unit is compiled for, and whether it has OpenMP. Two translation units that differ
/// in one of them therefore never share an inline function, and the linker cannot hand AVX code to a path that was
/// compiled for plain x86-64.
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

// The tag: the version, then a letter and a hexadecimal digit for every four features of which one is on; plain x86-64
// reads `v0_1`. Units whose sets of features differ in one that a compiler chooses instructions by have different tags;
// features that only intrinsics reach (AES, SHA, RDRND) are left out.
// ESPALIER_ABI_BIT is 1 for a macro that is defined as 1, else 0: `..._HELD_1` has a comma in it, no other name has.
#define ESPALIER_ABI_HELD_1 0, 1
#define ESPALIER_ABI_SECOND(first, second, ...) second
#define ESPALIER_ABI_CHOOSE(...) ESPALIER_ABI_SECOND(__VA_ARGS__, 0, 0)
#define ESPALIER_ABI_LOOK(value) ESPALIER_ABI_CHOOSE(ESPALIER_ABI_HELD_##value)
#define ESPALIER_ABI_BIT(macro) ESPALIER_ABI_LOOK(macro)

#define ESPALIER_ABI_0000(letter)
#define ESPALIER_ABI_0001(letter) letter##1
#define ESPALIER_ABI_0010(letter) letter##2
#define ESPALIER_ABI_0011(letter) letter##3
#define ESPALIER_ABI_0100(letter) letter##4
#define ESPALIER_ABI_0101(letter) letter##5
#define ESPALIER_ABI_0110(letter) letter##6
#define ESPALIER_ABI_0111(letter) letter##7
#define ESPALIER_ABI_1000(letter) letter##8
#define ESPALIER_ABI_1001(letter) letter##9
#define ESPALIER_ABI_1010(letter) letter##A
#define ESPALIER_ABI_1011(letter) letter##B
#define ESPALIER_ABI_1100(letter) letter##C
#define ESPALIER_ABI_1101(letter) letter##D
#define ESPALIER_ABI_1110(letter) letter##E
#define ESPALIER_ABI_1111(letter) letter##F
#define ESPALIER_ABI_JOIN(letter, a, b, c, d) ESPALIER_ABI_##a##b##c##d(letter)
#define ESPALIER_ABI_BITS(letter, a, b, c, d) ESPALIER_ABI_JOIN(letter, a, b, c, d)
#define ESPALIER_ABI_DIGIT(letter, a, b, c, d) \
  ESPALIER_ABI_BITS(letter, ESPALIER_ABI_BIT(a), ESPALIER_ABI_BIT(b), ESPALIER_ABI_BIT(c), ESPALIER_ABI_BIT(d))
#define ESPALIER_ABI_PASTE(a, b, c, d, e, f, g, h, i, j, k, l) a##b##c##d##e##f##g##h##i##j##k##l
#define ESPALIER_ABI_NAME(a, b, c, d, e, f, g, h, i, j, k, l) ESPALIER_ABI_PASTE(a, b, c, d, e, f, g, h, i, j, k, l)

#if defined(_OPENMP)  // esp::threads has another body
#define ESPALIER_ABI_THREADS p
#else
#define ESPALIER_ABI_THREADS
#endif

// clang-format off
#if defined(__x86_64__) || defined(__i386__)
#define ESPALIER_ABI ESPALIER_ABI_NAME(v0_1, ESPALIER_ABI_THREADS, \
  ESPALIER_ABI_DIGIT(a, __SSE3__, __SSSE3__, __SSE4_1__, __SSE4_2__), \
  ESPALIER_ABI_DIGIT(b, __AVX__, __AVX2__, __FMA__, __F16C__), \
  ESPALIER_ABI_DIGIT(c, __BMI__, __BMI2__, __LZCNT__, __POPCNT__), \
  ESPALIER_ABI_DIGIT(d, __MOVBE__, __ADX__, __PRFCHW__, __GCC_HAVE_SYNC_COMPARE_AND_SWAP_16), \
  ESPALIER_ABI_DIGIT(e, __SSE4A__, __FMA4__, __XOP__, __TBM__), \
  ESPALIER_ABI_DIGIT(f, __AVX512F__, __AVX512CD__, __AVX512DQ__, __AVX512BW__), \
  ESPALIER_ABI_DIGIT(g, __AVX512VL__, __AVX512VNNI__, __AVX512VBMI__, __AVX512VBMI2__), \
  ESPALIER_ABI_DIGIT(h, __AVX512IFMA__, __AVX512BITALG__, __AVX512VPOPCNTDQ__, __AVX512BF16__), \
  ESPALIER_ABI_DIGIT(i, __AVX512FP16__, __GFNI__, __AVXVNNI__, __AVXIFMA__), \
  ESPALIER_ABI_DIGIT(j, __AVX512ER__, __AVXNECONVERT__, __AVX10_2__, __APX_F__))
#elif defined(__aarch64__) || defined(__arm__)
#if defined(__ARM_FEATURE_SVE_BITS) && __ARM_FEATURE_SVE_BITS > 0
#define ESPALIER_ABI_WIDTH __ARM_FEATURE_SVE_BITS
#else
#define ESPALIER_ABI_WIDTH
#endif
#define ESPALIER_ABI ESPALIER_ABI_NAME(v0_1, ESPALIER_ABI_THREADS, \
  ESPALIER_ABI_DIGIT(a, __ARM_NEON, __ARM_FEATURE_FMA, __ARM_FEATURE_IDIV, __ARM_FEATURE_DIRECTED_ROUNDING), \
  ESPALIER_ABI_DIGIT(b, __ARM_FEATURE_ATOMICS, __ARM_FEATURE_DOTPROD, __ARM_FEATURE_QRDMX, \
                     __ARM_FEATURE_FP16_VECTOR_ARITHMETIC), \
  ESPALIER_ABI_DIGIT(c, __ARM_FEATURE_COMPLEX, __ARM_FEATURE_MATMUL_INT8, __ARM_FEATURE_JCVT, \
                     __ARM_FEATURE_BF16_VECTOR_ARITHMETIC), \
  ESPALIER_ABI_DIGIT(d, __ARM_FEATURE_SVE, __ARM_FEATURE_SVE2, __ARM_FEATURE_SME, __ARM_FEATURE_MOPS), \
  ESPALIER_ABI_DIGIT(e, __ARM_FEATURE_RCPC, __ARM_FEATURE_FRINT, __ARM_FEATURE_FP16_FML, __thumb__), \
  s, ESPALIER_ABI_WIDTH, , , )
#elif defined(__riscv)
#if defined(__riscv_v_fixed_vlen)
#define ESPALIER_ABI_WIDTH __riscv_v_fixed_vlen
#else
#define ESPALIER_ABI_WIDTH
#endif
#define ESPALIER_ABI_HELD_1000000 0, 1  // an extension's version
#define ESPALIER_ABI ESPALIER_ABI_NAME(v0_1, ESPALIER_ABI_THREADS, \
  ESPALIER_ABI_DIGIT(a, __riscv_vector, __riscv_zba, __riscv_zbb, __riscv_zbs), \
  ESPALIER_ABI_DIGIT(b, __riscv_zfh, __riscv_zfa, __riscv_zicond, __riscv_compressed), \
  ESPALIER_ABI_DIGIT(c, __riscv_fdiv, __riscv_muldiv, __riscv_zvfh, __riscv_zvbb), s, ESPALIER_ABI_WIDTH, , , , , )
#else
#if defined(__ARCH__)  // of IBM Z, a number
#define ESPALIER_ABI_WIDTH __ARCH__
#else
#define ESPALIER_ABI_WIDTH
#endif
#define ESPALIER_ABI ESPALIER_ABI_NAME(v0_1, ESPALIER_ABI_THREADS, \
  ESPALIER_ABI_DIGIT(a, __ALTIVEC__, __VSX__, __POWER8_VECTOR__, __POWER9_VECTOR__), \
  ESPALIER_ABI_DIGIT(b, _ARCH_PWR7, _ARCH_PWR10, __VX__, __wasm_simd128__), s, ESPALIER_ABI_WIDTH, , , , , , )
#endif
// clang-format on

// The tag as text, for files that only the same build may read.
#define ESPALIER_ABI_SPELL(tag) #tag
#define ESPALIER_ABI_SPELT(tag) ESPALIER_ABI_SPELL(tag)
#define ESPALIER_ABI_TEXT ESPALIER_ABI_SPELT(ESPALIER_ABI)

// Kernels and the steps of a sweep are one basic block by design: a call inside them would spill every accumulator.
#if defined(__GNUC__)
#define ESPALIER_ALWAYS_INLINE [[gnu::always_inline]] inline
#define ESPALIER_NO_INLINE [[gnu::noinline]]
#define ESPALIER_COLD [[gnu::cold, gnu::noinline]]
#define ESPALIER_VISIBLE [[gnu::visibility("default")]]
#define ESPALIER_RESTRICT __restrict__
#else
#define ESPALIER_ALWAYS_INLINE inline
#define ESPALIER_NO_INLINE
#define ESPALIER_COLD
#define ESPALIER_VISIBLE
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

// What the values promised in the documentation do not survive. clang tells of -ffast-math and -ffinite-math-only only;
// g++ of each, and of -fsingle-precision-constant by withdrawing IEC 559 without another reason.
#if defined(__FAST_MATH__)
#error "espalier keeps IEEE semantics (NaN passes through clamp, sums have a fixed order): compile without -ffast-math"
#elif defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "espalier lets NaN and infinities pass and finds them: compile without -ffinite-math-only"
#elif defined(__ASSOCIATIVE_MATH__)
#error "espalier keeps the order of sums: compile without -fassociative-math and -funsafe-math-optimizations"
#elif defined(__RECIPROCAL_MATH__)
#error "espalier divides as IEEE does: compile without -freciprocal-math and -funsafe-math-optimizations"
#elif defined(__GCC_IEC_559) && __GCC_IEC_559 == 0 && !defined(__NO_SIGNED_ZEROS__) && defined(__x86_64__)
#error "espalier means its constants in double precision: compile without -fsingle-precision-constant"
#endif

// Function-like macros of these names break xsimd, and the standard library too. Undefined after the one sentence, so
// that no other follows.
#if defined(min) || defined(max)
#error "min or max is a macro here: define NOMINMAX, or #undef both before the first espalier header"
#undef min
#undef max
#endif
