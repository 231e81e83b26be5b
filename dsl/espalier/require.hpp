// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Facts that a program depends on: a fact that is not proved is answered with what is proved instead.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/explain.hpp>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/policy.hpp>
#include <espalier/proof_shape.hpp>
#include <espalier/proved_facts.hpp>
#include <espalier/step_facts.hpp>
#include <espalier/text.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI {

namespace detail {

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

/// The same where the steps before one of `a >> b` have the fact, and that step has not.
template <fixed_string Asked, fixed_string Step, fixed_string Proved>
struct asked_but_lost_by {
  static constexpr bool value = true;
  static_assert(
      Asked.view().empty(),
      "ESP-213: a step of the prior loses this fact; what was asked, the step that loses it and what is proved "
      "in the end stand in the name asked_but_lost_by<...>; put that step before the one that makes the fact "
      "hold, or leave it out");
};

template <class F, int Step>
inline constexpr text step_name =
    explained_name<typename steps_in<typename F::policy_type>::template step<static_cast<std::size_t>(Step)>,
                   F::value.shape>();

template <class F, fact Fact, proof_shape Shape, int LostBy = losing_step<F, Fact, Shape>()>
struct unproved_fact : asked_but_lost_by<as_fixed_string<asked_text<Fact>>(), as_fixed_string<step_name<F, LostBy>>(),
                                         as_fixed_string<proved_of<F>>()> {};
template <class F, fact Fact, proof_shape Shape>
struct unproved_fact<F, Fact, Shape, -1>
    : asked_but_proved_is<as_fixed_string<asked_text<Fact>>(), as_fixed_string<proved_of<F>>()> {};

/// Asks for one fact: `value` is true, and not to be had where the fact is not proved.
template <class F, auto Fact, proof_shape Shape, bool IsQuestion = is_question<Fact>>
struct required_fact : std::true_type {};
template <class F, auto Fact, proof_shape Shape>
requires(!is_proved<F, Fact, Shape, true>)
struct required_fact<F, Fact, Shape, true> : unproved_fact<F, Fact, Shape> {};

}  // namespace detail

/// True; refused where one of the facts is not proved of `Prior` on a kernel of these extents, or on the weight of a
/// layer, with what is proved instead (ESP-066) or the step of `a >> b` that loses it (ESP-213):
/// `static_assert(require_on<extents{1, 5, 5}, prior, zero_sum>)`.
template <detail::proof_shape Shape, auto Prior, auto... Facts>
inline constexpr bool require_on =
    (detail::required_fact<detail::examined<Prior, Shape>, detail::stated<Facts>, Shape>::value && ...);

/// The same for 3 x 3 x 3: `static_assert(require<modes::unit_l2, l2_is<1>, bounds<-1, 1>>)`. Like `establishes`, but
/// it does not compile where `establishes` is false, and says why. Example: examples/custom_constraint.cpp
template <auto Prior, auto... Facts>
inline constexpr bool require =
    (detail::required_fact<detail::examined<Prior, 3>, detail::stated<Facts>, 3>::value && ...);

}  // namespace esp::inline ESPALIER_ABI
