// SPDX-License-Identifier: BSD-3-Clause
#include <cstdint>
#include <espalier/conv/cut/team.hpp>
#include <vector>

#include "support/catch.hpp"

using esp::index_t;
using namespace esp::detail;

TEMPLATE_TEST_CASE("a buffer anywhere holds the scratch of a team from a cache line on", "[conv]", float, double) {
  using T = TestType;
  constexpr index_t each = 3 * line_elements<T>;
  static_assert(team_elements<T>(each, 0) == team_elements<T>(each, 1));
  static_assert(team_elements<T>(each, 5) == team_elements<T>(each, 1) + 4 * each);
  for (index_t workers = 1; workers < 4; ++workers) {
    for (index_t first = 0; first <= line_elements<T>; ++first) {
      std::vector<T> memory(static_cast<std::size_t>(first + team_elements<T>(each, workers)));
      T* const begin = memory.data() + first;
      T* const start = line_start(begin);
      REQUIRE(reinterpret_cast<std::uintptr_t>(start) % esp::alignment == 0);
      REQUIRE((start >= begin && start - begin < line_elements<T>));
      REQUIRE(start + workers * each <= memory.data() + memory.size());
    }
  }
}

TEST_CASE("neighbours join while they fit and every worker has tasks", "[conv]") {
  const auto always = [](index_t) { return true; };
  REQUIRE((tasks_wanted(1) == 1 && tasks_wanted(2) == 8 && tasks_wanted(8) == 32));
  REQUIRE(joined_block(100, 8, 1, 1, always) == 8);
  REQUIRE(joined_block(5, 8, 1, 1, always) == 5);
  REQUIRE(joined_block(100, 8, 1, 1, [](index_t block) { return block <= 3; }) == 3);
  REQUIRE(joined_block(100, 8, 1, 1, [](index_t) { return false; }) == 1);
  // 9 planes in blocks of 8 are 8 and 1: even ones are 5 and 4.
  REQUIRE(joined_block(9, 8, 1, 1, always) == 5);
  // 12 planes of 2 others: 8 tasks are blocks of 3.
  REQUIRE(joined_block(12, 8, 2, 8, always) == 3);
  REQUIRE(joined_block(12, 8, 1, 100, always) == 1);
}
