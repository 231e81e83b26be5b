// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/simd/xsimd.hpp>
// After it, as a program may: all that the compiler declares has to be there.
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <cstddef>
#include <cstdint>
#include <espalier/simd/batch.hpp>

#include "support/catch.hpp"

#if defined(__x86_64__) && defined(__GNUC__)
namespace {

// Of sets that no register of the library is made of.
[[gnu::target("gfni,sse4.2")]] int product(int a, int b) {
  return _mm_cvtsi128_si32(_mm_gf2p8mul_epi8(_mm_cvtsi32_si128(a), _mm_cvtsi32_si128(b)));
}
[[gnu::target("bmi2")]] std::uint64_t extracted(std::uint64_t a, std::uint64_t mask) { return _pext_u64(a, mask); }

}  // namespace

TEST_CASE("a later <immintrin.h> declares what was left out", "[simd]") {
  if (__builtin_cpu_supports("gfni")) REQUIRE(product(2, 7) == 14);
  if (__builtin_cpu_supports("bmi2")) REQUIRE(extracted(0xF0F0, 0xFF00) == 0xF0);
}
#endif

TEST_CASE("the header brings xsimd", "[simd]") {
  REQUIRE(XSIMD_VERSION_MAJOR >= 8);
  const float ones[static_cast<std::size_t>(esp::lanes<float>)] = {1};
  float out[static_cast<std::size_t>(esp::lanes<float>)] = {};
  esp::simd::store_unaligned(out, esp::simd::load_unaligned(ones));
  REQUIRE(out[0] == 1);
}
