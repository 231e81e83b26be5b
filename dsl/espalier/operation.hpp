// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What one node of a formula computes, and the four kinds of it.
#pragma once

#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What one node of a formula computes. The order is by kind: leaves, arithmetic, functions, conditions, reductions;
/// the questions below compare with the ends of a kind. `detour` is arithmetic that came late; `mean` is of the
/// language alone, since it lowers to a sum and a quotient.
enum class operation : unsigned char {
  // Leaves: nothing is computed.
  tap,
  incoming,
  constant,
  epsilon,
  parts,
  table,
  known_sum,  // of tables alone, rounded: a number that proofs know exactly
  parameter,
  // Values from values.
  add,
  subtract,
  multiply,
  divide,
  negate,
  sqrt,
  abs,
  min,
  max,
  select,
  // Functions: values from one value.
  exp,
  log,
  tanh,
  sigmoid,
  softplus,
  // Conditions.
  less,
  less_equal,
  negation,
  conjunction,
  disjunction,
  inside,
  // The value of its first operand, with the gradient of its second.
  detour,
  // The value of a reduction over groups of taps, at the taps of each group.
  spread,
  // Reductions: they lower the number of values.
  sum,
  smallest,
  largest,
  // How far a threshold stands from the largest value: a reduction that is no fold.
  threshold,
  mean
};

/// Nothing to compute: a weight, a gradient that arrives, a number, a name.
[[nodiscard]] constexpr bool is_leaf(operation op) { return op <= operation::parameter; }

/// A function of elementary_functions.hpp.
[[nodiscard]] constexpr bool is_function(operation op) { return op >= operation::exp && op <= operation::softplus; }

/// A truth value.
[[nodiscard]] constexpr bool is_condition(operation op) { return op >= operation::less && op <= operation::inside; }

/// One value for many, as a graph has it: `mean` is none.
[[nodiscard]] constexpr bool is_reduction(operation op) { return op >= operation::sum && op <= operation::threshold; }

/// A reduction whose partial results join: taps come one by one, in any parts.
[[nodiscard]] constexpr bool is_fold(operation op) { return is_reduction(op) && op != operation::threshold; }

}  // namespace esp::inline ESPALIER_ABI::detail
