// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One operation of a lowered formula: its operands, where its value is constant, what is known of it, and when.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/moment.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/value_range.hpp>
#include <initializer_list>  // IWYU pragma: keep

namespace esp::inline ESPALIER_ABI::detail {

/// A conjunction of regions: bit i stands for `graph::regions[i]`. Zero is every tap.
using region_set = unsigned;

/// One operation of a formula.
struct node {
  operation op = operation::constant;
  scope level = scope::whole;  ///< where the value is constant
  int a = -1;                  ///< operands: ids of earlier nodes
  int b = -1;
  int c = -1;
  region_set regions = 0;  ///< of a reduction or of `inside`
  short partition = 0;     ///< of a reduction over groups of taps: which of the graph's partitions, from 1 on
  short group = 0;         ///< and which group: its nodes stand one after the other
  double value = 0;        ///< of a constant, a known sum or epsilon; what else it says has a question below
  value_range range{};     ///< for any weights, NaN and infinities too
  moment known{};
  /// In exact arithmetic, for all finite weights and parameters, with eps as it is: bounded away from zero; finite.
  bool nonzero = false;
  bool regular = true;

  [[nodiscard]] constexpr bool is_reduction() const { return detail::is_reduction(op); }
  [[nodiscard]] constexpr bool is_condition() const { return detail::is_condition(op); }
  [[nodiscard]] constexpr bool is_leaf() const { return detail::is_leaf(op); }
  [[nodiscard]] constexpr bool is_constant() const { return op == operation::constant; }

  /// Of a parameter: which of the graph's names it is.
  [[nodiscard]] constexpr std::size_t name() const { return static_cast<std::size_t>(value); }
  /// Of a table: which of the graph's tables it is.
  [[nodiscard]] constexpr int table() const { return static_cast<int>(value); }
  /// Of `parts`: the scope whose parts it counts.
  [[nodiscard]] constexpr scope counted() const { return static_cast<scope>(value); }
  /// Of a detour: whether its gradient is tangent to what is proved, else it passes as it is.
  [[nodiscard]] constexpr bool is_tangent() const { return value != 0; }
};

/// An argument of exp above this makes numbers that a float does not hold: a condition may guard against them.
inline constexpr double largest_regular_exponent = 60;

/// What `node::nonzero` is of `n`, where `of(id)` is an operand.
template <class Of>
[[nodiscard]] constexpr bool is_nonzero(const node& n, const Of& of) {
  const auto positive = [&](int id) { return of(id).nonzero && of(id).range.nonnegative(); };
  switch (n.op) {
    case operation::constant:
    case operation::epsilon:
      return n.value != 0;
    case operation::parts:
      return true;
    case operation::table:
    case operation::known_sum:
      return n.range.away > 0;
    case operation::add:
      return (positive(n.a) && of(n.b).range.nonnegative()) || (positive(n.b) && of(n.a).range.nonnegative());
    case operation::multiply:
      return of(n.a).nonzero && of(n.b).nonzero;
    case operation::sqrt:
      return positive(n.a);
    case operation::sum:
      return positive(n.a) && (n.partition == 0 || n.regions == 0);  // a group may have no taps of the regions
    case operation::spread:
      return of(n.a).nonzero;
    case operation::max:
      return positive(n.a) || positive(n.b);
    case operation::min:
      return positive(n.a) && positive(n.b);
    case operation::negate:
    case operation::abs:
    case operation::tanh:
      return of(n.a).nonzero;
    case operation::exp:
    case operation::sigmoid:
    case operation::softplus:
      return of(n.a).range.nonnegative();
    default:
      return false;
  }
}

/// What `node::regular` is of `n`.
template <class Of>
[[nodiscard]] constexpr bool is_regular(const node& n, const Of& of) {
  for (int operand : {n.a, n.b, n.c}) {
    if (operand >= 0 && !of(operand).regular) return false;
  }
  if (n.op == operation::divide) return of(n.b).nonzero;
  const bool is_extreme = n.op == operation::smallest || n.op == operation::largest;
  if (is_extreme && n.partition > 0) return n.regions == 0;  // a group may have no taps of the regions
  if (n.op == operation::sqrt) return of(n.a).range.nonnegative();
  if (n.op == operation::log) return of(n.a).nonzero && of(n.a).range.nonnegative();
  if (n.op == operation::exp) return of(n.a).range.hi <= largest_regular_exponent;
  return n.op != operation::constant || ieee::is_finite(n.value);
}

}  // namespace esp::inline ESPALIER_ABI::detail
