// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/node.hpp>

#include "support/catch.hpp"

TEST_CASE("operations are told apart by kind") {
  using esp::node, esp::operation;
  for (operation op : {operation::sum, operation::smallest, operation::largest}) {
    REQUIRE(node{.op = op}.is_reduction());
    REQUIRE_FALSE(node{.op = op}.is_condition());
  }
  for (operation op :
       {operation::less, operation::less_equal, operation::conjunction, operation::negation, operation::inside}) {
    REQUIRE(node{.op = op}.is_condition());
    REQUIRE_FALSE(node{.op = op}.is_reduction());
  }
  for (operation op : {operation::tap, operation::epsilon, operation::parameter, operation::incoming, operation::parts,
                       operation::add, operation::select, operation::detour}) {
    REQUIRE_FALSE(node{.op = op}.is_reduction());
    REQUIRE_FALSE(node{.op = op}.is_condition());
    REQUIRE_FALSE(node{.op = op}.is_constant());
  }
  REQUIRE(node{}.is_constant());
}

TEST_CASE("a divisor with a guard is not zero, and one without may be") {
  using esp::node, esp::operation;
  node nodes[8];
  const auto of = [&](int id) -> const node& { return nodes[id]; };
  const auto put = [&](int id, node n) {
    n.nonzero = esp::is_nonzero(n, of);
    n.regular = esp::is_regular(n, of);
    nodes[id] = n;
  };
  const esp::value_range any = esp::range_of_finite();
  esp::value_range nonnegative = any;
  nonnegative.lo = 0;
  put(0, {.op = operation::tap, .range = any});
  put(1, {.op = operation::abs, .a = 0, .range = nonnegative});
  put(2, {.op = operation::epsilon, .value = 1e-12, .range = esp::range_of_epsilon(1e-12)});
  put(3, {.op = operation::add, .a = 1, .b = 2, .range = nonnegative});
  put(4, {.op = operation::divide, .a = 0, .b = 3, .range = any});
  put(5, {.op = operation::divide, .a = 0, .b = 1, .range = any});
  put(6, {.op = operation::add, .a = 0, .b = 2, .range = any});
  REQUIRE(nodes[3].nonzero);
  REQUIRE(nodes[4].regular);
  REQUIRE_FALSE(nodes[1].nonzero);
  REQUIRE_FALSE(nodes[5].regular);
  REQUIRE_FALSE(nodes[6].nonzero);
  put(2, {.op = operation::epsilon, .value = 0, .range = esp::range_of_epsilon(0)});
  put(3, {.op = operation::add, .a = 1, .b = 2, .range = nonnegative});
  REQUIRE_FALSE(nodes[3].nonzero);
}

TEST_CASE("what a node's number says is asked by name", "[node]") {
  using esp::operation;
  STATIC_REQUIRE(esp::node{.op = operation::parameter, .value = 3}.name() == 3);
  STATIC_REQUIRE(esp::node{.op = operation::parts, .value = 2}.counted() == esp::scope::filter);
  STATIC_REQUIRE(esp::node{.op = operation::detour, .value = 1}.is_tangent());
  STATIC_REQUIRE_FALSE(esp::node{.op = operation::detour}.is_tangent());
}
