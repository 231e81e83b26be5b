// SPDX-License-Identifier: BSD-3-Clause
#include <espalier/conv/cut/core_cost.hpp>

#include "support/catch.hpp"

using esp::detail::step_cost;

TEST_CASE("a step takes what its busiest unit does, and at least the latency of a sum", "[conv]") {
  static_assert(step_cost({0, 0, 0}) == 16 && step_cost({8, 8, 0}) == 16);
  static_assert(step_cost({24, 11, 0}) == 48, "multiply-adds");
  static_assert(step_cost({8, 12, 0}) == 24, "loads");
  static_assert(step_cost({8, 6, 6}) == 30, "loads that straddle lines: one and a half each");
  static_assert(esp::detail::operand_registers <= esp::vector_registers);
  SUCCEED("decided by the compiler");
}
