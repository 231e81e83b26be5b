// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Formulas as types: the tap, numbers, named parameters, arithmetic, comparisons and elementwise functions.
///
/// An expression object holds nothing but the numbers written in it, so equal formulas have equal types. Expressions
/// are the surface only: lower.hpp walks one once and appends it to a graph, where equal parts become one node.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/number_part.hpp>
#include <espalier/operation.hpp>
#include <espalier/refused_members.hpp>
#include <espalier/region.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// A formula with a numeric value: `w - mean(w)`.
template <class E>
concept Expression = std::derived_from<E, expression_tag>;

/// A formula with a truth value, for `select`: `w < 0`, `inside(center_tap)`.
template <class C>
concept Condition = std::derived_from<C, condition_tag>;

/// A function object that makes a formula's value one number for many taps: `sum`, `mean`, `l2`.
template <class R>
concept Reduction = std::derived_from<R, reduction_tag>;

template <class E>
concept Number = std::is_arithmetic_v<E>;

/// What an operator accepts on either side: an expression or a plain number.
template <class E>
concept Operand = Expression<E> || Number<E>;

/// The weight at the tap being computed; the argument of a policy's `map`.
struct tap_t : expression_tag {
  ESPALIER_UNAVAILABLE(
      "ESP-056: a formula cannot be changed, only named: write auto positive = esp::max(w, 0); and go "
      "on with it")
  constexpr expression_tag operator=(detail::held::any_operand) { return {}; }
};

/// A number written in a formula.
struct constant_t : expression_tag {
  using expression_tag::operator=;
  double value;
  constexpr explicit constant_t(double v) : value(v) {}
};

/// The layer's stability constant (`conv3d::eps`, 1e-12 unless set). Facts are derived for eps = 0: docs/facts.md.
struct eps_t : expression_tag {
  using expression_tag::operator=;
};
inline constexpr eps_t eps{};

/// A number that the layer carries and a program sets at run time: `cap<l2, param<"c">>`, then `conv.set<"c">(0.8)`.
/// `param<"c", per::filter>` is one for each output channel.
template <fixed_string Name, per Part = per::weight>
struct parameter_t : expression_tag {
  using expression_tag::operator=;
  static constexpr auto name = Name;
  static constexpr text written() {
    text t("param<\"");
    t << Name.view() << "\"";
    if (Part != per::weight) t << ", " << detail::name_of(Part);
    return t << ">";
  }
};
template <fixed_string Name, per Part = per::weight>
inline constexpr parameter_t<Name, Part> param{};

namespace detail::held {

template <operation Op, class X>
struct unary : expression_tag {
  using expression_tag::operator=;
  X x;
  constexpr explicit unary(X operand) : x(operand) {}
};

template <operation Op, class X, class Y>
struct binary : expression_tag {
  using expression_tag::operator=;
  X x;
  Y y;
  constexpr binary(X left, Y right) : x(left), y(right) {}
};

template <operation Op, class X, class Y>
struct comparison : condition_tag {
  using condition_tag::operator=;
  X x;
  Y y;
  constexpr comparison(X left, Y right) : x(left), y(right) {}
};

template <class C>
struct negated : condition_tag {
  using condition_tag::operator=;
  C x;
  constexpr explicit negated(C operand) : x(operand) {}
};

template <class C, class X, class Y>
struct selection : expression_tag {
  using expression_tag::operator=;
  C condition;
  X x;
  Y y;
  constexpr selection(C c, X yes, Y no) : condition(c), x(yes), y(no) {}
};

template <Region R>
struct membership : condition_tag {
  using condition_tag::operator=;
};

}  // namespace detail::held

namespace detail {

/// A number becomes a constant, an expression stays what it is.
template <Operand E>
[[nodiscard]] constexpr auto as_expression(E e) {
  if constexpr (Expression<E>) {
    return e;
  } else {
    return constant_t{static_cast<double>(e)};
  }
}
template <Operand E>
using as_expression_t = decltype(as_expression(std::declval<E>()));

/// Two operands of an operator; at least one is an expression, so that the operators never touch plain numbers.
template <class X, class Y>
concept Operands = Operand<X> && Operand<Y> && (Expression<X> || Expression<Y>);

template <operation Op, Operand X, Operand Y>
[[nodiscard]] constexpr auto arithmetic(X x, Y y) {
  return held::binary<Op, as_expression_t<X>, as_expression_t<Y>>{as_expression(x), as_expression(y)};
}
template <operation Op, Operand X, Operand Y>
[[nodiscard]] constexpr auto compare(X x, Y y) {
  return held::comparison<Op, as_expression_t<X>, as_expression_t<Y>>{as_expression(x), as_expression(y)};
}

}  // namespace detail

template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator+(X x, Y y) {
  return detail::arithmetic<detail::operation::add>(x, y);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator-(X x, Y y) {
  return detail::arithmetic<detail::operation::subtract>(x, y);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator*(X x, Y y) {
  return detail::arithmetic<detail::operation::multiply>(x, y);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator/(X x, Y y) {
  return detail::arithmetic<detail::operation::divide>(x, y);
}
template <Expression X>
constexpr auto operator-(X x) {
  return detail::held::unary<detail::operation::negate, X>{x};
}
template <Expression X>
constexpr auto operator+(X x) {
  return x;
}

template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator<(X x, Y y) {
  return detail::compare<detail::operation::less>(x, y);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator<=(X x, Y y) {
  return detail::compare<detail::operation::less_equal>(x, y);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator>(X x, Y y) {
  return detail::compare<detail::operation::less>(y, x);
}
template <class X, class Y>
requires detail::Operands<X, Y>
constexpr auto operator>=(X x, Y y) {
  return detail::compare<detail::operation::less_equal>(y, x);
}

template <Condition C>
constexpr auto operator!(C c) {
  return detail::held::negated<C>{c};
}
template <Condition A, Condition B>
constexpr auto operator&&(A a, B b) {
  return detail::held::comparison<detail::operation::conjunction, A, B>{a, b};
}
template <Condition A, Condition B>
constexpr auto operator||(A a, B b) {
  return detail::held::comparison<detail::operation::disjunction, A, B>{a, b};
}

/// |x|.
template <Expression X>
[[nodiscard]] constexpr auto abs(X x) {
  return detail::held::unary<detail::operation::abs, X>{x};
}

/// The correctly rounded square root; NaN for a negative argument.
template <Expression X>
[[nodiscard]] constexpr auto sqrt(X x) {
  return detail::held::unary<detail::operation::sqrt, X>{x};
}

/// x * x.
template <Expression X>
[[nodiscard]] constexpr auto square(X x) {
  return x * x;
}

/// `condition ? x : y`, tap by tap. Both sides are computed.
template <Condition C, Operand X, Operand Y>
[[nodiscard]] constexpr auto select(C condition, X x, Y y) {
  return detail::held::selection<C, detail::as_expression_t<X>, detail::as_expression_t<Y>>{
      condition, detail::as_expression(x), detail::as_expression(y)};
}

/// True at the taps of a region: `select(inside(center_tap), -1, w)`.
template <Region R>
[[nodiscard]] constexpr auto inside(R) {
  return detail::held::membership<R>{};
}

}  // namespace esp::inline ESPALIER_ABI
