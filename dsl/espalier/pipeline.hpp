// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// `a >> b >> c`: one flat list of policies, applied from left to right; the rules of composition, each a named
/// concept.
#pragma once

#include <boost/hana/concat.hpp>
#include <boost/hana/fold_left.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>
#include <boost/hana/unpack.hpp>
#include <espalier/algebra.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/policy.hpp>
#include <espalier/refused_functions.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_sets.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail::held {

/// Policies applied one after the other; `a >> b` makes it. Never nested: `(a >> b) >> (c >> d)` holds four.
template <class... Steps>
struct pipeline : policy<pipeline<Steps...>> {
  static constexpr bool lowers_itself = true;

  static constexpr text name() {
    text t;
    const char* separator = "";
    ((t << separator << policy_name<Steps>(), separator = " >> "), ...);
    return t;
  }

  template <weight_shape Shape>
  static constexpr text name_on() {
    text t;
    const char* separator = "";
    ((t << separator << explained_name<Steps, Shape>(), separator = " >> "), ...);
    return t;
  }

  /// Lowers each step with its weight bound to the result of the step before: the graph grows by the steps' sum.
  static constexpr int lower(graph& g, const binding& b) {
    return boost::hana::fold_left(boost::hana::tuple_t<Steps...>, b.weight, [&](int weight, auto step) {
      binding inner = b;
      inner.weight = weight;
      return detail::lower<typename decltype(step)::type>(g, inner);
    });
  }
};

}  // namespace detail::held

namespace detail {

template <class P>
inline constexpr auto steps_of = boost::hana::tuple_t<P>;
template <class... Steps>
inline constexpr auto steps_of<held::pipeline<Steps...>> = boost::hana::tuple_t<Steps...>;

/// The flat pipeline of two policies or pipelines.
template <class A, class B>
using joined = typename decltype(boost::hana::unpack(boost::hana::concat(steps_of<A>, steps_of<B>),
                                                     boost::hana::template_<held::pipeline>))::type;

/// `a >> b` without asking the rules: for a constant of the library, which every program that includes it would prove
/// again (a tenth of the language's header). A test compares it with the `>>` that its documentation says.
template <class A, class B>
constexpr joined<A, B> composed_by_name(A, B) {
  return {};
}

/// True if `B` after `A` divides by a value that is zero whatever the weights are, on kernels of extents `Kernel`, and
/// `A` alone does not. A region without taps proves nothing: it belongs to other kernels.
template <class A, class B, extents Kernel>
[[nodiscard]] consteval bool makes_zero_divisor() {
  constexpr weight_shape shape{.out = typical_shape.out, .in = typical_shape.in, .kernel = Kernel};
  constexpr const graph& g = formula<joined<A, B>, shape>::value;
  for (int i = 0; i < g.region_count; ++i) {
    if (g.taps_in(1u << i) == 0) return false;
  }
  return divides_by_zero(g) && !divides_by_zero(formula<A, shape>::value);
}

/// Rejects `subtract<mean> >> normalize<sum>`: `B` would divide by a value that `A` makes zero whatever the weights
/// are. Composition knows no kernel, so it must be zero on a cube and on a kernel of three other, coprime extents;
/// what only some kernels make zero is the layer's to refuse (ESP-042).
template <class A, class B>
concept DividesByNonzero =
    !makes_zero_divisor<A, B, typical_shape.kernel>() || !makes_zero_divisor<A, B, extents{5, 7, 9}>();

template <class A, class B>
concept FitsTheGraph =
    !formula<joined<A, B>>::value.too_long || formula<joined<A, B>>::value.fault != formula_fault::none;

/// The conjunction of the rules of composition, and the only place where they are asked.
template <class A, class B>
concept Composable = Policy<A> && Policy<B> && FitsTheGraph<to_policy_t<A>, to_policy_t<B>> &&
                     DividesByNonzero<to_policy_t<A>, to_policy_t<B>>;

/// Says in one sentence why two policies do not compose; `type` is what they compose to, or `refused_t`.
template <class A, class B, bool BothArePolicies>
struct composition {
  using type = held::refused_t;
};
template <class A, class B>
struct composition<A, B, true> {
  using left = to_policy_t<A>;
  using right = to_policy_t<B>;
  static constexpr bool fits = FitsTheGraph<left, right>;
  static_assert(
      FitsTheGraph<left, right>,
      "ESP-033: the composed formula is too long; it may have 320 nodes, 16 regions and 16 parameters: split it, "
      "or write repeated parts once");
  static constexpr bool divides = !fits || DividesByNonzero<left, right>;
  static_assert(
      !fits || DividesByNonzero<left, right>,
      "ESP-025: this policy divides by a value that the policies before it make zero (subtract<mean> leaves a sum "
      "of zero, so normalize<sum> has nothing to scale); drop one of the two, or normalise by l1 or l2");
  using type = std::conditional_t<fits && divides, joined<left, right>, held::refused_t>;
};

/// Two lambdas compose too, where `esp::operator>>` is visible: argument-dependent lookup does not find it for them.
template <class A, class B>
concept OneIsAPolicy = !IsAnEpilogue<A> && !IsAnEpilogue<B> &&
                       (DeclaresPolicy<A> || DeclaresPolicy<B> || (QuickPolicy<A> && QuickPolicy<B>));

template <class, class>
concept Answered = true;

/// What is asked whether it is a policy: neither side of the `>>` of epilogues; clang asks before it looks at
/// constraints.
template <class P, class A, class B>
using asked_policy = std::conditional_t<IsAnEpilogue<A> || IsAnEpilogue<B>, held::refused_t, P>;

}  // namespace detail

/// `a >> b`: first a, then b, on the result of a. Either side may be a lambda; two of them need `identity >> a >> b`.
///
/// Errors: ESP-020 to ESP-025, ESP-033, ESP-063, on the line of this `>>`. The rules are asked in the return type, so
/// that no second overload, no constraint and no constant evaluation stands between the sentence and that line. Cost:
/// the graphs of all steps, fused: equal parts once, a pass for each depth of nested reductions; nothing at run time.
/// Example: examples/custom_constraint.cpp
template <class A, class B>
requires detail::OneIsAPolicy<A, B> && detail::Answered<A, B>
constexpr auto operator>>(A, B) ->
    typename detail::composition<A, B,
                                 detail::explain_policy<detail::asked_policy<A, A, B>>::value &&
                                     detail::explain_policy<detail::asked_policy<B, A, B>>::value>::type {
  return {};
}

/// Taken where the sentence was said: clang drops a candidate whose return type does not hold.
template <class A, class B>
requires detail::OneIsAPolicy<A, B>
constexpr auto operator>>(A, B) -> detail::held::refused_t {
  return {};
}

}  // namespace esp::inline ESPALIER_ABI
