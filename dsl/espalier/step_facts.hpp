// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What each step of `a >> b >> c` gains, keeps and loses of what is proved.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/interval.hpp>
#include <espalier/lower.hpp>
#include <espalier/pipeline.hpp>
#include <espalier/policies/identity.hpp>
#include <espalier/policy.hpp>
#include <espalier/proof_shape.hpp>
#include <espalier/proved_facts.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/text.hpp>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The steps of a policy, numbered from 0, and what the first `Count` of them compose to.
template <class P>
struct steps_in {
  static constexpr std::size_t count = 1;
};
template <class... Steps>
struct steps_in<held::pipeline<Steps...>> {
  static constexpr std::size_t count = sizeof...(Steps);
  template <std::size_t I>
  using step = std::tuple_element_t<I, std::tuple<Steps...>>;

  template <class Numbers>
  struct composed;
  template <std::size_t... I>
  struct composed<std::index_sequence<I...>> {
    using type = held::pipeline<step<I>...>;
  };
  template <std::size_t Count>
  using first = typename composed<std::make_index_sequence<Count>>::type;
};

/// The formula after the first `Count` steps of that of `F`.
template <class F, std::size_t Count>
using formula_after =
    formula<typename steps_in<typename F::policy_type>::template first<Count>, F::value.shape, F::eps>;

/// Whether a sum, a norm or bounds are proved, in whichever way.
template <class F>
[[nodiscard]] consteval bool is_known(const fact& f) {
  const bool of_sizes = f.kind == fact_kind::l1_norm || f.kind == fact_kind::l1_norm_at_most;
  if (!of_sizes && holds<F>(f)) return true;
  if (f.kind == fact_kind::total || f.kind == fact_kind::norm) return false;
  return f.reach == scope::block    ? holds_by_l1<F, scope::block>(f)
         : f.reach == scope::filter ? holds_by_l1<F, scope::filter>(f)
         : f.reach == scope::input  ? holds_by_l1<F, scope::input>(f)
                                    : holds_by_l1<F, scope::whole>(f);
}

/// The listed facts with each bound of the taps for itself, since a step may keep one of two.
template <class F>
inline constexpr fact_list single_facts_of = [] {
  fact_list list;
  for (const fact& f : facts_listed_of<F>) {
    if (f.kind != fact_kind::interval) {
      list.push_back(f);
      continue;
    }
    if (f.value > -interval::infinity) list.push_back({.kind = fact_kind::interval, .value = f.value});
    if (f.upper < interval::infinity) {
      list.push_back({.kind = fact_kind::interval, .value = -interval::infinity, .upper = f.upper});
    }
  }
  return list;
}();

/// Whether the taps of class `c` of one formula have their value in another formula of the same kernel too.
template <class From, class To>
[[nodiscard]] consteval bool is_fixed_alike(int c) {
  constexpr const fixed_classes& from = fixed_classes_of<From>;
  constexpr const fixed_classes& to = fixed_classes_of<To>;
  for (index_t t = 0; t < From::value.shape.kernel.volume(); ++t) {
    if (from.classes.class_of(From::value, t) != c) continue;
    const auto other = to.of_tap(To::value, t);
    if (!other || !agrees(*other, *from.value[static_cast<std::size_t>(c)])) return false;
  }
  return true;
}

/// Facts in words, separated by commas, behind what is done with them.
struct fact_words {
  text words{};

  constexpr text& next(std::string_view verb) { return words << (words.empty() ? verb : std::string_view(", ")); }
  constexpr void append_to(text& out, const char*& separator) const {
    if (words.empty()) return;
    out << separator << words;
    separator = "; ";
  }
};

/// What `After` has that `Before` has not, what both have, and what only `Before` has.
template <class Before, class After>
[[nodiscard]] consteval text change_text() {
  fact_words gained, kept, lost;
  const auto side = [](const fact& f) { return f.kind == fact_kind::interval && f.value == -interval::infinity; };
  const auto sharper = [&](const fact& old) {
    for (const fact& f : single_facts_of<After>) {
      if (f.kind == old.kind && f.reach == old.reach && side(f) == side(old)) return true;
    }
    return false;
  };
  for (const fact& f : single_facts_of<After>)
    (is_known<Before>(f) ? kept.next("keeps ") : gained.next("gains ")) << fact_text(f);
  for (const fact& f : single_facts_of<Before>) {
    if (!is_known<After>(f)) {
      lost.next("loses ") << fact_text(f);
    } else if (!sharper(f)) {
      kept.next("keeps ") << fact_text(f);
    }
  }
  constexpr const fixed_classes& before = fixed_classes_of<Before>;
  constexpr const fixed_classes& after = fixed_classes_of<After>;
  for (int c = 0; c < after.classes.count; ++c) {
    if (!after.value[static_cast<std::size_t>(c)]) continue;
    text& out = is_fixed_alike<After, Before>(c) ? kept.next("keeps ") : gained.next("gains ");
    print_fixed_class(out, After::value, after, c);
  }
  for (int c = 0; c < before.classes.count; ++c) {
    if (!before.value[static_cast<std::size_t>(c)] || is_fixed_alike<Before, After>(c)) continue;
    print_fixed_class(lost.next("loses "), Before::value, before, c);
  }
  text out;
  const char* separator = "";
  gained.append_to(out, separator);
  kept.append_to(out, separator);
  lost.append_to(out, separator);
  return out.empty() ? text("nothing is proved before or after") : out;
}
template <class Before, class After>
inline constexpr text change_of = change_text<Before, After>();

/// A line for each step of a pipeline; empty for one policy.
template <class F>
[[nodiscard]] consteval text steps_text() {
  using steps = steps_in<typename F::policy_type>;
  text out;
  if constexpr (steps::count > 1) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      using none = formula<identity_t, F::value.shape, F::eps>;
      ((out << (I == 0 ? "" : "\n") << explained_name<typename steps::template step<I>, F::value.shape>() << ": "
            << change_of<std::conditional_t<I == 0, none, formula_after<F, I == 0 ? 1 : I>>, formula_after<F, I + 1>>),
       ...);
    }(std::make_index_sequence<steps::count>{});
  }
  return out;
}

/// The step of `F` that loses a fact: it is proved of all steps before it, and not after it. None is -1.
template <class F, fact Fact, proof_shape Shape, std::size_t Step = steps_in<typename F::policy_type>::count>
[[nodiscard]] consteval int losing_step() {
  if constexpr (Step <= 1) {
    return -1;
  } else if constexpr (proves<formula_after<F, Step - 1>, Fact, Shape.groups, Shape.copies_border>()) {
    return static_cast<int>(Step) - 1;
  } else {
    return losing_step<F, Fact, Shape, Step - 1>();
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
