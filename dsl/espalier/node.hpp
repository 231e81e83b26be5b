// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One operation of a lowered formula: its operands, where its value is constant, what is known of it, and when.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/scope.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI {

/// A conjunction of regions: bit i stands for `graph::regions[i]`. Zero is every tap.
using region_set = unsigned;

/// When a node's value is known. A pass over the weight has four phases: 0 its start, 1 the end of each block, 2 the
/// end of each filter, 3 the end of the whole; `moment` is 4 * pass + phase. A per-tap node always starts a pass.
using moment = int;

[[nodiscard]] constexpr moment next_pass(moment t) { return (t + 3) / 4 * 4; }
[[nodiscard]] constexpr int pass_of(moment t) { return t / 4; }

/// One operation of a formula.
struct node {
  operation op = operation::constant;
  scope level = scope::whole;  ///< where the value is constant
  int a = -1;                  ///< operands: ids of earlier nodes
  int b = -1;
  int c = -1;
  region_set regions = 0;  ///< of a reduction or of `inside`
  double value = 0;        ///< of a constant or of epsilon; the index of a parameter's name; the scope of `parts`
  value_range range{};     ///< for any weights, NaN and infinities too
  moment known = 0;
  bool regular = true;  ///< Finite, in exact arithmetic, for all finite weights and parameters.

  [[nodiscard]] constexpr bool is_reduction() const { return op >= operation::sum && op <= operation::largest; }
  [[nodiscard]] constexpr bool is_condition() const { return op >= operation::less && op <= operation::inside; }
  [[nodiscard]] constexpr bool is_constant() const { return op == operation::constant; }
};

}  // namespace esp::inline ESPALIER_ABI
