// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <cmath>
#include <espalier/conv/store/epilogue.hpp>
#include <limits>

#include "support/catch.hpp"

namespace {

using esp::index_t;

/// Six biases of which arithmetic makes something special.
template <class T>
constexpr std::array<T, 6> biases{std::numeric_limits<T>::quiet_NaN(),
                                  -std::numeric_limits<T>::infinity(),
                                  std::numeric_limits<T>::infinity(),
                                  T(-0.0),
                                  T(-3),
                                  T(3)};

/// Equal, and of the same sign; NaN where the other is.
template <class T>
bool same_number(T a, T b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace

TEMPLATE_TEST_CASE("each share of an epilogue adds the bias of its channels", "[conv]", float, double) {
  using T = TestType;
  using epilogue = esp::detail::epilogue<T>;
  STATIC_REQUIRE(esp::detail::Epilogue<epilogue, T>);
  const epilogue all{biases<T>.data()};
  REQUIRE_FALSE(all.keeps());
  std::array<T, static_cast<std::size_t>(esp::lanes<T>)> lane{};
  const auto expected = [](std::size_t channel, T sum) { return sum + biases<T>[channel]; };
  for (std::size_t c = 0; c < 6; ++c) {
    for (const T sum : {T(0), T(-0.0), T(2), T(-5), std::numeric_limits<T>::infinity()}) {
      const auto channel = all.of(static_cast<index_t>(c));
      REQUIRE(same_number(channel(sum), expected(c, sum)));
      REQUIRE(same_number(all.from(static_cast<index_t>(c)).of(0)(sum), expected(c, sum)));
      esp::simd::store_unaligned(lane.data(), channel.in_registers()(esp::simd::broadcast(sum)));
      for (const T y : lane) REQUIRE(same_number(y, expected(c, sum)));
    }
  }
  for (index_t first = 0; first < 6; ++first) {
    const index_t count = std::min(index_t{6} - first, esp::lanes<T>);
    esp::simd::store_unaligned(lane.data(), all.lanes_of(first, count)(esp::simd::broadcast(T(2))));
    for (index_t i = 0; i < count; ++i) {
      REQUIRE(same_number(lane[static_cast<std::size_t>(i)], expected(static_cast<std::size_t>(first + i), T(2))));
    }
  }
}

TEMPLATE_TEST_CASE("an epilogue without a bias keeps sums", "[conv]", float, double) {
  using T = TestType;
  constexpr auto none = esp::detail::no_epilogue<T>;
  STATIC_REQUIRE(none.keeps());
  STATIC_REQUIRE(none.from(3).keeps());
  REQUIRE(none.from(3).of(2)(T(-7)) == T(-7));
  std::array<T, static_cast<std::size_t>(esp::lanes<T>)> lane{};
  esp::simd::store_unaligned(lane.data(), none.lanes_of(1, 1)(esp::simd::broadcast(T(-7))));
  for (const T y : lane) REQUIRE(y == T(-7));
}
