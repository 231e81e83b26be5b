// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/lane_pass.hpp>

#include <espalier/aligned_buffer.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

template <index_t Taps, bool Sum>
struct line_of {
  static constexpr esp::detail::tap_line value = [] {
    esp::detail::tap_line l;
    l.taps = Taps;
    for (index_t k = 0; k < Taps; ++k) l.value[static_cast<std::size_t>(k)] = Sum ? 1 : static_cast<double>(k % 4 - 1);
    l.value[0] = 2;
    if (Sum) l.value[0] = 1;
    return l;
  }();
};

template <class Line, class T>
void check(index_t width) {
  constexpr index_t phase = Line::value.taps * 5 % esp::detail::lanes<T>;
  using pass = esp::detail::lane_pass<Line, phase, T>;
  constexpr index_t lanes = esp::detail::lanes<T>, rows = 3, taps = Line::value.taps;
  const index_t pitch = (width + taps + 3 * lanes) / lanes * lanes + lanes;
  const esp::detail::aligned_buffer<T> from(rows * pitch), scratch(rows * pitch);
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (index_t i = 0; i < rows * pitch; ++i) {
    from.data()[i] = i % pitch >= phase && i % pitch < phase + width + taps - 1 ? static_cast<T>(i * 5 % 13 - 6) : nan;
    scratch.data()[i] = nan;
  }
  std::vector<T> got(static_cast<std::size_t>(rows * pitch), T(0));
  index_t calls = 0;
  pass::run(from.data(), pitch, rows, width, scratch.data(),
            [&](index_t r, index_t i, const esp::detail::batch<T>& sums, index_t count = esp::detail::lanes<T>) {
              ++calls;
              REQUIRE(count == (width - i < lanes ? width - i : lanes));
              esp::detail::simd::store_unaligned(got.data() + r * pitch + i, sums);
            });
  REQUIRE(calls == rows * ((width + lanes - 1) / lanes));
  for (index_t r = 0; r < rows; ++r) {
    for (index_t i = 0; i < width; ++i) {
      T expected = 0;
      for (index_t k = 0; k < taps; ++k) {
        if (Line::value[k] != 0) expected += static_cast<T>(Line::value[k]) * from.data()[r * pitch + phase + i + k];
      }
      REQUIRE(got[static_cast<std::size_t>(r * pitch + i)] == expected);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums and products along rows, of every extent", "[separable]", float, double) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    (check<line_of<static_cast<index_t>(K) + 1, true>, TestType>(static_cast<index_t>(K) * 7 % 50 + 1), ...);
    (check<line_of<static_cast<index_t>(K) + 1, false>, TestType>(static_cast<index_t>(K) * 7 % 50 + 1), ...);
  }(std::make_index_sequence<32>{});
  check<line_of<64, true>, TestType>(33);
}

TEST_CASE("a sum is cut where the fewest elements are loaded", "[separable]") {
  using esp::detail::sum_of_sums_for;
  constexpr auto nine = sum_of_sums_for(9), prime = sum_of_sums_for(31);
  STATIC_REQUIRE((nine.inner == 3 && nine.outer == 3 && nine.rest == 0 && nine.loads() == 6));
  STATIC_REQUIRE((prime.inner * prime.outer + prime.rest == 31 && prime.loads() <= 12));
  STATIC_REQUIRE(sum_of_sums_for(3).inner == 3);
}
