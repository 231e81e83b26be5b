// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/store/channels.hpp>
#include <espalier/conv/store/epilogue.hpp>
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
      esp::channel_rows<T> l;
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
      esp::store_channels<Vectors>(
          l, esp::detail::epilogue<esp::activation::none, T>{with_bias ? bias.data() : nullptr}, sums.data(), y.data());
      REQUIRE(y == expected);
    }
  }
}

// The same with the positions between from other rows, before or behind the own ones.
template <index_t Vectors, class T>
void check_turns(bool other_first, index_t more, bool stream) {
  constexpr index_t width = Vectors * esp::lanes<T>, rows = 2, longest = 2 * esp::lanes<T> + 3;
  for (index_t length = 1; length <= longest; ++length) {
    esp::channel_rows<T> l;
    l.channels = width - 1;
    l.rows = rows;
    l.length = length;
    l.step = 2;
    l.row = 2 * longest + 2 * esp::lanes<T>;
    l.channel = rows * l.row;
    l.sums_row = (longest + 1) * width;
    l.stream = stream;
    l.other_length = length + more;
    l.other_row = longest + 1;
    l.other_channel = rows * l.other_row + 3;
    l.other_first = other_first;
    std::vector<T> sums(static_cast<std::size_t>(rows * l.sums_row));
    std::vector<T> other(static_cast<std::size_t>(width * l.other_channel));
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = static_cast<T>(i);
    for (std::size_t i = 0; i < other.size(); ++i) other[i] = -static_cast<T>(i);
    l.other = other.data();
    std::vector<T> y(static_cast<std::size_t>(width * l.channel + 1), T(0.5)), expected = y;
    const index_t own = other_first ? 1 : 0;
    for (index_t c = 0; c < l.channels; ++c)
      for (index_t r = 0; r < rows; ++r) {
        T* const row = expected.data() + c * l.channel + r * l.row;
        for (index_t q = 0; q < length; ++q) {
          row[2 * q + own] = sums[static_cast<std::size_t>(r * l.sums_row + q * width + c)];
        }
        for (index_t q = 0; q < length + more; ++q) {
          row[2 * q + 1 - own] = other[static_cast<std::size_t>(c * l.other_channel + r * l.other_row + q)];
        }
      }
    esp::store_channels<Vectors>(l, esp::detail::no_epilogue<T>, sums.data(), y.data() + own);
    esp::simd::finish_stream();
    REQUIRE(y == expected);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("sums with lanes along channels become rows", "[conv]", float, double) {
  check<1, TestType>(1, true);
  check<2, TestType>(1, false);
  check<3, TestType>(2, true);
  check<1, TestType>(3, false);
}

TEMPLATE_TEST_CASE("sums with lanes along channels take turns with other rows", "[conv]", float, double) {
  check_turns<2, TestType>(false, 0, false);
  check_turns<2, TestType>(true, 0, true);
  check_turns<1, TestType>(false, -1, true);
  check_turns<1, TestType>(true, 1, false);
}
