// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// All that is compiled once per drawn policy: its graph, the compiler's proofs, and the library's own evaluation.
#pragma once

#include <espalier/dsl.hpp>
#include <iterator>
#include <memory>
#include <utility>

#include "drawn/claims.hpp"
#include "drawn/entry.hpp"
#include "drawn/policies.hpp"
#include "drawn/regions.hpp"
#include "drawn/tables.hpp"

namespace drawn {

template <class F, class T>
void evaluate(const T* in, T* out, const T* parameters) {
  static const auto spec = std::make_unique<esp::detail::evaluator<F, T>>();
  (*spec)(in, out, parameters);
}

/// True if a proved value is answered with yes, and its neighbours with no.
template <class F>
consteval bool answers_exactly(esp::fact asked, double proved) {
  asked.value = proved;
  const bool yes = esp::detail::holds<F>(asked);
  asked.value = proved * (1 + 1e-9);
  const bool above = proved != 0 && esp::detail::holds<F>(asked);
  asked.value = proved + 1e-13;
  const bool beside = proved < 1e-3 && proved > -1e-3 && esp::detail::holds<F>(asked);
  return yes && !above && !beside;
}
template <class F>
consteval bool answers_exactly() {
  constexpr const esp::detail::known_facts* known[] = {&esp::detail::facts_of<F>, &esp::detail::filter_facts_of<F>,
                                                       &esp::detail::input_facts_of<F>,
                                                       &esp::detail::whole_facts_of<F>};
  bool all = true;
  for (int s = 0; s < scope_count; ++s) {
    esp::fact asked{.reach = static_cast<esp::detail::scope>(s + 1)};
    asked.kind = esp::detail::fact_kind::total;
    if (known[s]->sum) all = all && answers_exactly<F>(asked, *known[s]->sum);
    asked.kind = esp::detail::fact_kind::norm;
    if (known[s]->l2) all = all && answers_exactly<F>(asked, *known[s]->l2);
  }
  return all;
}
/// The same of a sum of absolute values, and of the norm of the convolution.
template <class F, esp::detail::scope Reach>
consteval bool answers_size_exactly() {
  constexpr std::optional<double> value = esp::detail::l1_of<F, Reach>.value;
  if constexpr (value) {
    constexpr esp::fact yes{.kind = esp::detail::fact_kind::l1_norm, .value = *value, .reach = Reach};
    constexpr esp::fact above{
        .kind = esp::detail::fact_kind::l1_norm, .value = *value * (1 + 1e-9) + 1e-13, .reach = Reach};
    return esp::detail::proves<F, yes>() && !esp::detail::proves<F, above>();
  } else {
    return true;
  }
}
template <class F>
consteval bool answers_norm_exactly() {
  constexpr double norm = esp::detail::lipschitz_of<F, 1, false>;
  if constexpr (norm < 1e300 && norm > 1e-300) {
    constexpr esp::fact yes{.kind = esp::detail::fact_kind::lipschitz, .value = norm};
    constexpr esp::fact below{.kind = esp::detail::fact_kind::lipschitz, .value = norm * (1 - 1e-9)};
    return esp::detail::proves<F, yes>() && !esp::detail::proves<F, below>() && !esp::detail::proves<F, yes, 1, true>();
  } else {
    return true;
  }
}

/// The facts that are said of every number of channels, where no layer gives it.
template <class P, esp::extents Kernel>
esp::detail::known_facts said_of_any_shape(esp::detail::scope reach) {
  constexpr esp::weight_shape any{
      .out = esp::detail::typical_shape.out, .in = esp::detail::typical_shape.in, .kernel = Kernel};
  using typical = esp::detail::formula<P, any>;
  esp::detail::known_facts said;
  const auto ask = [&]<esp::detail::scope Reach, const esp::detail::known_facts & Known>() {
    if constexpr (Known.sum.has_value()) {
      if (esp::establishes<P{}, esp::fact{.kind = esp::detail::fact_kind::total, .value = *Known.sum, .reach = Reach},
                           Kernel>)
        said.sum = Known.sum;
    }
    if constexpr (Known.l2_bound.has_value()) {
      if (esp::establishes<
              P{}, esp::fact{.kind = esp::detail::fact_kind::norm_at_most, .value = *Known.l2_bound, .reach = Reach},
              Kernel>)
        said.l2_bound = Known.l2_bound;
    }
  };
  if (reach == esp::detail::scope::filter)
    ask.template operator()<esp::detail::scope::filter, esp::detail::filter_facts_of<typical>>();
  if (reach == esp::detail::scope::input)
    ask.template operator()<esp::detail::scope::input, esp::detail::input_facts_of<typical>>();
  if (reach == esp::detail::scope::whole)
    ask.template operator()<esp::detail::scope::whole, esp::detail::whole_facts_of<typical>>();
  return said;
}

/// The regions of the table beyond which all is proved zero; as they are asked for in a program.
template <class F>
std::vector<esp::detail::region_info> supports_of() {
  std::vector<esp::detail::region_info> found;
  const auto ask = [&]<auto... Where>() {
    ((esp::detail::proves<F, esp::support<Where>>() ? found.push_back(*esp::support<Where>.region) : void()), ...);
  };
  ask.template operator()<esp::center_tap, esp::neighbors, regions::first_w, regions::plane_h, regions::odd>();
  return found;
}

template <auto Prior, esp::weight_shape Shape>
entry subject(std::uint64_t number) {
  using p = esp::detail::to_policy_t<decltype(Prior)>;
  using f = esp::detail::formula<p, Shape>;
  entry e{.number = number, .graph = &f::value};
  e.proved.at = {esp::detail::facts_of<f>, esp::detail::filter_facts_of<f>, esp::detail::input_facts_of<f>,
                 esp::detail::whole_facts_of<f>};
  static constexpr auto taps = [] {
    std::array<std::optional<double>, static_cast<std::size_t>(Shape.kernel.volume())> values{};
    for (std::size_t t = 0; t < values.size(); ++t) {
      values[t] = esp::detail::fixed_tap(f::value, esp::detail::tap_at(static_cast<esp::index_t>(t), Shape.kernel));
    }
    return values;
  }();
  e.proved.taps = {taps.begin(), taps.end()};
  e.proved.sizes = {esp::detail::l1_of<f, esp::detail::scope::block>, esp::detail::l1_of<f, esp::detail::scope::filter>,
                    esp::detail::l1_of<f, esp::detail::scope::input>, esp::detail::l1_of<f, esp::detail::scope::whole>};
  e.proved.limits = esp::detail::l1_bounds_of<f>;
  e.proved.supports = supports_of<f>();
  const auto ask = [&]<std::size_t... I>(const auto& asked, std::index_sequence<I...>) {
    (asked(std::integral_constant<std::size_t, I>{}), ...);
  };
  ask(
      [&](auto i) {
        constexpr esp::fact claim = asked_moments[i];
        if (esp::detail::proves<f, claim>()) e.proved.moments.push_back({claim.where, claim.value});
      },
      std::make_index_sequence<std::size(asked_moments)>{});
  ask(
      [&](auto i) {
        constexpr esp::fact claim = asked_derivatives[i];
        if (esp::detail::proves<f, claim>()) e.proved.derivatives.push_back(claim);
      },
      std::make_index_sequence<std::size(asked_derivatives)>{});
  ask(
      [&](auto i) {
        constexpr esp::fact claim = asked_symmetries[i];
        if (esp::detail::proves<f, claim>()) e.proved.symmetries.push_back(claim);
      },
      std::make_index_sequence<std::size(asked_symmetries)>{});
  e.proved.float_taps.assign(esp::detail::known_taps<f, float>::value.begin(),
                             esp::detail::known_taps<f, float>::value.end());
  e.proved.double_taps.assign(esp::detail::known_taps<f, double>::value.begin(),
                              esp::detail::known_taps<f, double>::value.end());
  e.proved.finite = esp::detail::proves<f, esp::always_finite>();
  e.proved.lipschitz = esp::detail::lipschitz_of<f, 1, false>;
  e.proved.lipschitz_in_groups = esp::detail::lipschitz_of<f, Shape.out, false>;
  e.answers =
      answers_exactly<f>() && answers_norm_exactly<f>() && answers_size_exactly<f, esp::detail::scope::block>() &&
      answers_size_exactly<f, esp::detail::scope::filter>() && answers_size_exactly<f, esp::detail::scope::input>() &&
      answers_size_exactly<f, esp::detail::scope::whole>();
  e.any_shape.at[1] = said_of_any_shape<p, Shape.kernel>(esp::detail::scope::filter);
  e.any_shape.at[2] = said_of_any_shape<p, Shape.kernel>(esp::detail::scope::input);
  e.any_shape.at[3] = said_of_any_shape<p, Shape.kernel>(esp::detail::scope::whole);
  using any = esp::detail::formula<p, esp::weight_shape{.out = 0, .in = 0, .kernel = Shape.kernel}>;
  e.any_shape.limits = esp::detail::l1_bounds_of<any>;
  e.any_shape.lipschitz = esp::detail::lipschitz_of<any, 1, false>;
  e.evaluate_double = &evaluate<f, double>;
  e.evaluate_float = &evaluate<f, float>;
  return e;
}

}  // namespace drawn
