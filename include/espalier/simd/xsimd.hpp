// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The only include of xsimd, with no more of the compiler's intrinsics than its registers are made of.
///
/// xsimd includes <immintrin.h>, which declares every instruction set that the compiler knows, whatever a unit is
/// compiled for: on g++ 12 a seventh of what a unit with one layer takes to compile for AVX2, a twentieth for AVX-512.
/// Where that was tried, the compiler's own headers of the sets at hand stand in its place. A later <immintrin.h>
/// brings the rest: each of them is read once, and the name that says that all were is taken back.
#pragma once

#include <xsimd/config/xsimd_config.hpp>

// clang-format off
#if defined(__AVX__) && !defined(__FMA4__) && !defined(__XOP__) && \
    (defined(__clang__) ? __clang_major__ == 19 : defined(__GNUC__) && __GNUC__ == 12) && \
    !defined(_IMMINTRIN_H_INCLUDED) && !defined(__IMMINTRIN_H) && (!defined(__AVX512F__) || XSIMD_VERSION_MAJOR == 8)
#if defined(__clang__)
#define __IMMINTRIN_H  // NOLINT(bugprone-reserved-identifier)
#else
#define _IMMINTRIN_H_INCLUDED  // NOLINT(bugprone-reserved-identifier)
#endif
#include <x86gprintrin.h>
#include <smmintrin.h>
#include <avxintrin.h>
#include <avx2intrin.h>
#include <fmaintrin.h>
#if defined(__AVX512F__)
#include <avx512fintrin.h>
#include <avx512cdintrin.h>
#include <avx512vlintrin.h>  // g++ 12 declares masks of 32 and 64 bits there
#include <avx512bwintrin.h>
#include <avx512dqintrin.h>
#endif
#include <xsimd/xsimd.hpp>
#if defined(__clang__)
#undef __IMMINTRIN_H
#else
#undef _IMMINTRIN_H_INCLUDED
#endif
#else
#include <xsimd/xsimd.hpp>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif
#endif
// clang-format on
