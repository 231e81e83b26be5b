// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/testing/hostile_kernels.hpp>
// The header under test stands alone above.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::testing::hostile_kernels, esp::testing::kernel_kind;

template <class T>
std::vector<T> drawn(kernel_kind kind, std::uint64_t seed) {
  std::vector<T> taps(27);
  hostile_kernels(seed).fill(kind, std::span(taps));
  return taps;
}
/// Whether every tap of 50 kernels of a kind passes.
template <class T>
bool all(kernel_kind kind, const auto& passes) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    for (const T tap : drawn<T>(kind, seed)) {
      if (!passes(tap)) return false;
    }
  }
  return true;
}
/// How many taps of each of 50 kernels pass.
template <class T>
std::pair<long, long> counts(kernel_kind kind, const auto& passes) {
  std::pair<long, long> range{27, 0};
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<T> taps = drawn<T>(kind, seed);
    const long count = std::count_if(taps.begin(), taps.end(), passes);
    range = {std::min(range.first, count), std::max(range.second, count)};
  }
  return range;
}

}  // namespace

TEMPLATE_TEST_CASE("every kind is what its name says", "", float, double) {
  using T = TestType;
  using pair = std::pair<long, long>;
  const auto is_zero = [](T x) { return x == 0; };
  REQUIRE(all<T>(kernel_kind::ordinary, [](T x) { return std::fabs(x) < 3; }));
  REQUIRE(all<T>(kernel_kind::tiny, [](T x) { return x * x == 0; }));
  REQUIRE(counts<T>(kernel_kind::tiny, is_zero).second <= 1);
  REQUIRE(counts<T>(kernel_kind::huge, [](T x) { return std::isinf(x * x) && std::isfinite(x); }).first >= 25);
  REQUIRE(all<T>(kernel_kind::denormal, [](T x) { return std::fabs(x) < std::numeric_limits<T>::min(); }));
  REQUIRE(all<T>(kernel_kind::zero, is_zero));
  REQUIRE(counts<T>(kernel_kind::zero, [](T x) { return std::signbit(x); }).first > 3);
  REQUIRE(all<T>(kernel_kind::negative, [](T x) { return x <= T(-0.01); }));
  REQUIRE(counts<T>(kernel_kind::one_tap, is_zero) == pair{26, 26});
  REQUIRE(all<T>(kernel_kind::whole, [](T x) { return std::fmod(x, T(27)) == 0; }));
  REQUIRE(counts<T>(kernel_kind::with_nan, [](T x) { return std::isnan(x); }) == pair{1, 1});
  REQUIRE(counts<T>(kernel_kind::with_infinity, [](T x) { return std::isinf(x); }) == pair{1, 2});
}

TEMPLATE_TEST_CASE("kinds that are said of all taps together", "", float, double) {
  using T = TestType;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const auto equal = drawn<T>(kernel_kind::equal, seed), same = drawn<T>(kernel_kind::same_size, seed),
               close = drawn<T>(kernel_kind::nearly_equal, seed);
    T sum = 0, size = 0;
    for (const T x : drawn<T>(kernel_kind::cancelling, seed)) sum += x, size += std::fabs(x);
    REQUIRE(std::fabs(sum) <= 8 * std::numeric_limits<T>::epsilon() * size);
    REQUIRE(size > 1);
    for (const T x : equal) REQUIRE(x == equal[0]);
    for (const T x : same) REQUIRE(std::fabs(x) == std::fabs(same[0]));
    for (const T x : close) {
      REQUIRE(std::fabs(x - close[0]) <=
              std::numeric_limits<T>::epsilon() * std::fabs(close[0]) + std::numeric_limits<T>::denorm_min());
    }
  }
}

TEST_CASE("equal seeds draw equal weights, and every kind is drawn") {
  std::vector<double> a(9), b(9);
  hostile_kernels one(5), two(5);
  std::vector<int> seen(esp::testing::kernel_kind_names.size());
  for (int i = 0; i < 500; ++i) {
    const kernel_kind kind = one.fill(std::span(a));
    REQUIRE(kind == two.fill(std::span(b)));
    ++seen[static_cast<std::size_t>(kind)];
    for (std::size_t t = 0; t < 9; ++t) REQUIRE((a[t] == b[t] || (std::isnan(a[t]) && std::isnan(b[t]))));
  }
  for (const int count : seen) REQUIRE(count > 10);
  std::vector<double> single(1);
  for (std::size_t k = 0; k < seen.size(); ++k) one.fill(static_cast<kernel_kind>(k), std::span(single));
}
