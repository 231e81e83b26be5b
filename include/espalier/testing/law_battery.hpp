// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The laws themselves, on functions and data: nothing here is compiled once for each prior.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/fact.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/testing/fact_law.hpp>
#include <espalier/testing/gradient_law.hpp>
#include <espalier/testing/hostile_kernels.hpp>
#include <espalier/testing/law_report.hpp>
#include <espalier/testing/law_trial.hpp>
#include <optional>
#include <string>
#include <vector>

namespace esp::inline ESPALIER_ABI {

namespace testing {

/// What becomes of a NaN: it stays in its tap, or reaches all taps that the prior sees together but fixed ones.
enum class after_nan : unsigned char { unsaid, stays, spreads };

/// What a program says of a prior beyond what is proved, and how much is tried.
struct law_options {
  bool idempotent = false;     ///< constraining twice is constraining once, up to rounding
  bool exact = false;          ///< nothing rounds on whole numbers
  bool differentiable = true;  ///< the gradient is the derivative, but at kinks
  after_nan nan = after_nan::unsaid;
  std::vector<fact> facts{};         ///< facts that are not proved, or more than that: `{esp::zero_sum}`
  std::vector<double> parameters{};  ///< values of the prior's named parameters, in their order; 0.75 each if none
  std::uint64_t seed = 1;
  index_t kernels = 10000;  ///< blocks at least, in float and again in double
};

}  // namespace testing

namespace detail {

/// What is asked of a prior, and of what shape.
struct law_question {
  weight_shape shape{};
  index_t groups = 1;
  scope reach = scope::block;
  std::vector<said_fact> facts{};
  testing::law_options options{};

  /// True if a fact asks for blocks where the formula is defined.
  [[nodiscard]] bool needs_defined_blocks() const {
    return std::any_of(facts.begin(), facts.end(), [](const said_fact& s) {
      return s.f.kind != fact_kind::interval && s.f.kind != fact_kind::finite;
    });
  }
};

/// The laws of one trial.
template <class T>
class law_battery {
 public:
  law_battery(const law_question& q, const law_trial<T>& t, law_recorder& recorder) : q_(q), t_(t), r_(recorder) {}

  void run() {
    const index_t together = seen_together(q_.shape, q_.reach);
    for (index_t begin = 0; begin < q_.shape.size(); begin += together) {
      const law_part<T> part(t_, begin, together);
      sweep_is_the_evaluator(part);
      twice_is_once(part);
      nan_goes_where_it_should(part);
      if (part.kind == testing::kernel_kind::ordinary) {
        ++r_.report.ordinary;
        r_.report.defined += part.defined ? 1 : 0;
      }
    }
    for (const scope level : {scope::block, scope::filter, scope::input, scope::whole}) {
      const bool asked =
          std::any_of(q_.facts.begin(), q_.facts.end(), [&](const said_fact& s) { return reach_of(s.f) == level; });
      if (asked) facts_of_level(level, together);
    }
  }

 private:
  static scope reach_of(const fact& f) { return f.kind == fact_kind::lipschitz ? scope::whole : f.reach; }

  void facts_of_level(scope level, index_t together) {
    const weight_shape& s = q_.shape;
    const index_t taps = s.kernel.volume(), step = part_size(s, level);
    if (level == scope::input) {
      const law_part<T> whole(t_, 0, s.size());
      for (index_t i = 0; i < s.in; ++i) {
        const law_part<T> part(t_, i * taps, s.out * taps, taps, s.in * taps);
        facts_hold(level, part, together == taps ? part : whole);
      }
      return;
    }
    const index_t seen = std::max(step, together);
    for (index_t begin = 0; begin < s.size(); begin += step) {
      facts_hold(level, law_part<T>(t_, begin, step), law_part<T>(t_, begin / seen * seen, seen));
    }
  }
  /// `seen` is all that the prior sees together with the part.
  void facts_hold(scope level, const law_part<T>& part, const law_part<T>& seen) {
    const fact_judge<T> judge(part, q_.shape, q_.groups);
    for (const said_fact& said : q_.facts) {
      if (reach_of(said.f) != level || !fact_judge<T>::speaks_of(said.f, part, seen)) continue;
      ++r_.report.comparisons;
      const std::optional<std::string> found = judge.contradiction(said.f);
      if (found) r_.violated(testing::law::fact, said.sentence(), *found, [&] { return part.place(); });
    }
  }
  void sweep_is_the_evaluator(const law_part<T>& part) {
    const bool exactly = q_.options.exact && part.kind == testing::kernel_kind::whole;
    const double allowed = exactly ? 0 : part.allowed();
    if (!(part.unrest < HUGE_VAL) && part.finite) return;  // at the edge of overflow contraction decides
    for (std::size_t n = 0; n < part.size; ++n) {
      const std::size_t i = part.at(n);
      if (agree(t_.out[i], t_.spec[i], allowed)) continue;
      r_.violated(testing::law::sweep, "the vectorised sweep is not the formula",
                  worded("at tap ", n, " it gives ", t_.out[i], ", the evaluator ", t_.spec[i]),
                  [&] { return part.place(); });
    }
  }
  void twice_is_once(const law_part<T>& part) {
    const testing::law_options& o = q_.options;
    if (!o.idempotent || !part.finite || (!o.exact && !part.defined)) return;
    const bool exactly = o.exact && part.kind == testing::kernel_kind::whole;
    const double allowed = exactly ? 0 : (1 + part.total) * part.allowed() + part.eps_effect + 1e-11 * part.most;
    for (std::size_t n = 0; n < part.size; ++n) {
      const std::size_t i = part.at(n);
      if (agree(t_.out[i], t_.again[i], allowed) || !std::isfinite(t_.out[i])) continue;
      r_.violated(testing::law::idempotence, "the prior is not idempotent",
                  worded("tap ", n, " becomes ", t_.out[i], ", and constrained again ", t_.again[i]),
                  [&] { return part.place(); });
    }
  }
  void nan_goes_where_it_should(const law_part<T>& part) {
    const testing::after_nan said = q_.options.nan;
    if (part.kind != testing::kernel_kind::with_nan || said == testing::after_nan::unsaid) return;
    for (std::size_t n = 0; n < part.size; ++n) {
      const std::size_t i = part.at(n);
      const bool expected = !is_fixed(i) && (said == testing::after_nan::spreads || std::isnan(t_.in[i]));
      if (std::isnan(t_.out[i]) == expected) continue;
      r_.violated(testing::law::nan,
                  said == testing::after_nan::stays ? "a NaN does not stay in its tap" : "a NaN does not spread",
                  worded("tap ", n, " of weight ", t_.in[i], " becomes ", t_.out[i]), [&] { return part.place(); });
    }
  }
  [[nodiscard]] bool is_fixed(std::size_t i) const {
    const tap_index at = tap_at(static_cast<index_t>(i) % q_.shape.kernel.volume(), q_.shape.kernel);
    return std::any_of(q_.facts.begin(), q_.facts.end(), [&](const said_fact& s) {
      return s.proved && s.f.kind == fact_kind::fixed_tap && s.f.where == at;
    });
  }
  static bool agree(T a, T b, double allowed) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return a == b || std::fabs(static_cast<double>(a) - static_cast<double>(b)) <= allowed;
  }

  const law_question& q_;
  const law_trial<T>& t_;
  law_recorder& r_;
};

/// All laws of weights in one element type, on as many blocks as are asked for.
template <class T>
void try_weights(const law_subject<T>& s, const law_question& q, law_recorder& recorder) {
  index_t blocks = 0;
  for (std::uint64_t number = 0; blocks < q.options.kernels; ++number) {
    const law_trial<T> trial(s, q.options.seed + number);
    law_battery<T>(q, trial, recorder).run();
    blocks += q.shape.blocks();
  }
  recorder.report.kernels += blocks;
}
/// Where most ordinary weights are outside of what a formula is defined for, its laws were hardly put to the test.
inline void require_tested(const law_question& q, index_t derivatives, law_recorder& recorder) {
  const testing::law_report& r = recorder.report;
  const auto none = [] { return law_place{}; };
  if (q.needs_defined_blocks() && r.ordinary >= 100 && 2 * r.defined < r.ordinary) {
    recorder.violated(testing::law::tested, "the facts were hardly put to the test",
                      worded("the formula is defined on ", r.defined, " of ", r.ordinary, " ordinary weights only"),
                      none);
  }
  if (derivatives >= 60 && 2 * r.differences < derivatives) {
    recorder.violated(testing::law::tested, "the gradient was hardly put to the test",
                      worded("at ", r.differences, " of ", derivatives,
                             " taps only the formula is smooth enough for differences; leave the law out with "
                             ".differentiable = false"),
                      none);
  }
}
inline void try_gradient(const gradient_subject& s, const law_question& q, law_recorder& recorder) {
  index_t asked = 0;
  if (q.options.differentiable) {
    // Some 40 taps of each, a few sweeps over all of the weight for a tap.
    const index_t most = std::max<index_t>(4, q.options.kernels / q.shape.size());
    const auto weights =
        static_cast<std::uint64_t>(std::clamp<index_t>(q.options.kernels / 400, 1, std::min<index_t>(most, 24)));
    for (std::uint64_t number = 0; number < weights; ++number) {
      gradient_is_the_derivative(s, q.options.seed + number, recorder, asked);
    }
  }
  require_tested(q, asked, recorder);
}

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
