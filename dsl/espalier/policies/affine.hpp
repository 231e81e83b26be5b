// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The policies that move a block to the nearest one that fulfils linear equations.
#pragma once

#include <concepts>
#include <espalier/affine_projection.hpp>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// An equation for a block: the sum over its taps of F(tap) times the tap is V. F is a function as of `at<F>`.
template <auto F, auto V>
requires requires { static_cast<double>(V); }
struct equation_t {
  static constexpr detail::linear_equation row{detail::describe_table<at_t<F>>(), static_cast<double>(V)};
};
template <auto F, auto V>
inline constexpr equation_t<F, V> equation{};

namespace detail {

template <auto Row>
concept IsEquation = requires {
  { decltype(Row)::row } -> std::convertible_to<linear_equation>;
};
/// A fact that is a linear equation of a block: a sum or a moment.
template <auto Row>
concept FactIsEquation = std::is_same_v<std::remove_const_t<decltype(Row)>, fact> &&
                         (Row.kind == fact_kind::moment || Row.kind == fact_kind::total) && Row.reach == scope::block;

}  // namespace detail

/// The nearest block with given weighted sums: `affine<equation<f, 1>, equation<g, 0>>` makes sum(w * at<f>) 1 and
/// sum(w * at<g>) 0.
///
/// w - A^T (A A^T)^-1 (A w - v) for rows A and values v, of which up to 20; the matrix is inverted by the compiler, in
/// fractions. Euclidean projection onto an affine space: idempotent up to rounding; its gradient is the part of the
/// incoming one in the space. Establishes the equations that are facts, as moments<...> are, for rows of whole numbers.
/// Two passes, two loads and two products a row and tap. Errors: ESP-217 for rows that depend on each other, ESP-240.
template <auto... Equations>
struct affine_t : policy<affine_t<Equations...>> {
  static constexpr bool takes_these = sizeof...(Equations) > 0 && (detail::IsEquation<Equations> && ...);
  static_assert(
      takes_these,
      "ESP-240: affine<...> takes equations, and moments<...> the facts sum_is<s> and moment_is<i, j, k, v> of "
      "a block; write for example affine<equation<f, 1>>, moments<zero_sum, moment_is<0, 0, 1, 1>>");

  static constexpr bool lowers_itself = true;
  static constexpr text name() {
    return text("affine<") << static_cast<int>(sizeof...(Equations))
                           << (sizeof...(Equations) == 1 ? " equation>" : " equations>");
  }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    detail::linear_equations rows;
    if constexpr (takes_these) (rows.push_back(Equations.row), ...);
    return detail::lower_affine(g, rows, b);
  }
};
template <auto... Equations>
inline constexpr auto affine = affine_t<Equations...>{};

/// The nearest block with given moments: `moments<sum_is<0>, moment_is<0, 0, 1, 1>>` is a learned first derivative
/// along W, to order 1. The equations are facts, `moment_is<i, j, k, v>` and `sum_is<s>`, which it establishes.
///
/// Euclidean projection; passes and errors as affine. On an axis of one tap a moment is no equation (ESP-217).
template <fact... Facts>
struct moments_t : policy<moments_t<Facts...>> {
  static_assert(
      sizeof...(Facts) > 0 && (detail::FactIsEquation<Facts> && ...),
      "ESP-240: affine<...> takes equations, and moments<...> the facts sum_is<s> and moment_is<i, j, k, v> of "
      "a block; write for example affine<equation<f, 1>>, moments<zero_sum, moment_is<0, 0, 1, 1>>");

  static constexpr bool lowers_itself = true;
  static constexpr text name() {
    text t("moments<");
    const char* separator = "";
    ((t << separator << "<" << Facts.where.d << ", " << Facts.where.h << ", " << Facts.where.w << "> = " << Facts.value,
      separator = ", "),
     ...);
    return t << ">";
  }
  static constexpr int lower(detail::graph& g, const detail::binding& b) {
    detail::linear_equations rows;
    (rows.push_back({.numbers = {.powers = Facts.where}, .value = Facts.value}), ...);
    return detail::lower_affine(g, rows, b);
  }
};
template <fact... Facts>
inline constexpr auto moments = moments_t<Facts...>{};

}  // namespace esp::inline ESPALIER_ABI
