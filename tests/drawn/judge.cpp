// SPDX-License-Identifier: BSD-3-Clause
#include "drawn/judge.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstdio>
#include <espalier/number_scope.hpp>
#include <limits>
#include <utility>

#include "drawn/plain.hpp"

namespace drawn {

namespace {

std::string text_of(long double x) {
  char text[48];
  std::snprintf(text, sizeof text, "%.21Lg", x);
  return text;
}
template <class T>
std::string text_of(const enclosure<T>& x) {
  return x.is_nan()
             ? "NaN"
             : "[" + text_of(static_cast<long double>(x.lo)) + ", " + text_of(static_cast<long double>(x.hi)) + "]";
}

/// The same weight in numbers of T: what leaves its range becomes its largest number.
template <class T>
input rounded(const input& in) {
  constexpr double largest = static_cast<double>(std::numeric_limits<T>::max());
  input result = in;
  const auto fit = [](double x) {
    if (!std::isfinite(x)) return x;
    return static_cast<double>(static_cast<T>(x > largest ? largest : x < -largest ? -largest : x));
  };
  for (double& x : result.weight) x = fit(x);
  for (auto& numbers : result.numbers) {
    for (double& x : numbers) x = fit(x);
  }
  result.eps = 1e-12;
  return result;
}

}  // namespace

judge::judge(const policy& p, const esp::detail::graph& g, claims proved, claims of_any_shape)
    : literal_(literal(p)),
      own_(program_of(g)),
      proved_(std::move(proved)),
      of_any_shape_(std::move(of_any_shape)),
      bounds_(bounds_alone(proved_)) {
  for (int i = 0; i < g.parameter_count; ++i) {
    offsets_[static_cast<std::size_t>(number_called(g.parameters[static_cast<std::size_t>(i)]))] =
        esp::detail::number_offset(g, i);
  }
  number_count_ = esp::detail::number_count(g);
}

std::optional<std::string> judge::contradiction(const input& in) {
  const rounding_upward mode;
  input ideal = in;
  ideal.eps = 0;
  const auto& weight = exact_.run(literal_, ideal);
  if (auto s = contradicted(proved_, literal_.shape, weight)) return s;
  if (auto s = contradicted(of_any_shape_, literal_.shape, weight)) return "for any number of channels: " + *s;
  return std::nullopt;
}

std::optional<std::string> judge::changed_value(const input& in) {
  const rounding_upward mode;
  input usual = in;
  usual.eps = 1e-12;
  const auto& written = exact_.run(literal_, usual);
  const auto& simplified = simplified_.run(own_, usual);
  if (auto s = contradicted(bounds_, literal_.shape, written)) return "for eps = 1e-12: " + *s;
  if (auto s = not_finite(proved_, written)) return "for eps = 1e-12: " + *s;
  if (exact_.divided_by_zero()) return std::nullopt;
  for (std::size_t t = 0; t < written.size(); ++t) {
    const auto& x = written[t];
    const auto& y = simplified[t];
    if (x.is_unknown() || y.is_unknown() || x.is_nan() || !x.is_finite()) continue;
    if (!y.is_nan() && x.lo <= y.hi && y.lo <= x.hi) continue;
    return "element " + std::to_string(t) + " is " + text_of(x) + " as written, " + text_of(y) + " simplified";
  }
  return std::nullopt;
}

/// The library's evaluation of what is rounded to T already.
template <class T>
std::vector<T> judge::evaluated(const input& usual, run_function<T> run) {
  std::vector<T> weight(usual.weight.begin(), usual.weight.end());
  std::vector<T> result(weight.size());
  std::vector<T> numbers(static_cast<std::size_t>(number_count_) + 1);
  for (std::size_t i = 0; i < offsets_.size(); ++i) {
    if (offsets_[i] < 0) continue;
    std::transform(usual.numbers[i].begin(), usual.numbers[i].end(), numbers.begin() + offsets_[i],
                   [](double x) { return static_cast<T>(x); });
  }
  run(weight.data(), result.data(), numbers.data());
  return result;
}

template <class T>
std::optional<std::string> judge::misevaluated(const input& in, run_function<T> run, const char* what) {
  const input usual = rounded<T>(in);
  const std::vector<T> result = evaluated(usual, run);
  const rounding_upward mode;
  auto& m = [this]() -> machine<T>& {
    if constexpr (sizeof(T) == sizeof(double))
      return double_;
    else
      return float_;
  }();
  const auto& between = m.run(own_, usual);
  for (std::size_t t = 0; t < result.size(); ++t) {
    if (between[t].is_unknown() || between[t].holds(result[t])) continue;
    return std::string(what) + " makes element " + std::to_string(t) + " " +
           text_of(static_cast<long double>(result[t])) + ", which is not in " + text_of(between[t]);
  }
  return std::nullopt;
}

template <class T>
std::optional<std::string> judge::untabulated(const input& in, run_function<T> run, const char* what) {
  const input usual = rounded<T>(in);
  const auto wrong = contradicted(said_in(T{}), run ? evaluated(usual, run) : run_plainly<T>(own_, usual));
  if (!wrong) return std::nullopt;
  return std::string(what) + ": " + *wrong;
}

template std::optional<std::string> judge::misevaluated(const input&, run_function<double>, const char*);
template std::optional<std::string> judge::misevaluated(const input&, run_function<float>, const char*);

/// The first failure with simpler numbers in the weight, as long as it stays a failure.
template <class Test>
std::string shortened(const Test& fails, input in, std::string sentence) {
  const auto simplify = [&](double& x) {
    const double before = x;
    for (double simple : {0.0, 1.0, -1.0, 2.0, -2.0, std::round(before), before < 0 ? -1e300 : 1e300}) {
      x = simple;
      if (simple == before) return;
      if (auto s = fails(in)) return void(sentence = *s);
    }
    x = before;
  };
  for (double& x : in.weight) simplify(x);
  for (auto& numbers : in.numbers) {
    for (double& x : numbers) simplify(x);
  }
  return sentence + "\n  at " + text_of(in);
}

/// How often a test runs: on every weight, on every fourth, on every sixteenth.
constexpr long every[] = {1, 4, 16, 16, 16, 16};

std::vector<judge::test> judge::tests_of(const entry& e, counts& total) {
  std::vector<test> tests{[this](const input& in) { return contradiction(in); },
                          [this](const input& in) { return changed_value(in); }};
  const auto add = [&]<class T>(run_function<T> run, const char* what) {
    if (!run) return;
    tests.push_back([=, this, &total](const input& in) {
      ++total.compared;
      return misevaluated<T>(in, run, what);
    });
  };
  add(e.evaluate_double, "the evaluator in double");
  add(e.evaluate_float, "the evaluator in float");
  add(e.sweep_double, "the sweep in double");
  add(e.sweep_float, "the sweep in float");
  return tests;
}

std::vector<judge::test> judge::tests_of_taps(const entry& e, counts& total) {
  std::vector<test> tests;
  const auto add = [&]<class T>(run_function<T> run, const char* what) {
    tests.push_back([=, this, &total](const input& in) {
      ++total.tabulated;
      return untabulated<T>(in, run, what);
    });
  };
  const auto add_all = [&]<class T>(run_function<T> evaluate, run_function<T> sweep) {
    if (!says_something(said_in(T{}))) return;
    add(run_function<T>{}, sizeof(T) == sizeof(double) ? "step by step in double" : "step by step in float");
    if (evaluate) add(evaluate, "the evaluator");
    if (sweep) add(sweep, "the sweep");
  };
  add_all(e.evaluate_float, e.sweep_float);
  add_all(e.evaluate_double, e.sweep_double);
  return tests;
}

std::optional<std::string> judge::attack(const entry& e, std::uint64_t seed, long weights, counts& total) {
  random_source random(~seed, e.number);
  const std::vector<test> tests = tests_of(e, total), of_taps = tests_of_taps(e, total);
  input in, spoiled;
  long defined_here = 0;
  count(total);
  for (long k = 0; k < weights; ++k) {
    draw_input(random, literal_.shape, in);
    for (std::size_t i = 0; i < tests.size(); ++i) {
      if (k % every[i] != 0) continue;
      if (const auto failure = tests[i](in)) return shortened(tests[i], in, *failure);
      if (i == 0) defined_here += defined(exact_.result());
    }
    for (std::size_t i = 0; i < of_taps.size() && k % 4 == 0; ++i) {
      if (i == 0) spoiled = in;
      if (i == 0 && k % 8 == 0) spoil(random, spoiled);
      if (const auto failure = of_taps[i](spoiled)) return shortened(of_taps[i], spoiled, *failure);
    }
    ++total.weights;
  }
  total.defined += defined_here;
  total.tested += (proved_.any() || of_any_shape_.any()) && defined_here > 0;
  return std::nullopt;
}

void judge::count(counts& total) const {
  bool any[9]{};
  for (const esp::detail::known_facts& k : proved_.at) {
    any[0] |= k.sum.has_value();
    any[1] |= k.l2.has_value();
    any[2] |= k.l2_bound.has_value();
    any[3] |= k.range != esp::detail::interval{};
  }
  for (const auto& v : proved_.taps) any[4] |= v.has_value();
  for (const esp::detail::known_l1& k : proved_.sizes) {
    any[5] |= k.value.has_value();
    any[6] |= k.bound || k.l2_bound;
  }
  any[7] = proved_.lipschitz < esp::detail::interval::infinity;
  any[8] = proved_.finite;
  bool kinds[4]{};
  for (const esp::detail::known_tap& t : proved_.float_taps) kinds[static_cast<std::size_t>(t.kind)] = true;
  total.zero_taps += kinds[1];
  total.constant_taps += kinds[2];
  total.tied_taps += kinds[3];
  ++total.policies;
  total.claiming += proved_.any() || of_any_shape_.any();
  total.sums += any[0];
  total.norms += any[1];
  total.bounds_of_norm += any[2];
  total.intervals += any[3];
  total.fixed_taps += any[4];
  total.sizes += any[5];
  total.bounds_of_size += any[6];
  total.operators += any[7];
  total.finite += any[8];
  total.moments += !proved_.moments.empty();
  total.derivatives += !proved_.derivatives.empty();
  total.symmetries += !proved_.symmetries.empty();
  total.supports += static_cast<long>(proved_.supports.size());
}

std::string text_of(const counts& total) {
  const auto number = [](long n, const char* of) { return std::to_string(n) + of; };
  return number(total.policies, " policies, ") + number(total.weights, " weights (") +
         number(total.defined, " with a finite result), ") + number(total.compared, " evaluations; proved: ") +
         number(total.sums, " sums, ") + number(total.norms, " norms, ") +
         number(total.bounds_of_norm, " bounds of norms, ") + number(total.intervals, " intervals, ") +
         number(total.fixed_taps, " fixed taps, ") + number(total.sizes, " l1 norms, ") +
         number(total.bounds_of_size, " bounds of l1 norms, ") + number(total.operators, " operator norms, ") +
         number(total.finite, " finite results, ") + number(total.moments, " moments, ") +
         number(total.derivatives, " derivatives, ") + number(total.symmetries, " symmetries, ") +
         number(total.supports, " supports, ") + number(total.zero_taps, " zero taps, ") +
         number(total.constant_taps, " constant taps, ") + number(total.tied_taps, " tied taps, on ") +
         number(total.tabulated, " weights");
}

std::string title_of(const policy& p, std::uint64_t number) {
  const esp::weight_shape& s = p.shape;
  return "policy " + std::to_string(number) + ", " + std::to_string(s.out) + " x " + std::to_string(s.in) +
         " blocks of " + std::to_string(s.kernel.d) + " x " + std::to_string(s.kernel.h) + " x " +
         std::to_string(s.kernel.w) + "\n  " + source_of(p);
}

}  // namespace drawn
