// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What becomes of a layer's sums before they are stored: stages that compose with `>>`, from left to right, as priors
/// do.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/store/stages.hpp>
#include <espalier/expression.hpp>
#include <espalier/gradient.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/prior/pointwise_formula.hpp>
#include <espalier/refused_functions.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/product.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

/// The type of `leaky_relu<a>`.
template <double Slope>
struct leaky_relu_t : detail::held::epilogue_tag {};
/// `a s` where a sum s is at most 0, else s: `leaky_relu<0.1>`. With a below 0 the gradient needs the sums.
template <auto Slope>
inline constexpr leaky_relu_t<static_cast<double>(Slope)> leaky_relu{};

namespace detail {

/// In place of the residual where there is none, and where a call is given its address.
struct no_operand {
  friend constexpr bool operator==(const no_operand&, const no_operand&) = default;
};

namespace held {

/// Stages, and the tensor that one of them adds: what `>>` makes. Never nested.
template <class Operand, class... Stages>
struct epilogue_chain : epilogue_tag {
  using operand_type = Operand;
  using stages = stage_list<Stages...>;

  Operand operand{};
};

/// The formulas of a type of the user's as policies.
template <class F>
struct value_of : policy<value_of<F>> {
  static constexpr auto map(auto s) { return F::value(s); }
};
template <class F>
struct derivative_of : policy<derivative_of<F>> {
  static constexpr auto map(auto s) { return F::derivative(s); }
};

}  // namespace held

/// A function with a formula of its value and one of its derivative.
template <class F>
struct function_stage {
  static constexpr bool from_output = false;
  using value_formula = formula<held::value_of<F>, pointwise_shape>;
  using derivative_formula = formula<held::derivative_of<F>, pointwise_shape>;
  static constexpr bool is_pointwise =
      detail::is_pointwise(value_formula::value) && detail::is_pointwise(derivative_formula::value);

  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> value(const batch<T>& s) {
    return pointwise_formula<value_formula, T>::value(s, s);
  }
  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> passed(const batch<T>& s, const batch<T>& g) {
    return simd::product<T>(g, pointwise_formula<derivative_formula, T>::value(s, s));
  }
};

/// A policy, whose gradient is derived.
template <class P>
struct policy_stage {
  static constexpr bool from_output = false;
  using value_formula = formula<P, pointwise_shape>;
  using passed_formula = gradient_formula<P, pointwise_shape, value_formula::eps>;
  static constexpr bool is_pointwise =
      detail::is_pointwise(value_formula::value) && detail::is_pointwise(passed_formula::value);

  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> value(const batch<T>& s) {
    return pointwise_formula<value_formula, T>::value(s, s);
  }
  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE static batch<T> passed(const batch<T>& s, const batch<T>& g) {
    return pointwise_formula<passed_formula, T>::value(s, g);
  }
};

template <class F>
concept HasValue = requires {
  { F::value(tap_t{}) } -> Operand;
};
template <class F>
concept HasDerivative = requires {
  { F::derivative(tap_t{}) } -> Operand;
};
/// A function has both or is a policy.
template <class F>
concept SaysItsDerivative = HasValue<F> == HasDerivative<F>;

/// The chain that `X` stands for, an empty one of what is none.
template <class X>
struct chain_type {
  using type = held::epilogue_chain<no_operand>;
};
template <class Operand, class... Stages>
struct chain_type<held::epilogue_chain<Operand, Stages...>> {
  using type = held::epilogue_chain<Operand, Stages...>;
};
template <>
struct chain_type<relu_t> {
  using type = held::epilogue_chain<no_operand, relu_stage>;
};
template <double Slope>
struct chain_type<leaky_relu_t<Slope>> {
  using type = held::epilogue_chain<no_operand, leaky_relu_stage<Slope>>;
};
template <class F>
requires(!IsAnEpilogue<F> && HasValue<F> && HasDerivative<F> && function_stage<F>::is_pointwise)
struct chain_type<F> {
  using type = held::epilogue_chain<no_operand, function_stage<F>>;
};
template <class P>
requires(!IsAnEpilogue<P> && !HasValue<P> && Policy<P> && policy_stage<to_policy_t<P>>::is_pointwise)
struct chain_type<P> {
  using type = held::epilogue_chain<no_operand, policy_stage<to_policy_t<P>>>;
};

/// The same, with the reason where `X` is no epilogue.
template <class X>
struct required_chain {
  using type = typename chain_type<X>::type;
  static_assert(SaysItsDerivative<X>,
                "ESP-248: a function of outputs has both `value` and `derivative`, formulas of the sum; add the other: "
                "static constexpr auto derivative(auto s) { return ...; }, or pass the formula alone, as a lambda");
  static_assert(
      !SaysItsDerivative<X> || IsAnEpilogue<X> || type::stages::count > 0,
      "ESP-249: this is no epilogue; write relu, leaky_relu<a>, add(residual), or a formula of the sum "
      "alone, without reductions, regions, tables and parameters: [](auto s) { return s * esp::sigmoid(s); }");
};
template <class X>
using chain_of = typename required_chain<std::remove_cvref_t<X>>::type;

/// The chain of two: one after the other, and the tensor of the one that adds.
template <class A, class B>
struct joined_chains;
template <class X, class... A, class Y, class... B>
struct joined_chains<held::epilogue_chain<X, A...>, held::epilogue_chain<Y, B...>> {
  static constexpr bool one_residual = stage_list<A...>::residuals == 0 || stage_list<B...>::residuals == 0;
  static_assert(one_residual,
                "ESP-244: an epilogue adds one residual, and this one adds two; add the tensors first, add(a + b)");
  static constexpr bool first_adds = stage_list<A...>::residuals > 0;
  using type = std::conditional_t<one_residual, held::epilogue_chain<std::conditional_t<first_adds, X, Y>, A..., B...>,
                                  held::epilogue_chain<X, A...>>;
};

/// A chain as a value, which carries the operand of what it was made from.
template <class X>
[[nodiscard]] constexpr auto as_chain(const X& x) {
  if constexpr (requires { x.operand; }) {
    return x;
  } else {
    return typename chain_type<X>::type{};
  }
}

namespace held {

/// `a >> b`: first a, then b, on what a leaves. One of the two may be a policy, a lambda, or a type with `value` and
/// `derivative`. Rejected when: ESP-244, ESP-248, ESP-249. The rules are asked in the body: clang asks those of a
/// return type of two policies too.
template <class A, class B>
requires(IsAnEpilogue<A> || IsAnEpilogue<B>)
constexpr auto operator>>(const A& a, const B& b) {
  using joined = joined_chains<chain_of<A>, chain_of<B>>;
  if constexpr (joined::first_adds) {
    return typename joined::type{{}, as_chain(a).operand};
  } else {
    return typename joined::type{{}, as_chain(b).operand};
  }
}

}  // namespace held
}  // namespace detail

/// Adds a residual whose address a call is given: `fused_convolution` takes it. A layer takes `add(x)`.
using add_residual_t = detail::held::epilogue_chain<detail::no_operand, detail::residual_stage>;
inline constexpr add_residual_t add_residual{};

}  // namespace esp::inline ESPALIER_ABI
