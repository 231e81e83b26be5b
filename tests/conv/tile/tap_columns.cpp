// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/tile/tap_columns.hpp>
#include <random>

#include "conv/drawn_taps.hpp"
#include "support/catch.hpp"

using esp::column_run;
using esp::extents;
using esp::index_t;
using esp::kept_taps;

TEST_CASE("a star by its columns", "[conv]") {
  constexpr extents kernel{5};
  using star = esp::some_columns<kernel, drawn::star(kernel)>;
  static_assert(star::run_count == 7);
  static_assert(star::runs[0] == column_run{0, 2, 1, 0b00100});
  static_assert(star::runs[2] == column_run{2, 0, 2, 0b00100});
  static_assert(star::runs[3] == column_run{2, 2, 1, 0b11111});
  static_assert(star::runs[4] == column_run{2, 3, 2, 0b00100});
  static_assert(star::taps(kernel) == 13 && esp::unrolled_taps(kernel, drawn::star(kernel)) == 11);
  static_assert(esp::unrolled_taps(3, drawn::star(3)) == 7);
  static_assert(esp::unrolled_taps(kernel, drawn::first_taps(kernel, 63)) == 15);
  static_assert(esp::unrolled_taps(kernel, drawn::first_taps(kernel, 0)) == 0);
}

TEST_CASE("all taps are no list", "[conv]") {
  static_assert(std::is_same_v<esp::columns_of<extents{3, 4, 5}, kept_taps{}>, esp::all_columns<4>>);
  static_assert(esp::all_columns<4>::rows == 0b1111 && esp::all_columns<4>::taps({3, 4, 5}) == 60);
}

TEST_CASE("runs hold every kept tap once, in order", "[conv]") {
  std::mt19937 engine(1);
  const auto size = [&](unsigned most) { return 1 + static_cast<index_t>(engine() % most); };
  for (int i = 0; i < 500; ++i) {
    const extents kernel{size(4), size(9), size(7)};
    const kept_taps kept = drawn::taps(kernel, static_cast<unsigned>(engine()), static_cast<unsigned>(engine() % 101));
    index_t taps = 0, unrolled = 0, last = -1, wrong = 0;
    esp::each_run(kernel, kept, [&](const column_run& run) {
      wrong += run.rows != 0 && run.count > 0 ? 0 : 1;
      unrolled += run.taps();
      for (index_t kw = run.kw; kw < run.kw + run.count; ++kw) {
        const index_t column = run.kd * kernel.w + kw;
        wrong += column > last ? 0 : 1;
        last = column;
        for (index_t kh = 0; kh < kernel.h; ++kh) {
          const bool has = (run.rows >> kh & 1U) != 0;
          wrong += has == kept.has((run.kd * kernel.h + kh) * kernel.w + kw) ? 0 : 1;
          taps += has ? 1 : 0;
        }
      }
    });
    REQUIRE((wrong == 0 && taps == kept.count(kernel) && unrolled == esp::unrolled_taps(kernel, kept)));
  }
}

TEST_CASE("a set of taps read backwards", "[conv]") {
  std::mt19937 engine(2);
  for (int i = 0; i < 100; ++i) {
    const extents kernel{1 + i % 3, 1 + i % 5, 1 + i % 7};
    const kept_taps kept = drawn::taps(kernel, static_cast<unsigned>(engine()), 50),
                    back = esp::read_backwards(kernel, kept);
    REQUIRE(esp::read_backwards(kernel, back) == kept);
    for (index_t t = 0; t < kernel.volume(); ++t) REQUIRE(back.has(t) == kept.has(kernel.volume() - 1 - t));
  }
}
