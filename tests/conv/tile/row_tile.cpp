// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/tile/row_tile.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;

namespace {

// Every number of rows and positions that can be stored, next to guards that nothing may touch.
template <index_t TapsH, index_t Rows, index_t Vectors, class T>
void check() {
  using tile = esp::row_tile<TapsH, Rows, Vectors, T>;
  constexpr index_t whole = Vectors * esp::lanes<T>, pitch = whole + 5, channel = (Rows + TapsH) * pitch, channels = 2;
  const index_t offset[] = {0, 3, 1};
  std::vector<T> x(static_cast<std::size_t>(channels * channel + whole + 8)),
      w(static_cast<std::size_t>(channels * 3 * TapsH));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(static_cast<int>(i * 7 % 11) - 5);
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<T>(static_cast<int>(i * 5 % 7) - 3);
  for (index_t rows = 1; rows <= Rows + 1; ++rows) {
    for (index_t width = 1; width <= whole + 1; ++width) {
      const index_t y_pitch = whole + 2;
      std::vector<T> y(static_cast<std::size_t>((Rows + 1) * y_pitch), T(77));
      tile::run(x.data(), channel, channels, offset, 3, pitch, w.data(),
                esp::detail::channel_epilogue<esp::activation::none, T>{2}, y.data(), y_pitch, rows, width);
      index_t wrong = 0;
      for (index_t r = 0; r <= Rows; ++r)
        for (index_t q = 0; q < y_pitch; ++q) {
          T expected = 77;
          if (r < rows && r < Rows && q < width && q < whole) {
            expected = 2;
            for (index_t ic = 0; ic < channels; ++ic)
              for (index_t c = 0; c < 3; ++c)
                for (index_t kh = 0; kh < TapsH; ++kh) {
                  expected += w[static_cast<std::size_t>((ic * 3 + c) * TapsH + kh)] *
                              x[static_cast<std::size_t>(ic * channel + offset[c] + (r + kh) * pitch + q)];
                }
          }
          wrong += y[static_cast<std::size_t>(r * y_pitch + q)] == expected ? 0 : 1;
        }
      REQUIRE(wrong == 0);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a tile of rows stores what its rows and positions sum up to", "[conv]", float, double) {
  check<2, 1, 1, TestType>();
  check<3, 8, 2, TestType>();
  check<3, 5, 1, TestType>();
  check<5, 4, 2, TestType>();
  check<9, 2, 1, TestType>();
}

TEST_CASE("a tile of rows fits the registers", "[conv]") {
  static_assert(esp::row_tile_for(3, 32) == esp::row_tile_shape{8, 2});
  static_assert(esp::row_tile_for(9, 32) == esp::row_tile_shape{8, 2});
  static_assert(esp::row_tile_for(3, 16) == esp::row_tile_shape{5, 2});
  static_assert(esp::row_tile_for(5, 16) == esp::row_tile_shape{4, 2});
  for (const index_t registers : {15, 16, 32}) {
    for (index_t taps = 2; taps <= 9; ++taps) {
      const esp::row_tile_shape t = esp::row_tile_for(taps, registers);
      REQUIRE(t.rows * t.vectors + taps + t.vectors <= registers);
    }
  }
}
