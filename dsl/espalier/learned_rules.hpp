// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The rules that the learned and the named numbers of a prior must meet, each a named concept.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/learned_gradient.hpp>
#include <espalier/liveness.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Rejects a name that stands for numbers of two scopes, for a learned and a run-time one, or for learned ones that
/// start from two formulas.
template <class F>
concept EachNameIsOneNumber = !F::value.has_two_of_a_name;

/// Whether a value at this level is the same in all of what a number stands for.
[[nodiscard]] constexpr bool is_one_value(scope level, per part) {
  if (part == per::input) return level == scope::input || level == scope::whole;
  return covers(level, scope_of(part));
}

/// Rejects a start that has several values where the number is one.
template <class F>
concept NumbersStartFromOneValue = [] {
  for (int i = 0; i < F::value.parameter_count; ++i) {
    const named_number& n = F::value.numbers[static_cast<std::size_t>(i)];
    if (n.start >= 0 && !is_one_value(F::value[n.start].level, n.part)) return false;
  }
  return true;
}();

/// Whether a step whose gradient goes past its formula computes with a learned number.
[[nodiscard]] constexpr bool passes_learned_by(const graph& g) {
  const node_marks live = live_nodes(g);
  for (int id = 0; id < g.size; ++id) {
    const node& step = g[id];
    if (!live[static_cast<std::size_t>(id)] || step.op != operation::detour) continue;
    node_marks inside{};
    inside[static_cast<std::size_t>(step.a)] = true;
    inside = with_operands(g, inside, [&](int operand) { return operand == step.b ? -1 : operand; });
    for (int i = 0; i < id; ++i) {
      const bool learned = g[i].op == operation::parameter && g.numbers[g[i].name()].is_learned;
      if (inside[static_cast<std::size_t>(i)] && learned) return true;
    }
  }
  return false;
}

/// Whether the gradient of name `Name` is 0 whatever the weights are.
template <class F, int Name>
inline constexpr bool is_never_learned = [] {
  if constexpr (F::value.numbers[static_cast<std::size_t>(Name)].is_learned) {
    using derived = learned_gradient_formula<typename F::policy_type, Name, F::value.shape, F::eps>;
    const node& result = derived::value[derived::value.output];
    return result.is_constant() && result.value == 0;
  }
  return false;
}();

/// Rejects a learned number that nothing would teach: it stands in conditions alone, or where a gradient rule passes it
/// by.
template <class F>
concept NumbersGetAGradient =
    learned_names(F::value) == 0 || (!passes_learned_by(lowered<typename F::policy_type>(
                                         F::value.shape, {.eps = F::eps, .marks_gradient_rules = true})) &&
                                     []<int... I>(std::integer_sequence<int, I...>) {
                                       return !(is_never_learned<F, I> || ...);
                                     }(std::make_integer_sequence<int, F::value.parameter_count>{}));

}  // namespace esp::inline ESPALIER_ABI::detail
