// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/bounded_vector.hpp>

#include "support/catch.hpp"

namespace {

constexpr auto of(int first, int last) {
  esp::bounded_vector<int, 4> v;
  for (int i = first; i <= last; ++i) v.push_back(i);
  return v;
}

}  // namespace

TEST_CASE("elements stay in order up to the capacity") {
  STATIC_REQUIRE(of(1, 3).size() == 3);
  STATIC_REQUIRE(of(1, 3)[2] == 3);
  STATIC_REQUIRE(esp::bounded_vector<int, 4>().empty());
  STATIC_REQUIRE(esp::bounded_vector<int, 4>(7)[0] == 7);
  STATIC_REQUIRE(esp::bounded_vector<int, 4>::capacity == 4);
  int sum = 0;
  for (int i : of(1, 4)) sum += i;
  REQUIRE(sum == 10);
}

TEST_CASE("one element too many is dropped and remembered, by copies too") {
  STATIC_REQUIRE(!of(1, 4).overflow());
  constexpr auto full = of(1, 5);
  STATIC_REQUIRE(full.size() == 4);
  STATIC_REQUIRE(full.overflow());
  constexpr auto copy = full;
  STATIC_REQUIRE(copy.overflow());
  constexpr auto marked = [] {
    auto v = of(1, 2);
    v.mark_overflow();
    return v;
  }();
  STATIC_REQUIRE(marked.overflow());
  STATIC_REQUIRE(marked.size() == 2);
}

TEST_CASE("removing moves the last element") {
  constexpr auto v = [] {
    auto made = of(1, 4);
    made.remove(1);
    return made;
  }();
  STATIC_REQUIRE(v.size() == 3);
  STATIC_REQUIRE(v[1] == 4);
  STATIC_REQUIRE(v[2] == 3);
}

TEST_CASE("equality compares sizes and elements, not what lies behind them") {
  constexpr auto shortened = [] {
    auto made = of(1, 4);
    made.remove(3);
    return made;
  }();
  STATIC_REQUIRE(shortened == of(1, 3));
  STATIC_REQUIRE(!(of(1, 3) == of(1, 4)));
  STATIC_REQUIRE(!(of(1, 3) == of(2, 4)));
}
