// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/simd/batch.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

template <class T>
struct numbers {
  alignas(esp::alignment) std::array<T, 16> a{};
  alignas(esp::alignment) std::array<T, 16> b{};
  alignas(esp::alignment) std::array<T, 17> out{};

  numbers() {
    for (std::size_t i = 0; i < a.size(); ++i) {
      a[i] = static_cast<T>(i) - T(5);
      b[i] = T(3) - static_cast<T>(i) / T(2);
    }
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a batch fits one register and agrees with scalar arithmetic", "[simd]", float, double) {
  using T = TestType;
  constexpr auto n = static_cast<std::size_t>(esp::lanes<T>);
  static_assert(sizeof(esp::batch<T>) == n * sizeof(T));
  static_assert(sizeof(esp::batch<T>) <= esp::alignment);
  static_assert(n <= 16);

  numbers<T> v;
  const auto a = esp::simd::load(v.a.data());
  const auto b = esp::simd::load_unaligned(v.b.data());

  const auto check = [&](esp::batch<T> got, auto expected) {
    esp::simd::store(v.out.data(), got);
    for (std::size_t i = 0; i < n; ++i) REQUIRE(v.out[i] == expected(v.a[i], v.b[i]));
  };
  check(a + b, [](T x, T y) { return x + y; });
  check(a - b, [](T x, T y) { return x - y; });
  check(a * b, [](T x, T y) { return x * y; });
  check(a / esp::simd::broadcast<T>(T(4)), [](T x, T) { return x / T(4); });
  check(-a, [](T x, T) { return -x; });
  check(esp::simd::fma(a, b, a), [](T x, T y) { return x * y + x; });
  check(esp::simd::abs(a), [](T x, T) { return std::fabs(x); });
  check(esp::simd::sqrt(a * a), [](T x, T) { return std::fabs(x); });
  check(esp::simd::select(a < b, a, b), [](T x, T y) { return x < y ? x : y; });
  check(esp::simd::select(!(a >= b), a, b), [](T x, T y) { return x >= y ? y : x; });
  check(esp::simd::select((a > b) | (a == b), a, b), [](T x, T y) { return x >= y ? x : y; });
  check(esp::simd::select((a <= b) & (a != b), a, b), [](T x, T y) { return x < y ? x : y; });

  v.out.fill(T(77));
  esp::simd::store_unaligned(v.out.data() + 1, a);
  REQUIRE(v.out[0] == T(77));
  for (std::size_t i = 0; i < n; ++i) REQUIRE(v.out[i + 1] == v.a[i]);
}

TEMPLATE_TEST_CASE("NaN compares false and passes through the clamp idiom", "[simd]", float, double) {
  using T = TestType;
  constexpr auto n = static_cast<std::size_t>(esp::lanes<T>);
  numbers<T> v;
  const auto nan = esp::simd::broadcast<T>(std::numeric_limits<T>::quiet_NaN());
  const auto zero = esp::simd::broadcast<T>(T(0));

  esp::simd::store(v.out.data(), esp::simd::select(!(nan < zero), nan, zero));
  for (std::size_t i = 0; i < n; ++i) REQUIRE(std::isnan(v.out[i]));
  esp::simd::store(v.out.data(), esp::simd::select(nan >= zero, nan, zero));
  for (std::size_t i = 0; i < n; ++i) REQUIRE(v.out[i] == T(0));
}

TEMPLATE_TEST_CASE("quotients and roots are rounded correctly at the ends of the range too", "[simd]", float, double) {
  using T = TestType;
  using limits = std::numeric_limits<T>;
  const T values[] = {T(0),
                      -T(0),
                      T(1),
                      T(-3),
                      T(7),
                      limits::min(),
                      limits::max(),
                      T(10) * limits::denorm_min(),
                      limits::denorm_min(),
                      limits::min() * T(0.7),
                      limits::max() / T(3),
                      limits::infinity(),
                      limits::quiet_NaN(),
                      T(1e-30)};
  const auto same = [](T a, T b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  };
  T out[esp::lanes<T>];
  for (const T a : values) {
    esp::simd::store_unaligned(out, esp::simd::sqrt<T>(esp::simd::broadcast(a)));
    for (const T got : out) REQUIRE(same(got, std::sqrt(a)));
    for (const T b : values) {
      const volatile T numerator = a, denominator = b;
      const T expected = numerator / denominator;
      esp::simd::store_unaligned(out, esp::simd::divide<T>(esp::simd::broadcast(a), esp::simd::broadcast(b)));
      for (const T got : out) REQUIRE(same(got, expected));
    }
  }
}
