// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/channel_store.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

// Rows of every length, each number of channels, next to elements that nothing may touch.
template <index_t Vectors, class T>
void check(index_t step, bool with_bias) {
  constexpr index_t width = Vectors * esp::lanes<T>, rows = 2, longest = 2 * esp::lanes<T> + 3;
  for (index_t channels = 1; channels <= width; channels += channels < 3 ? 1 : width / 4 + 1) {
    for (index_t length = 1; length <= longest; ++length) {
      esp::channel_rows l;
      l.channels = channels;
      l.rows = rows;
      l.length = length;
      l.step = step;
      l.row = longest * step + 1;
      l.channel = rows * l.row + 2;
      l.sums_row = (longest + 1) * width;
      std::vector<T> sums(static_cast<std::size_t>(rows * l.sums_row)), bias(static_cast<std::size_t>(channels));
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<T>(i);
      for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<T>(i + 1000);
      std::vector<T> y(static_cast<std::size_t>((width + 1) * l.channel), T(-1)), expected = y;
      for (index_t c = 0; c < channels; ++c)
        for (index_t r = 0; r < rows; ++r)
          for (index_t q = 0; q < length; ++q) {
            expected[static_cast<std::size_t>(c * l.channel + r * l.row + q * step)] =
                sums[static_cast<std::size_t>(r * l.sums_row + q * width + c)] +
                (with_bias ? bias[static_cast<std::size_t>(c)] : T(0));
          }
      esp::store_channels<Vectors>(l, sums.data(), with_bias ? bias.data() : nullptr, y.data());
      REQUIRE(y == expected);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums with lanes along channels become rows", "[conv]", float, double) {
  check<1, TestType>(1, true);
  check<2, TestType>(1, false);
  check<3, TestType>(2, true);
}
