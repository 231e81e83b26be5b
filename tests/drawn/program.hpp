// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A policy as a list of instructions over a whole weight, and what they compute: enclosures of every constrained tap.
///
/// Two roads lead here. `literal` writes down a drawn policy word for word, nothing shared with the library: no
/// simplification, each reduction over the taps it names. `program_of` copies the library's simplified graph.
#pragma once

#include <array>
#include <espalier/graph.hpp>
#include <vector>

#include "drawn/enclosure.hpp"
#include "drawn/tree.hpp"

namespace drawn {

struct instruction {
  esp::detail::operation op = esp::detail::operation::constant;
  esp::detail::scope level = esp::detail::scope::whole;  ///< one value per tap, block, filter, or one
  int a = -1;                                            ///< operands: earlier instructions
  int b = -1;
  int c = -1;
  double value = 0;               ///< of a constant or eps; the index of a parameter
  double uncertainty = 0;         ///< of a constant, relative
  std::vector<bool> mask{};       ///< taps of a reduction, a threshold or of `inside`
  std::vector<double> numbers{};  ///< of a table, tap by tap
  std::vector<int> groups{};      ///< of a reduction in groups or of `spread`: the group of each tap
  esp::detail::scope reach = esp::detail::scope::block;  ///< how far a reduction in groups runs
};

struct program {
  esp::weight_shape shape{};
  std::vector<instruction> code;
  int output = 0;
};

/// The policy as it is written.
program literal(const policy& p);

/// The library's graph as it is. A folded constant is taken to be rounded a few times.
program program_of(const esp::detail::graph& g);

/// What a program is run on: weights, the named parameters, and the constant that stands for eps.
struct input {
  std::vector<double> weight;
  std::array<std::vector<double>, named_count> numbers{};  ///< of each of `named_numbers`, one for each of its parts
  double eps = 0;
};

/// Runs programs; keeps its memory. The rounding mode must be upward.
template <class T>
class machine {
 public:
  /// The enclosure of every constrained tap, in the order of the weight.
  const std::vector<enclosure<T>>& run(const program& p, const input& in);
  /// The enclosures of the last run.
  [[nodiscard]] const std::vector<enclosure<T>>& result() const { return output_; }
  /// True if the last run divided by exactly zero, or by what may be zero.
  [[nodiscard]] bool divided_by_zero() const { return divided_by_zero_; }

 private:
  using value = std::vector<enclosure<T>>;
  void execute(const program& p, const instruction& i, const input& in, value& result);
  enclosure<T> threshold(const program& p, const instruction& i, esp::index_t block) const;
  void reduce_in_groups(const program& p, const instruction& i, value& result);
  void reduce(const program& p, const instruction& i, value& result);

  std::vector<value> values_;
  value output_;
  bool divided_by_zero_ = false;
};

/// The t of which the sum of max(y - t, 0) is `total`: falls where `total` grows, grows with each y. -infinity counts
/// as no y, whatever t is.
template <class T>
T root_above(std::vector<T> y, T total);

extern template class machine<long double>;
extern template class machine<double>;
extern template class machine<float>;

}  // namespace drawn
