// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/tile/channel_tile.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

using esp::index_t;

// Two channels and a list of three runs, in no order, against the formula; columns forwards and backwards.
template <class T, index_t Positions, index_t Vectors, index_t Step, index_t Columns>
void check(bool accumulate, bool backwards) {
  using tile = esp::channel_tile<Positions, Vectors, Step, Columns, T>;
  constexpr index_t width = tile::width, channel = Positions * Step + Columns + 9;
  const std::array<index_t, 3> offset{7, 0, 2};
  std::vector<T> input(2 * channel), weight(2 * 3 * Columns * width), out((Positions + 1) * width, T(3));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<T>(i % 7) - T(2);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(i * 3 % 5) - T(1);
  tile::run(input.data(), channel, 2, offset.data(), {1, 3, 0}, weight.data(), 3 * Columns * width,
            backwards ? -width : width, out.data(), accumulate);
  index_t wrong = 0;
  for (index_t q = 0; q <= Positions; ++q) {
    for (index_t oc = 0; oc < width; ++oc) {
      T expected = accumulate || q == Positions ? T(3) : T(0);
      for (index_t ic = 0; ic < 2 && q < Positions; ++ic) {
        for (index_t run = 0; run < 3; ++run) {
          for (index_t k = 0; k < Columns; ++k) {
            const index_t tap = (ic * 3 + run) * Columns + (backwards ? Columns - 1 - k : k);
            const index_t at = ic * channel + offset[static_cast<std::size_t>(run)] + q * Step + k;
            expected += weight[static_cast<std::size_t>(tap * width + oc)] * input[static_cast<std::size_t>(at)];
          }
        }
      }
      wrong += out[static_cast<std::size_t>(q * width + oc)] == expected ? 0 : 1;
    }
  }
  REQUIRE(wrong == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("a tile of positions and channels sums its taps and nothing beside it", "[conv]", float, double) {
  for (const bool accumulate : {false, true}) {
    check<TestType, 1, 1, 1, 1>(accumulate, false);
    check<TestType, 6, 2, 1, 1>(accumulate, false);
    check<TestType, 3, 3, 2, 1>(accumulate, false);
    for (const bool backwards : {false, true}) {
      check<TestType, 9, 1, 1, 3>(accumulate, backwards);
      check<TestType, 4, 1, 2, 5>(accumulate, backwards);
      check<TestType, 2, 2, 2, 2>(accumulate, backwards);
    }
  }
}

TEMPLATE_TEST_CASE("a tile leaves out the runs between its groups", "[conv]", float, double) {
  using T = TestType;
  using tile = esp::channel_tile<5, 2, 1, 2, T>;
  constexpr index_t width = tile::width, stride = 7 * 2 * width;
  const std::array<index_t, 7> offset{3, 0, 1, 7, 2, 9, 4};
  std::vector<T> input(40), weight(2 * stride), grouped(5 * width, T(1)), one_by_one = grouped;
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<T>(i % 7) - T(2);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<T>(i * 3 % 5) - T(1);
  // Runs 1, 2, 4 and 5 of seven.
  tile::run(input.data(), 20, 2, offset.data() + 1, {2, 2, 1}, weight.data() + 2 * width, stride, width, grouped.data(),
            true);
  for (const index_t run : {1, 2, 4, 5}) {
    tile::run(input.data(), 20, 2, offset.data() + run, {}, weight.data() + run * 2 * width, stride, width,
              one_by_one.data(), true);
  }
  REQUIRE(grouped == one_by_one);
}
