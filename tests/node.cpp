// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/node.hpp>

#include "support/catch.hpp"

TEST_CASE("a pass has four moments, and a per-tap value waits for the next pass") {
  STATIC_REQUIRE(esp::next_pass(0) == 0);
  STATIC_REQUIRE(esp::next_pass(1) == 4);
  STATIC_REQUIRE(esp::next_pass(4) == 4);
  STATIC_REQUIRE(esp::pass_of(3) == 0);
  STATIC_REQUIRE(esp::pass_of(7) == 1);
}

TEST_CASE("operations are told apart by kind") {
  using esp::node, esp::operation;
  for (operation op : {operation::sum, operation::smallest, operation::largest}) {
    REQUIRE(node{.op = op}.is_reduction());
    REQUIRE_FALSE(node{.op = op}.is_condition());
  }
  for (operation op : {operation::less, operation::less_equal, operation::conjunction, operation::negation,
                       operation::inside}) {
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
