// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A loop with more sums than any instruction set has registers: its spills must be found.
#include <espalier/simd/batch.hpp>

void spilling(const float* a, const float* b, float* sums, esp::index_t count) {
  constexpr int most = 40;
  esp::detail::batch<float> sum[most];
#pragma GCC unroll 40
  for (int i = 0; i < most; ++i) sum[i] = esp::detail::simd::load(sums + i * esp::detail::lanes<float>);
  for (esp::index_t k = 0; k < count; ++k) {
    const auto factor = esp::detail::simd::broadcast(a[k]);
#pragma GCC unroll 40
    for (int i = 0; i < most; ++i) {
      sum[i] = esp::detail::simd::fma(factor, esp::detail::simd::load(b + (k * most + i) * esp::detail::lanes<float>),
                                      sum[i]);
    }
  }
#pragma GCC unroll 40
  for (int i = 0; i < most; ++i) esp::detail::simd::store(sums + i * esp::detail::lanes<float>, sum[i]);
}
