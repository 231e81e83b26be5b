// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tile/scalar_products.hpp>
#include <vector>

#include "support/catch.hpp"

namespace {

template <esp::index_t Rows, esp::index_t Columns, class T>
void check() {
  constexpr esp::index_t steps = 3, count = steps * esp::lanes<T>;
  std::vector<T> a(static_cast<std::size_t>(Rows + count)), b(static_cast<std::size_t>(3 * Columns + count));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i % 7) - 3;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(i % 5) - 2;
  std::vector<esp::index_t> row, column;
  for (esp::index_t r = 0; r < Rows; ++r) row.push_back(Rows - 1 - r);
  for (esp::index_t c = 0; c < Columns; ++c) column.push_back(3 * c);
  std::vector<T> sums(static_cast<std::size_t>(Rows * Columns * esp::lanes<T>), T(1));
  esp::scalar_products<Rows, Columns, T>::run(a.data(), row.data(), b.data(), column.data(), steps, sums.data(), true);
  std::size_t place = 0;
  for (esp::index_t r = 0; r < Rows; ++r)
    for (esp::index_t c = 0; c < Columns; ++c)
      for (esp::index_t lane = 0; lane < esp::lanes<T>; ++lane, ++place) {
        T expected = 1;
        for (esp::index_t s = 0; s < steps; ++s) {
          const esp::index_t q = s * esp::lanes<T> + lane;
          expected += a[static_cast<std::size_t>(Rows - 1 - r + q)] * b[static_cast<std::size_t>(3 * c + q)];
        }
        REQUIRE(sums[place] == expected);
      }
}

}  // namespace

TEMPLATE_TEST_CASE("scalar products of shifted rows are added to the sums", "[conv][backward]", float, double) {
  check<1, 1, TestType>();
  check<4, 3, TestType>();
  check<3, 9, TestType>();
  check<8, 3, TestType>();
  check<2, 2, TestType>();
}

TEST_CASE("correlation tiles fit the registers and the table", "[conv][backward]") {
  for (esp::index_t rows = 1; rows < 40; ++rows)
    for (esp::index_t columns = 1; columns < 40; ++columns)
      for (const esp::index_t registers : {15, 16, 32}) {
        const esp::register_tile t = esp::scalar_products_tile_for(rows, columns, registers);
        REQUIRE((t.rows >= 1 && t.rows <= rows && t.vectors >= 1 && t.vectors <= columns));
        REQUIRE(esp::detail::registers_used(t) <= registers);
      }
  static_assert(esp::scalar_products_tile_for(8, 108, 16) == esp::register_tile{4, 3});
}
