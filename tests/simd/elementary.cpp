// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <espalier/elementary_functions.hpp>
#include <espalier/simd/elementary.hpp>
#include <limits>

#include "support/catch.hpp"
#include "support/units.hpp"

namespace {

using esp::index_t;

/// Compares a function of registers with that of numbers, a register's worth of arguments at a time.
template <class T, class OfRegister, class OfNumber>
long differences(std::uint64_t count, const OfRegister& of_register, const OfNumber& of_number) {
  constexpr index_t width = esp::lanes<T>;
  T in[width], out[width];
  index_t filled = 0;
  long different = 0;
  const auto take = [&](T x) {
    in[filled++] = x;
    if (filled < width) return;
    filled = 0;
    esp::simd::store_unaligned(out, of_register(esp::simd::load_unaligned(in)));
    for (index_t i = 0; i < width; ++i) different += support::identical(out[i], of_number(in[i])) ? 0 : 1;
  };
  using limits = std::numeric_limits<T>;
  for (const T x : {T(0), limits::infinity(), limits::quiet_NaN(), limits::max(), limits::min(), limits::denorm_min(),
                    limits::epsilon(), esp::elementary_coefficients<T>::largest_argument}) {
    for (index_t i = 0; i < width; ++i) take(i % 2 == 0 ? x : -x);
  }
  support::for_arguments<T>(count, take);
  return different;
}

}  // namespace

TEMPLATE_TEST_CASE("functions of a register give the bits of those of a number", "[simd]", float, double) {
  using T = TestType;
  using register_type = esp::batch<T>;
  constexpr std::uint64_t count = sizeof(T) == 4 ? 2'000'000 : 500'000;
  CHECK(differences<T>(
            count, [](register_type x) { return esp::simd::exponential<T>(x); },
            [](T x) { return esp::exponential(x); }) == 0);
  CHECK(differences<T>(
            count, [](register_type x) { return esp::simd::logarithm<T>(x); }, [](T x) { return esp::logarithm(x); }) ==
        0);
  CHECK(differences<T>(
            count, [](register_type x) { return esp::simd::hyperbolic_tangent<T>(x); },
            [](T x) { return esp::hyperbolic_tangent(x); }) == 0);
  CHECK(differences<T>(
            count, [](register_type x) { return esp::simd::logistic<T>(x); }, [](T x) { return esp::logistic(x); }) ==
        0);
  CHECK(differences<T>(
            count, [](register_type x) { return esp::simd::soft_plus<T>(x); }, [](T x) { return esp::soft_plus(x); }) ==
        0);
}

TEST_CASE("the comparison sees a last bit", "[simd]") {
  const auto off = [](esp::batch<float> x) { return esp::simd::exponential<float>(x); };
  CHECK(differences<float>(1000, off, [](float x) { return 2 * (esp::exponential(x) / 2) + 0x1p-24F; }) > 0);
}
