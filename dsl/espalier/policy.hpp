// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What a policy is: an empty type with one expression, or a lambda that captures nothing; and what refuses the rest.
#pragma once

#include <concepts>
#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/refused_functions.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <limits>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

struct policy_tag {};

}  // namespace detail::held

/// Base of every policy, built in or custom. `Derived` needs one static member:
///
///     struct whiten_t : esp::policy<whiten_t> {
///       static constexpr auto map(auto w) {
///         auto c = w - esp::mean(w);
///         return c / esp::sqrt(esp::mean(c * c) + esp::eps);
///       }
///     };
///
/// `w` stands for one tap; the result is the formula of its constrained value. Calling a policy object with an
/// expression uses it as a function inside another formula. Rejected when: ESP-021, ESP-022, ESP-034. Example:
/// examples/custom_constraint.cpp
template <class Derived>
struct policy : detail::held::policy_tag {
  template <Expression E>
  constexpr auto operator()(E w) const {
    return detail::as_expression(Derived::map(w));
  }
  template <class... T>
  requires(sizeof...(T) != 1 || !(Expression<T> && ...))
  ESPALIER_UNAVAILABLE(
      "ESP-064: a policy is an object: name it without (), or apply it to a formula inside a policy, "
      "clamp<0>(w)")
  constexpr Derived
  operator()(const T&...) const {
    return {};
  }
};

namespace detail {

/// A policy type that a program declared by deriving from `policy`. Also true for one whose own assertion failed, so
/// that no second sentence says it is no policy (`std::derived_from` is false for such a class in clang).
template <class P>
concept DeclaresPolicy = std::is_base_of_v<held::policy_tag, P>;

template <class P>
concept HoldsNoData = std::is_empty_v<P>;

/// A policy of the language itself that lowers in its own way: `on`, `>>`, `per_filter`.
template <class P>
concept LowersItself = P::lowers_itself;

/// A function of one plain number: `[](double w)`, `map(float w)`. A tap converts to a number only to be refused.
template <class F>
inline constexpr bool is_function_of_a_number = false;
template <class R, class C, Number N>
inline constexpr bool is_function_of_a_number<R (C::*)(N) const> = true;
template <class R, Number N>
inline constexpr bool is_function_of_a_number<R (*)(N)> = true;
template <class F>
concept TakesANumber = requires { requires is_function_of_a_number<decltype(&F::operator())>; } ||
                       requires { requires is_function_of_a_number<decltype(&F::map)>; };

template <class P>
concept HasMap = LowersItself<P> || (!TakesANumber<P> && requires { P::map(tap_t{}); });

template <class P>
concept MapsToExpression = LowersItself<P> || (HasMap<P> && requires {
                             { P::map(tap_t{}) } -> Operand;
                           });

/// A lambda `[](auto w) { return ...; }` of a formula.
template <class F>
concept MapsATap = !DeclaresPolicy<F> && !IsAnEpilogue<F> && !Expression<F> && !Reduction<F> && !TakesANumber<F> &&
                   requires(const F f) {
                     { f(tap_t{}) } -> Operand;
                   };
template <class F>
concept QuickPolicy = MapsATap<F> && std::is_empty_v<F> && std::default_initializable<F>;

/// The formula is known when it is compiled: `map` is constexpr, and so is what it calls.
template <class P>
concept MapsInConstants = LowersItself<P> || requires {
  typename std::bool_constant<(static_cast<void>(P::map(tap_t{})), true)>;
} || requires { typename std::bool_constant<(static_cast<void>(P{}(tap_t{})), true)>; };

}  // namespace detail

/// What `>>`, `on<region>(...)` and a layer accept.
template <class P>
concept Policy =
    ((detail::DeclaresPolicy<P> && detail::HoldsNoData<P> && detail::HasMap<P> && detail::MapsToExpression<P>) ||
     detail::QuickPolicy<P>) &&
    detail::MapsInConstants<P>;

namespace detail {

template <class P>
concept NotAnExpression = !Expression<P> && !Condition<P>;
template <class P>
concept NotAReduction = !Reduction<P>;
template <class P>
concept PolicyOrLambda = DeclaresPolicy<P> || MapsATap<P>;
template <class P>
concept CapturesNothing = !MapsATap<P> || std::is_empty_v<P>;

/// One sentence for each reason why `P` is no policy; the conditions exclude each other, so that only one is printed.
template <class P>
struct explain_policy {
  // Asked here first, where few lines of context stand between the user's line and an error inside `map` or the lambda.
  static_assert(
      requires {
        requires !TakesANumber<P>;
        P::map(tap_t{});
      } ||
      requires(const P p) {
        requires !DeclaresPolicy<P> && !TakesANumber<P> && NotAnExpression<P>;
        p(tap_t{});
      } || true);
  static_assert(NotAnExpression<P>,
                "ESP-020: an expression stands where a policy is expected; wrap the formula in a policy: "
                "[](auto w) { return ...; }");
  static_assert(NotAReduction<P>,
                "ESP-037: a reduction stands where a policy is expected; say what becomes of it: subtract<mean>, "
                "normalize<l2>, or [](auto w) { return w / esp::max(w); }");
  static_assert(
      !NotAnExpression<P> || !NotAReduction<P> || PolicyOrLambda<P>,
      "ESP-024: this is no policy; write one of the vocabulary (clamp<0>), a type derived from esp::policy, or a "
      "lambda [](auto w) { return ...; } that returns a formula of w");
  static_assert(
      CapturesNothing<P>,
      "ESP-023: a lambda used as a policy captures a value; a prior is a type, so write the number in the formula "
      "or name it: param<\"c\">");
  static_assert(
      !DeclaresPolicy<P> || HoldsNoData<P>,
      "ESP-034: a policy has data members; a prior is a type, so make the value a template argument or name it: "
      "param<\"c\">");
  static_assert(!DeclaresPolicy<P> || HasMap<P>,
                "ESP-021: a policy has no usable `map`; add: static constexpr auto map(auto w) { return ...; }");
  static_assert(!DeclaresPolicy<P> || !HasMap<P> || MapsToExpression<P>,
                "ESP-022: `map` returns something that is no formula; return an expression of w or a number");
  static_assert((!MapsToExpression<P> && !QuickPolicy<P>) || MapsInConstants<P>,
                "ESP-063: the formula of a policy is not known when it is compiled; make `map` constexpr, and call "
                "nothing in it that is not");
  static constexpr bool value = Policy<P>;
};

}  // namespace detail

namespace detail::held {

/// A lambda as a policy.
template <class F>
struct quick_t : policy<quick_t<F>> {
  static constexpr text name() { return {"lambda"}; }
  static constexpr auto map(auto w) { return F{}(w); }
};

/// What stands in for a refused policy, so that one mistake prints one error: it leaves the weights as they are.
struct refused_t : policy<refused_t> {
  static constexpr auto map(auto w) { return w; }
};

}  // namespace detail::held

namespace detail {

template <class P>
struct to_policy {
  using type = held::refused_t;
};
template <class P>
requires(DeclaresPolicy<P> && Policy<P>)
struct to_policy<P> {
  using type = P;
};
template <class F>
requires(!DeclaresPolicy<F> && Policy<F>)
struct to_policy<F> {
  using type = held::quick_t<F>;
};

/// `P` itself, a lambda wrapped, or `refused_t`.
template <class P>
using to_policy_t = typename to_policy<std::remove_cvref_t<P>>::type;

/// The same for what must be a policy: where it is none, the reason stands on the line that asked. An assertion in the
/// asking function's own body would make compilers add that its result is no constant.
template <class P, bool = explain_policy<std::remove_cvref_t<P>>::value>
using required_policy = to_policy_t<P>;

/// The name that explanations and layers print: the policy's own, or that of its type without `_t`.
template <class P>
[[nodiscard]] constexpr text policy_name() {
  if constexpr (requires { P::name(); }) {
    return P::name();
  } else {
    return {type_name<P>()};
  }
}

/// The name that `explain` prints, which tells masks and lambdas apart by their taps and formulas (explain.hpp).
template <class P, weight_shape Shape>
[[nodiscard]] constexpr text explained_name();

/// Whether one template number is below another, as a formula computes with them: in double, so that -1 is below 2u.
template <Number A, Number B>
[[nodiscard]] constexpr bool is_below(A a, B b) {
  return static_cast<double>(a) < static_cast<double>(b);
}

template <auto Value>
concept FiniteArgument = Expression<std::remove_const_t<decltype(Value)>> || requires {
  requires Value > -std::numeric_limits<double>::infinity() && Value < std::numeric_limits<double>::infinity();
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
