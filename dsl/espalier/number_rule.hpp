// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a policy asks of the numbers that it takes, so that a named parameter obeys at run time what a written number
/// obeys when it is compiled.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/text.hpp>
#include <limits>
#include <string_view>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A rule for a number, a type with static members: `holds(x)`, or `holds(x, other)` for a pair; `must`, which ends the
/// sentence "the number is -1; it must ..."; where wanted `of`, what the number is, and `id`, the error's own number.
template <class R>
concept NumberRule = (requires(double x) {
  { R::holds(x) } -> std::same_as<bool>;
} || requires(double x) {
  { R::holds(x, x) } -> std::same_as<bool>;
}) && std::convertible_to<decltype(R::must), std::string_view>;

/// Any number, infinities too.
struct is_number_t {
  static constexpr std::string_view must = "be a number";
  static constexpr bool holds(double x) { return x == x; }
};
inline constexpr is_number_t is_number{};

struct is_finite_t {
  static constexpr std::string_view must = "be finite";
  static constexpr bool holds(double x) {
    return x >= -std::numeric_limits<double>::max() && x <= std::numeric_limits<double>::max();
  }
};
inline constexpr is_finite_t is_finite{};

/// Above zero; infinity too, as a bound that never holds.
struct is_positive_t {
  static constexpr std::string_view must = "be positive";
  static constexpr bool holds(double x) { return x > 0; }
};
inline constexpr is_positive_t is_positive{};

/// `is_within<0, 1>`: lo <= x <= hi.
template <auto Lo, auto Hi>
struct is_within_t {
  static constexpr text sentence = text("be within [") << argument_text(Lo) << ", " << argument_text(Hi) << "]";
  static constexpr std::string_view must = sentence.view();
  static constexpr bool holds(double x) { return x >= static_cast<double>(Lo) && x <= static_cast<double>(Hi); }
};
template <auto Lo, auto Hi>
inline constexpr is_within_t<Lo, Hi> is_within{};

namespace detail::held {

/// The value of `x`, which has to obey `Rule`; with `Y`, the two together have to: `Rule::holds(x, y)`.
template <class Rule, class X, class Y = void>
struct checked_t : expression_tag {
  X x;
  Y other;
  constexpr checked_t(X value, Y second) : x(value), other(second) {}
};
template <class Rule, class X>
struct checked_t<Rule, X, void> : expression_tag {
  X x;
  constexpr explicit checked_t(X value) : x(value) {}
};

}  // namespace detail::held

/// `checked<is_positive>(param<"c">)`: the formula `param<"c">`, and a layer refuses a value that is not positive where
/// it enters, with ESP-115 or the rule's own number.
///
/// For the numbers that a policy of your own takes: `checked<is_within<0, 1>>(Leak) * w`. What depends on the weights
/// is not checked. A rule of your own: any empty type that is a `NumberRule`. Cost: none in the sweep.
template <auto Rule, Operand X>
requires NumberRule<std::remove_const_t<decltype(Rule)>>
[[nodiscard]] constexpr auto checked(X x) {
  return detail::held::checked_t<std::remove_const_t<decltype(Rule)>, detail::as_expression_t<X>>{
      detail::as_expression(x)};
}
/// The value of `x`, and a rule for the pair: `checked<rule>(hi, lo)` asks `rule.holds(hi, lo)`.
template <auto Rule, Operand X, Operand Y>
requires NumberRule<std::remove_const_t<decltype(Rule)>>
[[nodiscard]] constexpr auto checked(X x, Y other) {
  return detail::held::checked_t<std::remove_const_t<decltype(Rule)>, detail::as_expression_t<X>,
                                 detail::as_expression_t<Y>>{detail::as_expression(x), detail::as_expression(other)};
}

namespace detail {

/// A rule as a graph stores it: `a` obeys it, or `a` and `b` do.
struct requirement {
  int a = -1;
  int b = -1;
  bool (*holds)(double a, double b) = nullptr;
  std::string_view id;
  std::string_view of;
  std::string_view must;
};

/// The requirement that `Rule` makes of node `a`, or of `a` and `b`.
template <class Rule>
[[nodiscard]] constexpr requirement requirement_of(int a, int b = -1) {
  requirement r{.a = a, .b = b, .id = "ESP-115", .of = "a number of the prior", .must = Rule::must};
  if constexpr (requires { Rule::id; }) r.id = Rule::id;
  if constexpr (requires { Rule::of; }) r.of = Rule::of;
  r.holds = [](double x, [[maybe_unused]] double y) {
    if constexpr (requires { Rule::holds(x, y); }) {
      return static_cast<bool>(Rule::holds(x, y));
    } else {
      return static_cast<bool>(Rule::holds(x));
    }
  };
  return r;
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
