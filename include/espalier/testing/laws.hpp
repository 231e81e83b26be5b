// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One battery of laws for every prior, built in or custom, without a test framework:
/// `for (const auto& broken : esp::testing::laws<my_prior>({.idempotent = true})) std::cerr << broken << '\n';`
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <espalier/aligned_buffer.hpp>
#include <espalier/config.hpp>
#include <espalier/error.hpp>
#include <espalier/evaluate.hpp>
#include <espalier/fact.hpp>
#include <espalier/facts.hpp>
#include <espalier/gradient.hpp>
#include <espalier/graph.hpp>
#include <espalier/l1_facts.hpp>
#include <espalier/lower.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/plan.hpp>
#include <espalier/policy.hpp>
#include <espalier/prior/sweep.hpp>
#include <espalier/proof_shape.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/testing/fact_law.hpp>
#include <espalier/testing/law_battery.hpp>
#include <espalier/testing/law_report.hpp>
#include <espalier/valid_prior.hpp>
#include <memory>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace detail {

template <class F, class T>
void run_sweep(const T* in, T* out, const T* parameters) {
  const aligned_buffer<T> scratch(sweep<F, T>::scratch_size);
  sweep<F, T>::run(in, out, parameters, scratch.data());
}
template <class F, class T>
void run_evaluator(const T* in, T* out, const T* parameters) {
  static const auto spec = std::make_unique<evaluator<F, T>>();
  (*spec)(in, out, parameters);
}
template <class F>
void run_gradient(const double* in, const double* incoming, double* out, const double* parameters) {
  const aligned_buffer<double> scratch(sweep<F, double>::scratch_size);
  sweep<F, double>::run(in, out, parameters, scratch.data(), incoming);
}

/// A filter of two blocks of eighths, never zero, constrained by the evaluator: where that is a constant expression,
/// the compiler's arithmetic is at work.
template <class F, class T>
struct constant_table {
  static constexpr auto size = static_cast<std::size_t>(F::value.shape.size());
  using values = std::array<T, size>;
  static constexpr values drawn() {
    values t{};
    for (std::size_t i = 0; i < size; ++i)
      t[i] = static_cast<T>(static_cast<double>((i * 37 + i / 9 * 5) % 23) / 4 - 2.625);
    return t;
  }
  static constexpr values constrained(const values& in) {
    std::array<T, static_cast<std::size_t>(number_count(F::value)) + 1> parameters{};
    parameters.fill(T(0.75));
    values out{};
    evaluator<F, T>{}(in.data(), out.data(), parameters.data());
    return out;
  }
  static constexpr values constant = constrained(drawn());
};
template <class T>
void compare_constants(const T* constant, const T* made, std::size_t size, law_recorder& recorder) {
  for (std::size_t i = 0; i < size; ++i) {
    if (constant[i] == made[i] || (std::isnan(constant[i]) && std::isnan(made[i]))) continue;
    recorder.violated(testing::law::constants, "constant evaluation is not what runs",
                      worded("element ", i, " of a table made while compiling is ", constant[i], ", made at run time ",
                             made[i], sizeof(T) == sizeof(float) ? ", in float" : ", in double"),
                      [] { return law_place{}; });
  }
}
template <class F, class T>
void try_constants(law_recorder& recorder) {
  using table = constant_table<F, T>;
  // Behind a volatile pointer, so that the compiler does not make this one a constant too.
  static constexpr typename table::values in = table::drawn();
  const typename table::values* volatile at = &in;
  const typename table::values made = table::constrained(*at);
  compare_constants(table::constant.data(), made.data(), made.size(), recorder);
}

template <class F, index_t Groups, bool CopiesBorder>
[[nodiscard]] proved_numbers proved_numbers_of() {
  return {.at = {facts_of<F>, filter_facts_of<F>, bounded_inputs_of<F>, whole_facts_of<F>},
          .sizes = {l1_of<F, scope::block>, l1_of<F, scope::filter>, l1_of_inputs<F>, l1_of<F, scope::whole>},
          .lipschitz = lipschitz_of<F, Groups, CopiesBorder>,
          .finite = stays_finite(F::value)};
}

/// The numbers of a formula's names, each as often as the name stands for one; 0.75 where no values are given.
[[nodiscard]] inline std::vector<double> numbers_for(const graph& g, const std::vector<double>& given) {
  const auto names = static_cast<std::size_t>(g.parameter_count);
  if (!given.empty() && given.size() != names) {
    throw error("ESP-237", {"laws was given ", given.size(), " numbers for ", names,
                            " named parameters of the prior; pass one for each, in the order of the formula"});
  }
  std::vector<double> numbers(static_cast<std::size_t>(number_count(g)), 0.75);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(number_offset(g, static_cast<int>(i)));
    std::fill_n(first, numbers_of(g.numbers[i].part, g.shape), given[i]);
  }
  return numbers;
}

/// The shape that a question without channels is tried on.
[[nodiscard]] constexpr weight_shape tried_shape(const weight_shape& asked) {
  return {.out = asked.out == 0 ? 8 : asked.out, .in = asked.in == 0 ? 2 : asked.in, .kernel = asked.kernel};
}

}  // namespace detail

namespace testing {

/// Tries the laws on `Prior`, for weights of `Shape`: kernel extents, then of 8 > 2 channels; a `weight_shape`; or a
/// layer's configuration. Returns what does not hold, each a sentence with the weight that shows it and how to replay.
///
/// On 10,000 hostile blocks in float and in double: the vectorised sweep is the formula; every fact that is proved, and
/// every fact of `options.facts`, holds, as far as rounding lets one see; a prior that claims so changes nothing the
/// second time; NaN goes where the options say. The gradient is the derivative, by differences at some 900 taps. And a
/// table made while compiling equals the one made at run time, bit for bit. That a fact is not contradicted proves
/// nothing: `establishes` does. Throws ESP-237 where `options.parameters` is not one number for each name. Cost: a few
/// seconds to compile, less than one to run for 3 x 3 x 3. Example: docs/custom_constraint.md
template <auto Prior, esp::detail::proof_shape Shape = 3>
[[nodiscard]] law_report laws(const law_options& options = {}) {
  using policy = esp::detail::required_policy<decltype(Prior)>;
  constexpr weight_shape shape = esp::detail::tried_shape(Shape.weight);
  using rules = esp::detail::valid_prior<policy, shape, Shape.eps>;
  static_assert(rules::value || true);
  using f = esp::detail::formula<policy, shape, Shape.eps>;
  using without_eps = esp::detail::formula<policy, shape, 0.0>;
  using gradient = esp::detail::gradient_formula<policy, shape, Shape.eps>;
  using table = esp::detail::formula<policy, weight_shape{.out = 1, .in = 2, .kernel = shape.kernel}, Shape.eps>;

  const std::vector<double> numbers = esp::detail::numbers_for(f::value, options.parameters);
  esp::detail::law_question q{.shape = shape,
                              .groups = Shape.groups,
                              .reach = esp::detail::plan<f>::reach,
                              .facts = esp::detail::statements(
                                  esp::detail::proved_numbers_of<f, Shape.groups, Shape.copies_border>(), f::value),
                              .options = options};
  for (const fact& said : options.facts) q.facts.push_back({said, false});
  esp::detail::law_recorder recorder;
  const auto ideal = &esp::detail::run_sweep<without_eps, double>;
  esp::detail::try_weights<float>(
      {shape, q.reach, numbers, &esp::detail::run_sweep<f, float>, &esp::detail::run_evaluator<f, float>, ideal}, q,
      recorder);
  esp::detail::try_weights<double>(
      {shape, q.reach, numbers, &esp::detail::run_sweep<f, double>, &esp::detail::run_evaluator<f, double>, ideal}, q,
      recorder);
  esp::detail::try_gradient({shape, numbers, &esp::detail::run_sweep<f, double>, &esp::detail::run_gradient<gradient>},
                            q, recorder);
  esp::detail::try_constants<table, float>(recorder);
  esp::detail::try_constants<table, double>(recorder);
  return recorder.report;
}

}  // namespace testing

}  // namespace esp::inline ESPALIER_ABI
