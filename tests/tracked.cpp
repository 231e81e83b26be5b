// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/tracked.hpp>
#include <type_traits>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

struct thing : esp::tracked {
  int value = 0;
  explicit thing(int v = 0) : value(v) {}
};

}  // namespace

TEST_CASE("what moves tells where it went", "[tracked]") {
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<thing>);
  STATIC_REQUIRE(std::is_nothrow_move_assignable_v<thing>);
  std::vector<thing> things;
  things.reserve(1);
  things.emplace_back(7);
  const auto place = things[0].watch();
  REQUIRE(*place == &things[0]);
  for (int i = 0; i < 100; ++i) things.emplace_back(i);
  REQUIRE(*place == &things[0]);
  std::swap(things[0], things[50]);
  REQUIRE(*place == &things[50]);
  REQUIRE(static_cast<thing*>(*place)->value == 7);
  things.erase(things.begin(), things.begin() + 10);
  REQUIRE(*place == &things[40]);
  things.clear();
  REQUIRE(*place == nullptr);
}

TEST_CASE("a copy is watched by nobody, and a new value is no move", "[tracked]") {
  thing one(1);
  const auto place = one.watch();
  REQUIRE(one.watch() == place);
  {
    thing copy(one);
    thing assigned;
    assigned = one;
    REQUIRE(*place == &one);
  }
  REQUIRE(*place == &one);
  one = thing(2);  // nobody watched the temporary
  REQUIRE(*place == &one);
  REQUIRE(one.value == 2);
  thing& same = one;
  one = std::move(same);
  REQUIRE(*place == &one);
}

TEST_CASE("a watched object that is overwritten by another is gone", "[tracked]") {
  thing one(1), two(2);
  const auto first = one.watch(), second = two.watch();
  one = std::move(two);
  REQUIRE(*first == nullptr);
  REQUIRE(*second == &one);
}
