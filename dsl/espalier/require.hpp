// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Facts that a program depends on: a fact that is not proved is answered with what is proved instead.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/explain.hpp>
#include <espalier/facts.hpp>
#include <espalier/interval.hpp>
#include <espalier/policy.hpp>
#include <espalier/scope.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// A fact as explanations print it: `sum = 0`, `l2 norm of a filter <= 1`.
[[nodiscard]] constexpr text fact_text(const fact& f) {
  text out;
  const char* const part = f.reach == scope::block    ? ""
                           : f.reach == scope::filter ? " of a filter"
                                                      : " of the whole weight";
  if (f.kind == fact_kind::total) return out << "sum" << part << " = " << f.value;
  if (f.kind == fact_kind::norm) return out << "l2 norm" << part << " = " << f.value;
  if (f.kind == fact_kind::norm_at_most) return out << "l2 norm" << part << " <= " << f.value;
  if (f.kind == fact_kind::interval && f.upper == interval::infinity) return out << "w >= " << f.value;
  if (f.kind == fact_kind::interval) return out << f.value << " <= w <= " << f.upper;
  if (f.center) return out << "center_tap = " << f.value;
  return out << "tap<" << static_cast<long long>(f.where.d) << ", " << static_cast<long long>(f.where.h) << ", "
             << static_cast<long long>(f.where.w) << "> = " << f.value;
}

/// The text as a template argument of its own length, which compilers print as a string.
template <const text& Text>
[[nodiscard]] consteval auto as_fixed_string() {
  char characters[Text.view().size() + 1]{};
  for (std::size_t i = 0; i < Text.view().size(); ++i) characters[i] = Text.view()[i];
  return fixed_string(characters);
}

template <fact Fact>
inline constexpr text asked_text = fact_text(Fact);

/// A class whose name holds what was asked and what is proved: compilers print it above or below the sentence.
template <fixed_string Asked, fixed_string Proved>
struct asked_but_proved_is {
  static constexpr bool value = true;
  static_assert(Asked.view().empty(),
                "ESP-066: this fact is not proved of the prior; what was asked and what is proved instead stand in the "
                "name asked_but_proved_is<...>; compose a policy that makes it hold, or ask for what is proved");
};

/// Asks for one fact: `value` is true, and not to be had where the fact is not proved.
template <class F, auto Fact, bool IsFact = explain_fact<std::remove_const_t<decltype(Fact)>>::value>
struct required_fact : std::true_type {};
template <class F, auto Fact>
requires(!holds<F>(Fact))
struct required_fact<F, Fact, true>
    : asked_but_proved_is<as_fixed_string<asked_text<Fact>>(), as_fixed_string<proved_of<F>>()> {};

}  // namespace detail

/// True; refused where one of the facts is not proved of `Prior` on a kernel of these extents, or on the weight of a
/// layer, with what is proved instead (ESP-066): `static_assert(require_on<extents{1, 5, 5}, prior, zero_sum>)`.
template <detail::proof_shape Shape, auto Prior, auto... Facts>
inline constexpr bool require_on =
    (detail::required_fact<detail::examined_formula<detail::required_policy<decltype(Prior)>, Shape>, Facts>::value &&
     ...);

/// The same for 3 x 3 x 3: `static_assert(require<modes::unit_l2, l2_is<1>, bounds<-1, 1>>)`. Like `establishes`, but
/// it does not compile where `establishes` is false, and says why. Example: examples/custom_constraint.cpp
template <auto Prior, auto... Facts>
inline constexpr bool require =
    (detail::required_fact<detail::examined_formula<detail::required_policy<decltype(Prior)>, 3>, Facts>::value && ...);

}  // namespace esp::inline ESPALIER_ABI
