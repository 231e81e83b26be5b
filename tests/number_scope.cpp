// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/learned.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_scope.hpp>

#include "support/catch.hpp"

namespace {

using esp::per;

constexpr esp::weight_shape shape{.out = 3, .in = 2, .kernel = 1};

struct mixed_t : esp::policy<mixed_t> {
  static constexpr auto map(auto w) {
    return w * esp::learned<"block", per::block> + esp::param<"c"> * esp::learned<"filter", per::filter> -
           esp::param<"inputs", per::input> * esp::learned<"one">;
  }
};
using table = esp::number_table<esp::formula<mixed_t, shape>>;
using plain = esp::number_table<esp::formula<esp::detail::held::refused_t, shape>>;

}  // namespace

TEST_CASE("how many numbers a name stands for, and which of them a block reads") {
  constexpr per parts[] = {per::weight, per::filter, per::input, per::block};
  constexpr esp::index_t counts[] = {1, 3, 2, 6};
  for (int i = 0; i < 4; ++i) {
    REQUIRE(esp::numbers_of(parts[i], shape) == counts[i]);
    for (esp::index_t n = 0; n < counts[i]; ++n) {
      REQUIRE(esp::number_of_block(parts[i], esp::first_block_of(parts[i], n, 2), 2) == n);
    }
  }
  STATIC_REQUIRE(esp::number_of_block(per::filter, 5, 2) == 2);
  STATIC_REQUIRE(esp::number_of_block(per::input, 5, 2) == 1);
  STATIC_REQUIRE(esp::number_of_block(per::block, 5, 2) == 5);
  STATIC_REQUIRE(esp::number_of_block(per::weight, 5, 2) == 0);
}

TEST_CASE("two numbers together differ as often as blocks of both do") {
  STATIC_REQUIRE(esp::finer(per::filter, per::input) == per::block);
  STATIC_REQUIRE(esp::finer(per::weight, per::input) == per::input);
  STATIC_REQUIRE(esp::finer(per::filter, per::weight) == per::filter);
  STATIC_REQUIRE(esp::finer(per::filter, per::filter) == per::filter);
}

TEST_CASE("learned numbers lie behind the others, each in the order of the formula") {
  STATIC_REQUIRE(table::count == 5);
  STATIC_REQUIRE(table::learned == 3);
  STATIC_REQUIRE(table::is_scoped);
  STATIC_REQUIRE(table::total == 6 + 1 + 3 + 2 + 1);
  STATIC_REQUIRE(table::learned_begin == 3);
  for (int i = 0; i < table::count; ++i) {
    const auto name = table::names[static_cast<std::size_t>(i)];
    const esp::index_t offset = name == "c"        ? 0
                                : name == "inputs" ? 1
                                : name == "block"  ? 3
                                : name == "filter" ? 9
                                                   : 12;
    REQUIRE(table::offset_of(i) == offset);
  }
  STATIC_REQUIRE((plain::total == 0 && plain::learned == 0 && !plain::is_scoped));
}
