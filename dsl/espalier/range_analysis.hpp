// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where the numbers of a graph may leave the range of their type, and which of its nodes show it.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/interval.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Which products of inputs the watched sums of a formula add.
struct input_products {
  bool known = true;  ///< They add nothing else.
  bool of_weights = false, of_gradients = false, mixed = false;
  /// Inputs below 2^-reach or above 2^reach may drive what is computed tap by tap out of range, which no scalar shows:
  /// `w / sqrt(1 + w * w)`. Zero where there is no such formula.
  int reach = 0;
  /// Small inputs are everyday numbers unless they are very small: weights below 1e-9, incoming gradients below 1e-18.
  /// Where a formula's reach ends before, they are taken as they are.
  static constexpr int least_weight = 30, least_gradient = 60;
};

/// What has to be watched in a graph of which the nodes in `live` count. `least` is the safe range's lower bound.
class range_analysis {
 public:
  using marks = std::array<bool, graph::capacity>;

  constexpr range_analysis(const graph& g, const marks& live, double least) : g_(g), live_(live), least_(least) {
    find_underflows();
    for (int id = g_.size; id-- > 0;) {
      if (live_[at(id)]) find_uses(id);
    }
    for (int id = 0; id < g_.size; ++id) {
      if (watched(id)) ++count;
      if (live_[at(id)] && g_[id].op == operation::sum && watches_least(id)) add_product(g_[id].a);
    }
    find_reach();
  }

  int count = 0;
  input_products products{};

  [[nodiscard]] constexpr bool watched(int id) const {
    return live_[at(id)] && g_[id].level != scope::tap && computes(id) && (watches_least(id) || watches_most(id));
  }
  [[nodiscard]] constexpr bool watches_most(int id) const { return !revealed_[at(id)]; }
  /// Whether too small a value of the scalar `id` counts: not if all that uses it are sums, which tell what it is
  /// worth.
  [[nodiscard]] constexpr bool watches_least(int id) const {
    if (!needs_accuracy_[at(id)] || !used_alone_[at(id)]) return false;
    const node& n = g_[id];
    return n.op == operation::sum ? underflows_[at(n.a)] : n.op == operation::multiply || n.op == operation::divide;
  }
  /// A sum of both signs, in a formula with functions, of whose products the inputs do not tell how small they are:
  /// zero says that its terms cancelled. The gradient of a softmax has one that always does.
  [[nodiscard]] constexpr bool cancels(int id) const {
    const node& n = g_[id];
    return n.op == operation::sum && g_.has_functions() && !g_[n.a].range.keeps_sign();
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  /// Whether a node may be infinite or NaN where its operands are not.
  [[nodiscard]] constexpr bool computes(int id) const {
    const node& n = g_[id];
    if (n.op == operation::smallest || n.op == operation::largest) return source(n.a) == unknown;
    if (n.op == operation::threshold) return !of_threshold_is_bounded(n);
    return n.op == operation::add || n.op == operation::subtract || n.op == operation::multiply ||
           n.op == operation::divide || n.op == operation::sum || n.op == operation::exp || n.op == operation::log;
  }
  /// It is at most its sum in size, and that is a number.
  [[nodiscard]] constexpr bool of_threshold_is_bounded(const node& n) const { return g_[n.b].range.bounded(); }
  /// Which nodes are products, or have them for terms: sums and differences of numbers do not underflow.
  constexpr void find_underflows() {
    for (int id = 0; id < g_.size; ++id) {
      const node& n = g_[id];
      bool& may = underflows_[at(id)];
      may = n.op == operation::multiply || n.op == operation::divide || vanishes(n.op);
      if (n.is_condition() || n.op == operation::sqrt || n.op == operation::log) continue;
      for (int operand : {n.a, n.b, n.c}) may = may || (operand >= 0 && underflows_[at(operand)]);
    }
  }
  /// Functions that are nearly zero far below: what is summed of them may have vanished.
  [[nodiscard]] static constexpr bool vanishes(operation op) {
    return op == operation::exp || op == operation::sigmoid || op == operation::softplus;
  }
  /// What node `id` means for its operands; what it means itself is known.
  constexpr void find_uses(int id) {
    const node& n = g_[id];
    if (n.group > 0) take_uses_of(id - n.group, id);
    const bool keeps_least = n.op == operation::negate || n.op == operation::abs || n.op == operation::min ||
                             n.op == operation::max || n.op == operation::select || n.op == operation::detour ||
                             n.op == operation::spread || n.op == operation::sqrt || n.op == operation::tanh ||
                             n.is_reduction();
    const bool adds = n.op == operation::add || n.op == operation::subtract;
    // Infinite or NaN if an operand is, apart from conditions, extremes and divisors.
    const bool keeps_most = adds || n.op == operation::multiply || n.op == operation::divide ||
                            n.op == operation::negate || n.op == operation::abs || n.op == operation::sqrt ||
                            n.op == operation::log || n.op == operation::detour || n.op == operation::sum ||
                            n.op == operation::spread;
    const bool shows = n.level != scope::tap && keeps_most && (computes(id) || revealed_[at(id)]);
    for (int operand : {n.a, n.b, n.c}) {
      if (operand < 0 || (n.op == operation::detour && operand == n.b)) continue;
      bool& needs = needs_accuracy_[at(operand)];
      if (vanishes(n.op)) {
        // Around zero they do not change by what is lost there.
      } else if (adds) {
        // A term beside a constant need not be accurate where it is small.
        needs = needs || (needs_accuracy_[at(id)] && !is_constant(operand == n.a ? n.b : n.a));
      } else if (keeps_least && !(n.op == operation::select && operand == n.a)) {
        needs = needs || needs_accuracy_[at(id)];
      } else {
        needs = true;
      }
      if (n.op != operation::sum) used_alone_[at(operand)] = true;
      // A product that is only summed shows in the sum.
      const bool scales = (n.op == operation::multiply && used_alone_[at(id)]) || n.op == operation::divide ||
                          n.op == operation::sqrt || n.op == operation::log;
      const bool passes = adds || (keeps_least && n.op != operation::sum && n.op != operation::sqrt);
      if (scales || (passes && hides_[at(id)])) hides_[at(operand)] = true;
      // A quotient by what is infinite is zero, which shows where the quotient's least values are watched.
      const bool divides = n.op == operation::divide && operand == n.b;
      if (shows && (!divides || watches_least(id))) revealed_[at(operand)] = true;
    }
    if (id == g_.output) used_alone_[at(id)] = true;
  }

  /// What one group's number means for those who read it, all do.
  constexpr void take_uses_of(int first, int id) {
    for (marks* m : {&needs_accuracy_, &used_alone_, &revealed_, &hides_})
      (*m)[at(id)] = (*m)[at(id)] || (*m)[at(first)];
  }

  /// How far from 1 a value may be: its logarithm is at most `slope` times that of the inputs, and `offset`.
  struct spread {
    double slope = 0, offset = 0;
  };
  [[nodiscard]] constexpr spread spread_of(const node& n, const std::array<spread, graph::capacity>& known) const {
    if (n.op == operation::tap || n.op == operation::incoming) return {1, 0};
    if (n.op == operation::parameter) return {0, 10};
    if (n.op == operation::constant || n.op == operation::epsilon || n.op == operation::known_sum) {
      double size = n.value < 0 ? -n.value : n.value, offset = 0;
      for (; size > 1 && offset < 1100; size /= 2) ++offset;
      for (; size < 1 && size > 0 && offset < 1100; size *= 2) ++offset;
      return {0, offset};
    }
    if (n.op == operation::table) {
      spread result;
      for (index_t t = 0; t < g_.shape.kernel.volume(); ++t) {
        const spread one = spread_of({.op = operation::constant, .value = g_.table_value(n.table(), t)}, known);
        result.offset = larger(result.offset, one.offset);
      }
      return result;
    }
    if (n.is_condition()) return {};
    if (n.op == operation::log) return {0, 30};
    if (vanishes(n.op)) return {1e9, 0};  // of no input that is named is it told how far it goes
    const bool scales = n.op == operation::multiply || n.op == operation::divide;
    spread result;
    for (int operand : {n.op == operation::select ? -1 : n.a, n.b, n.c}) {
      if (operand < 0) continue;
      const spread& x = known[at(operand)];
      result.slope = scales ? result.slope + x.slope : larger(result.slope, x.slope);
      result.offset = scales ? result.offset + x.offset : larger(result.offset, x.offset);
    }
    if (n.op == operation::sqrt) return {result.slope / 2, result.offset / 2};
    if (n.op == operation::add || n.op == operation::subtract) result.offset += 1;
    if (n.op == operation::sum) result.offset += 10;
    return result;
  }
  /// How large and small inputs may be for what no scalar shows.
  constexpr void find_reach() {
    std::array<spread, graph::capacity> known{};
    const double room = least_ > 0x1p-200 ? 120 : 1000;
    for (int id = 0; id < g_.size; ++id) {
      const node& n = g_[id];
      known[at(id)] = spread_of(n, known);
      const bool scales = n.op == operation::multiply || n.op == operation::divide;
      if (!live_[at(id)] || n.level != scope::tap || !scales || !hides_[at(id)] || known[at(id)].slope == 0) continue;
      const double reach = (room - known[at(id)].offset) / known[at(id)].slope;
      // Long pipelines: the estimate says nothing, and everyday numbers would be computed again.
      if (reach < 16) continue;
      const int whole = static_cast<int>(reach);
      if (products.reach == 0 || whole < products.reach) products.reach = whole;
    }
  }

  /// The factors of a product: weights, incoming gradients.
  enum factors : int { neither = 0, weights = 1, gradients = 2, unknown = 4 };
  /// Of which inputs every value of a node has the magnitude, if it is not zero: else `unknown`.
  [[nodiscard]] constexpr int source(int id) const {
    const node& n = g_[id];
    if (n.op == operation::tap) return weights;
    if (n.op == operation::incoming) return gradients;
    if (n.op == operation::constant) return n.value == 0 ? neither : unknown;
    if (n.op == operation::negate || n.op == operation::abs || n.op == operation::detour) return source(n.a);
    const bool chooses = n.op == operation::min || n.op == operation::max || n.op == operation::select;
    if (!chooses) return unknown;
    const int sources = source(n.op == operation::select ? n.c : n.a) | source(n.b);
    return (sources & unknown) != 0 ? int{unknown} : sources;
  }
  /// Enters what a watched sum adds.
  constexpr void add_product(int term) {
    while (g_[term].op == operation::sum || g_[term].op == operation::negate) term = g_[term].a;
    const node& n = g_[term];
    const bool is_product = n.op == operation::multiply;
    const int x = is_product ? source(n.a) : int{unknown}, y = is_product ? source(n.b) : int{unknown};
    if (((x | y) & unknown) != 0) products.known = false;
    if ((x & y & weights) != 0) products.of_weights = true;
    if ((x & y & gradients) != 0) products.of_gradients = true;
    if (((x | y) & weights) != 0 && ((x | y) & gradients) != 0) products.mixed = true;
  }
  /// A constant beside which nothing below the safe range is seen.
  [[nodiscard]] constexpr bool is_constant(int id) const {
    const node& n = g_[id];
    if (n.op != operation::constant && n.op != operation::epsilon) return false;
    return n.value >= least_ || n.value <= -least_;
  }

  const graph& g_;
  const marks& live_;
  double least_;
  marks underflows_{}, needs_accuracy_{}, used_alone_{}, revealed_{}, hides_{};
};

}  // namespace esp::inline ESPALIER_ABI::detail
