// SPDX-License-Identifier: BSD-3-Clause
#include <cstddef>
#include <espalier/liveness.hpp>

#include "support/catch.hpp"

namespace {

using esp::operation, esp::scope;

/// w - sum(w), beside a square and its sum that the output does not need.
struct fixture {
  esp::graph g;
  int w, total, square, norm;

  fixture() {
    g.shape = {.out = 1, .in = 1, .kernel = 3};
    w = g.tap();
    square = g.multiply(w, w);
    norm = g.reduce(operation::sum, square, 0, scope::block);
    total = g.reduce(operation::sum, w, 0, scope::block);
    g.output = g.subtract(w, total);
    g.queries = {norm, -1};
  }
  static bool marks(const esp::node_marks& of, int id) { return of[static_cast<std::size_t>(id)]; }
};

}  // namespace

TEST_CASE_METHOD(fixture, "what the output does not need is dead", "[liveness]") {
  const esp::node_marks live = esp::live_nodes(g);
  REQUIRE(marks(live, g.output));
  REQUIRE(marks(live, w));
  REQUIRE(marks(live, total));
  REQUIRE(!marks(live, square));
  REQUIRE(!marks(live, norm));
}

TEST_CASE_METHOD(fixture, "what a proof asks about is live when it is asked for", "[liveness]") {
  const esp::node_marks live = esp::live_nodes(g, true);
  REQUIRE(marks(live, norm));
  REQUIRE(marks(live, square));
}

TEST_CASE_METHOD(fixture, "a walk may end early, and read another node than the operand", "[liveness]") {
  esp::node_marks marked{};
  marked[static_cast<std::size_t>(norm)] = true;
  const auto ends = esp::with_operands(g, marked, [](int) { return -1; });
  REQUIRE(marks(ends, norm));
  REQUIRE(!marks(ends, square));
  const auto turned = esp::with_operands(g, marked, [this](int) { return w; });
  REQUIRE(marks(turned, w));
  REQUIRE(!marks(turned, square));
}
