// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Reductions of a formula: sum, mean, sum of squares, l1, l2, min and max, over a block or a region of it.
///
/// Written plainly a reduction runs over the kernel block; `per_filter` and `whole_weight` (policy.hpp) widen it.
/// Each is an object, so that a policy can take it as an argument: `normalize<sum>`, `subtract<mean>`, `cap<l2, 0.8>`.
#pragma once

#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/groups.hpp>
#include <espalier/operation.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/region.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// All taps of the part that a reduction runs over.
struct everywhere_t {
  static constexpr const char* name = "all";
  static constexpr bool needs_center = false;
  static constexpr bool contains(tap_index, extents) { return true; }
};

template <operation Op, Region R, class X>
struct reduction : expression_tag {
  using expression_tag::operator=;
  X x;
  constexpr explicit reduction(X operand) : x(operand) {}
};

template <operation Op, Partition P, class X>
struct reduction_in_groups : expression_tag {
  using expression_tag::operator=;
  X x;
  constexpr explicit reduction_in_groups(X operand) : x(operand) {}
};

template <operation Op>
struct reducer : reduction_tag {
  using reduction_tag::operator();
  template <Expression X>
  constexpr auto operator()(X x) const {
    return reduction<Op, everywhere_t, X>{x};
  }
  template <Expression X, Region R>
  constexpr auto operator()(X x, R) const {
    return reduction<Op, R, X>{x};
  }
  template <Expression X, Partition P>
  constexpr auto operator()(X x, P) const {
    return reduction_in_groups<Op, P, X>{x};
  }
};

}  // namespace detail::held

namespace detail {

/// Where a reduction runs: a region, or each group of a partition.
template <class R>
concept IsWhereAReductionRuns = Region<R> || Partition<R>;

}  // namespace detail

/// sum of x over the taps, in a fixed order.
struct sum_t : detail::held::reducer<detail::operation::sum> {
  static constexpr const char* name = "sum";
};
inline constexpr sum_t sum{};

/// sum(x) divided by the number of taps it runs over.
struct mean_t : detail::held::reducer<detail::operation::mean> {
  static constexpr const char* name = "mean";
};
inline constexpr mean_t mean{};

/// sum(x * x).
struct sum_of_squares_t : reduction_tag {
  static constexpr const char* name = "sum_of_squares";
  using reduction_tag::operator();
  template <Expression X, detail::IsWhereAReductionRuns... R>
  constexpr auto operator()(X x, R... where) const {
    return sum(x * x, where...);
  }
};
inline constexpr sum_of_squares_t sum_of_squares{};

/// sum(|x|); a plain sum where the sign of x is proved.
struct l1_t : reduction_tag {
  static constexpr const char* name = "l1";
  using reduction_tag::operator();
  template <Expression X, detail::IsWhereAReductionRuns... R>
  constexpr auto operator()(X x, R... where) const {
    return sum(abs(x), where...);
  }
};
inline constexpr l1_t l1{};

/// sqrt(sum(x * x)).
struct l2_t : reduction_tag {
  static constexpr const char* name = "l2";
  using reduction_tag::operator();
  template <Expression X, detail::IsWhereAReductionRuns... R>
  constexpr auto operator()(X x, R... where) const {
    return sqrt(sum(x * x, where...));
  }
};
inline constexpr l2_t l2{};

/// min(x): the smallest tap; NaN if a tap is NaN. min(x, y): tap by tap, `y < x ? y : x`, so a NaN in x stays.
struct min_t : detail::held::reducer<detail::operation::smallest> {
  static constexpr const char* name = "min";
  using detail::held::reducer<detail::operation::smallest>::operator();
  template <class X, class Y>
  requires detail::Operands<X, Y>
  constexpr auto operator()(X x, Y y) const {
    return detail::arithmetic<detail::operation::min>(x, y);
  }
};
inline constexpr min_t min{};

/// max(x): the largest tap; NaN if a tap is NaN. max(x, y): tap by tap, `x < y ? y : x`, so a NaN in x stays.
struct max_t : detail::held::reducer<detail::operation::largest> {
  static constexpr const char* name = "max";
  using detail::held::reducer<detail::operation::largest>::operator();
  template <class X, class Y>
  requires detail::Operands<X, Y>
  constexpr auto operator()(X x, Y y) const {
    return detail::arithmetic<detail::operation::max>(x, y);
  }
};
inline constexpr max_t max{};

}  // namespace esp::inline ESPALIER_ABI
