// SPDX-License-Identifier: BSD-3-Clause
#include <array>
#include <espalier/sum_and_norm.hpp>

#include "support/catch.hpp"

using esp::operation, esp::scope;

TEST_CASE("the sum and the norm are asked for at the scope, and live for a proof", "[sum_and_norm]") {
  esp::graph g;
  g.shape = {.out = 2, .in = 3, .kernel = 3};
  const int w = g.tap();
  for (scope reach : {scope::block, scope::filter, scope::whole}) {
    const auto [total, norm] = esp::ask_sum_and_norm(g, w, reach);
    REQUIRE(g[total].op == operation::sum);
    REQUIRE(g[total].level == reach);
    REQUIRE(total == g.reduce(operation::sum, w, 0, reach));
    REQUIRE(g[norm].op == operation::sqrt);
    REQUIRE(g[norm].a == g.reduce(operation::sum, g.multiply(w, w), 0, reach));
    REQUIRE(g.queries == std::array{total, norm});
  }
}
