// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/conv/tile/row_products.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"
#include "support/internals.hpp"

namespace {

using esp::index_t, esp::lanes;

/// Planes of rows of each operand with NaN wherever no lane of the box lies.
template <index_t Rows, index_t Columns, class T>
void check(esp::extents count, bool with_before, bool with_after, unsigned added, unsigned seed) {
  using products = esp::row_products<Rows, Columns, T>;
  using edge = typename products::edge;
  std::mt19937 engine(seed);
  const auto number = [&] { return static_cast<T>(static_cast<int>(engine() % 9) - 4); };
  const index_t parts = count.w + (with_before ? 1 : 0) + (with_after ? 1 : 0), width = parts * lanes<T>;
  const index_t row_pitch = width + 3, plane_pitch = count.h * row_pitch + 5, size = count.d * plane_pitch + lanes<T>;
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const index_t first = 1, last = lanes<T> > 2 ? lanes<T> - 1 : lanes<T>;
  const auto edge_of = [&](bool exists) -> edge {
    return [&]<std::size_t... C>(std::index_sequence<C...>) -> edge {
      return {{exists && lanes<T> > 1 ? first : 0, lanes<T>},
              {esp::lane_range<T>(lanes<T> > 1 ? first : 0, C % 2 == 0 ? last : lanes<T>)...}};
    }(std::make_index_sequence<static_cast<std::size_t>(Columns)>{});
  };
  const edge before = edge_of(with_before), after = edge_of(with_after);
  const auto inside = [&](index_t w, index_t column) {
    const bool is_before = with_before && w < lanes<T>, is_after = with_after && w >= width - lanes<T>;
    if (!is_before && !is_after) return true;
    const esp::lane_range<T>& r = column < 0 ? (is_before ? before : after).row
                                             : (is_before ? before : after).column[static_cast<std::size_t>(column)];
    return w % lanes<T> >= r.begin && w % lanes<T> < r.end;
  };
  std::vector<T> a(static_cast<std::size_t>(size * Rows), nan), b(static_cast<std::size_t>(size * Columns), nan);
  std::array<index_t, Rows> row{};
  std::array<index_t, Columns> column{};
  std::vector<T> sums(static_cast<std::size_t>(Rows * Columns * lanes<T>), T(3)), expected(sums);
  const auto fill = [&](std::vector<T>& to, index_t number_of, bool rows) {
    for (index_t d = 0; d < count.d; ++d)
      for (index_t h = 0; h < count.h; ++h)
        for (index_t w = 0; w < width; ++w) {
          if (!inside(w, rows ? -1 : number_of)) continue;
          to[static_cast<std::size_t>(number_of * size + d * plane_pitch + h * row_pitch + w)] = number();
        }
  };
  for (index_t r = 0; r < Rows; ++r) {
    row[static_cast<std::size_t>(r)] = r * size;
    fill(a, r, true);
  }
  for (index_t c = 0; c < Columns; ++c) {
    column[static_cast<std::size_t>(c)] = c * size;
    fill(b, c, false);
  }
  for (index_t r = 0; r < Rows; ++r)
    for (index_t c = 0; c < Columns; ++c)
      for (index_t d = 0; d < count.d; ++d)
        for (index_t h = 0; h < count.h; ++h)
          for (index_t w = 0; w < width; ++w) {
            if ((added >> c & 1U) == 0 || !inside(w, -1) || !inside(w, c)) continue;
            const index_t at = d * plane_pitch + h * row_pitch + w;
            expected[static_cast<std::size_t>((r * Columns + c) * lanes<T> + w % lanes<T>)] +=
                a[static_cast<std::size_t>(r * size + at)] * b[static_cast<std::size_t>(c * size + at)];
          }
  const esp::product_box box{count, plane_pitch, row_pitch, plane_pitch, row_pitch};
  products::run({a.data(), row.data()}, {b.data(), column.data()}, box, with_before ? &before : nullptr,
                with_after ? &after : nullptr, added, sums.data());
  REQUIRE(sums == expected);
}

template <class T>
void check_tiles(unsigned seed) {
  for (const bool before : {false, true})
    for (const bool after : {false, true})
      for (const index_t w : {0, 1, 3}) {
        check<1, 7, T>({2, 3, w}, before, after, 0x7f, ++seed);
        check<3, 5, T>({1, 2, w}, before, after, 0x15, ++seed);
        check<4, 2, T>({3, 1, w}, before, after, 0x2, ++seed);
        check<1, 1, T>({1, 1, w}, before, after, 0x1, ++seed);
      }
}

}  // namespace

TEST_CASE("scalar products over boxes read the lanes that count, and add the columns that are asked for", "[conv]") {
  check_tiles<float>(1);
  check_tiles<double>(1000);
}

TEST_CASE("tiles of rows read where they lie fit the registers", "[conv]") {
  for (const index_t rows : {1, 2, 3, 5, 8, 16, 64})
    for (const index_t columns : {1, 2, 7, 13, 63, 171})
      for (const index_t registers : {15, 16, 31, 32}) {
        const esp::register_tile t = esp::row_products_tile_for(rows, columns, registers);
        REQUIRE((t.rows >= 1 && t.vectors >= 1 && t.rows <= rows && t.vectors <= columns));
        REQUIRE((esp::registers_used(t) <= registers && t.rows + t.vectors <= 14));
      }
  static_assert(esp::row_products_tile_for(1, 7, 32) == esp::register_tile{1, 7});
  static_assert(esp::row_products_tile_for(1, 13, 32) == esp::register_tile{1, 13});
  static_assert(esp::row_products_tile_for(8, 0, 32) == esp::register_tile{});
}
