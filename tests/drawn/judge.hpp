// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Tries a policy's claims and values on one hostile weight after another.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "drawn/claims.hpp"
#include "drawn/entry.hpp"
#include "drawn/kernels.hpp"

namespace drawn {

/// What was tried; a test asks that it is not little.
struct counts {
  long policies = 0;
  long weights = 0;
  long defined = 0;   ///< weights of which the whole result is finite
  long claiming = 0;  ///< policies of which something is proved
  long tested = 0;    ///< of these, policies that were defined somewhere
  long sums = 0, norms = 0, bounds_of_norm = 0, intervals = 0, fixed_taps = 0;  ///< policies with such a fact
  long sizes = 0, bounds_of_size = 0, operators = 0, finite = 0;
  long moments = 0, derivatives = 0, symmetries = 0;     ///< policies with such a fact
  long supports = 0;                                     ///< regions beyond which all is proved zero, of all policies
  long zero_taps = 0, constant_taps = 0, tied_taps = 0;  ///< policies with such a tap
  long tabulated = 0;                                    ///< weights that were compared with the table of their taps
  long compared = 0;  ///< results of the library's own evaluation that were compared with an enclosure
};

class judge {
 public:
  /// `g` is the library's graph of `p`, or what a test plants in its place.
  judge(const policy& p, const esp::detail::graph& g, claims proved, claims of_any_shape = {});

  /// A claim that does not hold at this weight for eps = 0, in exact arithmetic; a bound that does not hold for
  /// another.
  std::optional<std::string> contradiction(const input& in);
  /// A tap of the simplified graph that differs from the formula as it is written, in exact arithmetic. Weights that
  /// divide by zero somewhere are left out: which infinity, or NaN, may then change.
  std::optional<std::string> changed_value(const input& in);
  /// A tap of the library's evaluation that no rounding of the graph's steps explains.
  template <class T>
  std::optional<std::string> misevaluated(const input& in, run_function<T> run, const char* what);
  /// A tap that is not what the table says of it, of a weight that may hold NaN and infinities; `run` null: of the
  /// graph, step by step.
  template <class T>
  std::optional<std::string> untabulated(const input& in, run_function<T> run, const char* what);

  /// All of these on `weights` drawn weights; the first failure, with a weight of numbers as short as they may be.
  std::optional<std::string> attack(const entry& e, std::uint64_t seed, long weights, counts& total);

 private:
  using test = std::function<std::optional<std::string>(const input&)>;
  std::vector<test> tests_of(const entry& e, counts& total);
  std::vector<test> tests_of_taps(const entry& e, counts& total);
  template <class T>
  std::vector<T> evaluated(const input& in, run_function<T> run);
  void count(counts& total) const;

  program literal_;
  program own_;
  std::array<esp::index_t, named_count> offsets_{-1, -1, -1, -1, -1, -1};  ///< where the numbers of each name are
  esp::index_t number_count_ = 0;
  [[nodiscard]] const tap_table& said_in(float) const { return proved_.float_taps; }
  [[nodiscard]] const tap_table& said_in(double) const { return proved_.double_taps; }

  claims proved_;
  claims of_any_shape_;
  claims bounds_;
  machine<long double> exact_, simplified_;
  machine<double> double_;
  machine<float> float_;
};

std::string text_of(const counts& total);

/// How a failure names the policy: number, shape, source.
std::string title_of(const policy& p, std::uint64_t number);

}  // namespace drawn
