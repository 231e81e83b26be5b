// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/separable/row_pass.hpp>

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
    l.value[0] = 1;
    l.value[static_cast<std::size_t>(Taps - 1)] = Sum ? 1 : 3;
    l.scale = 0.5;
    return l;
  }();
};

// Whole registers of every row, of which some columns are read.
template <class Line, class T>
void check(index_t columns) {
  using pass = esp::detail::row_pass<Line, T>;
  constexpr index_t lanes = esp::detail::lanes<T>;
  const index_t pitch = (columns + lanes - 1) / lanes * lanes + 3;
  std::vector<std::vector<T>> rows;
  std::vector<const T*> from;
  for (index_t r = 0; r < pass::reads; ++r) {
    rows.emplace_back();
    for (index_t j = 0; j < columns; ++j) rows.back().push_back(static_cast<T>((r * 7 + j * 3) % 11 - 5));
    from.push_back(rows.back().data());
  }
  std::vector<T> to(static_cast<std::size_t>(pass::rows * pitch), T(99));
  pass::run(from.data(), columns, to.data(), pitch);
  for (index_t r = 0; r < pass::rows; ++r) {
    for (index_t j = 0; j < pitch; ++j) {
      T expected = j < pitch - 3 ? T(0) : T(99);
      for (index_t k = 0; k < Line::value.taps && j < columns; ++k) {
        expected +=
            static_cast<T>(Line::value[k] * 0.5) * rows[static_cast<std::size_t>(r + k)][static_cast<std::size_t>(j)];
      }
      REQUIRE(to[static_cast<std::size_t>(r * pitch + j)] == expected);
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("rows of sums and of products, of every extent", "[separable]", float, double) {
  [&]<std::size_t... K>(std::index_sequence<K...>) {
    (check<line_of<static_cast<index_t>(K) + 1, true>, TestType>(static_cast<index_t>(K) * 7 % 50 + 1), ...);
    (check<line_of<static_cast<index_t>(K) + 1, false>, TestType>(static_cast<index_t>(K) * 7 % 50 + 1), ...);
  }(std::make_index_sequence<20>{});
  check<line_of<64, true>, TestType>(33);
  check<line_of<32, false>, TestType>(35);
}

TEST_CASE("tiles leave registers for what is loaded", "[separable]") {
  using esp::detail::pass_rows;
  STATIC_REQUIRE((pass_rows(true, 9, 32) == 9 && pass_rows(true, 40, 32) == 16 && pass_rows(true, 40, 16) == 12));
  STATIC_REQUIRE((pass_rows(false, 9, 16) == 8 && pass_rows(false, 17, 16) == 4));
}
