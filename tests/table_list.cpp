// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/table_list.hpp>
// The header under test stands alone above.
#include <limits>

#include "support/catch.hpp"

namespace {

constexpr double lever(esp::tap_index t, esp::extents) { return static_cast<double>(t.w - 1); }
constexpr double middle(esp::tap_index t, esp::extents k) { return static_cast<double>(t.w - k.w / 2); }
constexpr double pole(esp::tap_index t, esp::extents) {
  return t.w == 2 ? std::numeric_limits<double>::quiet_NaN() : 1;
}
constexpr bool is_odd(esp::extents k) { return k.w % 2 == 1; }

constexpr esp::table_list on(esp::extents kernel) {
  esp::table_list list;
  list.shape.kernel = kernel;
  return list;
}

}  // namespace

TEST_CASE("equal tables are one, on the kernel at hand") {
  esp::table_list list = on({1, 1, 3});
  CHECK(list.enter({.value = &lever}).index == 0);
  CHECK(list.enter({.value = &middle}).index == 0);
  CHECK(list.enter({.powers = {0, 0, 1}}).index == 0);
  CHECK(list.enter({.powers = {0, 0, 2}}).index == 1);
  CHECK(list.table_count == 2);
  CHECK(list.table_value(1, 0) == 1);
  esp::table_list wide = on({1, 1, 5});
  CHECK(wide.enter({.value = &lever}).index == 0);
  CHECK(wide.enter({.value = &middle}).index == 1);
}

TEST_CASE("a table that is the same at every tap is entered as its number") {
  esp::table_list list = on({3, 3, 1});
  CHECK(list.enter({.value = &lever}).is_number);
  CHECK(list.enter({.value = &lever}).number == -1);
  CHECK(list.table_count == 0);
  CHECK(!on({1, 1, 2}).enter({.value = &lever}).is_number);
}

TEST_CASE("a table with no number, or for other kernels, is a fault") {
  CHECK(on({1, 1, 3}).enter({.value = &pole}).fault == esp::formula_fault::not_finite);
  CHECK(on({1, 1, 2}).enter({.value = &pole}).fault == esp::formula_fault::none);
  CHECK(on({1, 1, 4}).enter({.value = &lever, .fits = &is_odd}).fault == esp::formula_fault::does_not_fit);
  CHECK(on({1, 1, 3}).enter({.value = &lever, .fits = &is_odd}).fault == esp::formula_fault::none);
}

TEST_CASE("there is room for a number of tables") {
  esp::table_list list = on({1, 1, 129});
  for (esp::index_t n = 1; n <= esp::table_list::table_capacity; ++n)
    CHECK(list.enter({.powers = {0, 0, n}}).index >= 0);
  CHECK(list.enter({.powers = {0, 0, 70}}).index == -1);
}

TEST_CASE("the range of a table is that of its numbers at some taps") {
  esp::table_list list = on({1, 1, 3});
  const int x = list.enter({.value = &lever}).index;
  const auto all = list.range_of_table(x, [](esp::index_t) { return true; });
  CHECK(all.lo == -1);
  CHECK(all.hi == 1);
  CHECK(all.away == 0);
  const auto last = list.range_of_table(x, [](esp::index_t t) { return t == 2; });
  CHECK(last.lo == 1);
  CHECK(last.away == 1);
}
