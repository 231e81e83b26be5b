// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One battery of laws for every prior, built in or custom: `laws::check<my_prior>("my prior", {.idempotent = true})`.
///
/// On 10,000 drawn blocks in float and in double: the sweep equals the evaluator; every fact that the compiler derives
/// holds; a prior that claims so changes nothing the second time; NaN goes where the test says; and a table made at
/// compile time equals the one made at run time.
#pragma once

#include <espalier/aligned_buffer.hpp>
#include <espalier/evaluate.hpp>
#include <espalier/facts.hpp>
#include <espalier/prior/sweep.hpp>
#include <memory>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/laws_core.hpp"

namespace laws {

/// Blocks that share a scope with a NaN are all undefined, so a scope of 500 blocks would leave little to check.
inline constexpr esp::weight_shape per_block{.out = 250, .in = 2, .kernel = {1, 3, 3}};
inline constexpr esp::weight_shape modes_shape{.out = 250, .in = 2, .kernel = 3};
inline constexpr esp::weight_shape small_weight{.out = 5, .in = 2, .kernel = {1, 3, 3}};

template <class F, class T>
void run_sweep(const T* in, T* out, const T* parameters) {
  static esp::aligned_buffer<T> scratch(esp::sweep<F, T>::scratch_size);
  esp::sweep<F, T>::run(in, out, parameters, scratch.data());
}
template <class F, class T>
void run_evaluator(const T* in, T* out, const T* parameters) {
  static const auto spec = std::make_unique<esp::evaluator<F, T>>();
  (*spec)(in, out, parameters);
}

/// The value of each tap where it is proved to be fixed, from one proof.
template <class F>
inline constexpr auto fixed_taps_of = [] {
  constexpr auto taps = static_cast<std::size_t>(F::value.shape.kernel.volume());
  std::array<std::optional<double>, taps> result{};
  const esp::algebra proof(F::value);
  for (std::size_t t = 0; t < taps; ++t) {
    result[t] = proof.constant_at(F::value.output, static_cast<esp::index_t>(t));
  }
  return result;
}();

template <class F>
proved facts_proved_of() {
  return {.at = {esp::facts_of<F>, esp::filter_facts_of<F>, esp::whole_facts_of<F>},
          .taps = {fixed_taps_of<F>.begin(), fixed_taps_of<F>.end()}};
}

template <class P, esp::weight_shape Shape, class T>
subject<T> subject_of(const std::vector<double>& parameters) {
  using f = esp::formula<P, Shape>;
  using without_eps = esp::formula<P, Shape, 0.0>;
  return {.shape = Shape,
          .reach = esp::plan<f>::reach,
          .parameters = parameters,
          .sweep = &run_sweep<f, T>,
          .spec = &run_evaluator<f, T>,
          .ideal = &run_sweep<without_eps, double>};
}

/// Eight blocks of eighths, constrained at compile time by the evaluator and at run time by the sweep.
template <class P, esp::extents Kernel>
void check_constants(const std::string& name, const std::vector<double>& named) {
  using f = esp::formula<P, esp::weight_shape{.out = 4, .in = 2, .kernel = Kernel}>;
  constexpr auto count = static_cast<std::size_t>(f::value.shape.size());
  using table = std::array<double, count>;
  constexpr auto drawn = [] {
    table t{};
    for (std::size_t i = 0; i < count; ++i)
      t[i] = static_cast<double>((i * 37 + i / 9 * 5) % 23) / 4 - 2.625;  // never zero
    return t;
  };
  constexpr double parameters[2]{0.75, 0.75};
  constexpr table constants = [&] {
    const table in = drawn();
    table out{};
    esp::evaluator<f, double>{}(in.data(), out.data(), parameters);
    return out;
  }();
  for (double p : named) REQUIRE(p == 0.75);  // the one value that the table above is made with
  const table in = drawn();
  table swept{};
  run_sweep<f, double>(in.data(), swept.data(), parameters);
  double scale = 3;  // of the input, and of the output if that is larger
  for (double v : constants) scale = v - v == 0 ? std::max(scale, std::fabs(v)) : scale;
  const double allowed = 64 * std::numeric_limits<double>::epsilon() * scale;
  for (std::size_t i = 0; i < count; ++i) {
    INFO(name << ", element " << i << ": constant " << constants[i] << ", sweep " << swept[i]);
    REQUIRE(agree(constants[i], swept[i], allowed));
  }
}

/// All laws for one prior on weights of one shape; named parameters are 0.75. A formula that is NaN on ordinary blocks
/// has no constants to compare: clang refuses arithmetic on NaN in constant expressions.
template <auto Prior, esp::weight_shape Shape = per_block, bool HasConstants = true>
void check(const std::string& name, const claims& claimed = {}) {
  using p = esp::to_policy_t<decltype(Prior)>;
  using f = esp::formula<p, Shape>;
  static_assert(esp::Policy<std::remove_const_t<decltype(Prior)>> && !f::value.too_long);
  const std::vector<double> parameters(static_cast<std::size_t>(f::value.parameter_count), 0.75);
  const proved facts = facts_proved_of<f>();
  for (const report& r : {hold(subject_of<p, Shape, float>(parameters), facts, claimed),
                          hold(subject_of<p, Shape, double>(parameters), facts, claimed)}) {
    INFO(name << ": " << r.first);
    CHECK(r.violations == 0);
    CHECK(r.blocks >= 10000);
    // The facts were put to the test, and on at least half of the ordinary blocks.
    CHECK((!facts.need_regular_blocks() || (2 * r.regular >= r.normal && r.facts >= 100)));
  }
  if constexpr (HasConstants) check_constants<p, Shape.kernel>(name, parameters);
}

}  // namespace laws
