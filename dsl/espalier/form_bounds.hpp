// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Numbers that a form of the algebra equals or never exceeds.
#pragma once

#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/group_forms.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/operation.hpp>
#include <espalier/polynomial.hpp>
#include <limits>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// What forms are worth, beside the table that holds them.
class form_bounds : public group_forms {
 public:
  using group_forms::group_forms;

 protected:
  [[nodiscard]] constexpr std::optional<double> constant(const polynomial& p) const {
    auto v = fixed_value(p);
    if (!v && graph_.table_count > 0) v = fixed_value(settled(p));
    if (!v) return std::nullopt;
    return number(*v);
  }

  /// A coefficient as a double that says what it is: not what overflows, vanishes or loses digits.
  [[nodiscard]] static constexpr std::optional<double> number(const coefficient& c) {
    const double x = c.value();
    constexpr double least_normal = std::numeric_limits<double>::min();
    const bool normal = ieee::is_finite(x) && (x >= least_normal || -x >= least_normal);
    return normal || c.is_zero() ? std::optional(x) : std::nullopt;
  }

  /// A constant that `p` never exceeds, where every term of it is a product of what is not negative. A minimum is at
  /// most either operand; what is left may be a share of what it is divided by.
  [[nodiscard]] constexpr std::optional<double> upper_bound(const polynomial& p, int depth) const {
    if (const auto c = constant(p)) return c;
    if (depth == 0 || !adds_up(p)) return std::nullopt;
    for (const term& t : p) {
      for (const factor& f : t.factors) {
        if (is_minimum(f)) return bound_by_minima(p, t, depth);
      }
    }
    return bound_by_shares(p);
  }

 private:
  /// Nothing in it is negative.
  [[nodiscard]] constexpr bool adds_up(const polynomial& p) const {
    bool all = !p.overflow();
    for (const term& t : p) {
      all = all && !t.weight.negative() && !t.weight.unknown() && !t.factors.overflow();
      for (const factor& f : t.factors) all = all && atom_in(f).nonnegative;
    }
    return all;
  }
  [[nodiscard]] constexpr bool is_minimum(const factor& f) const {
    const int id = atom_in(f).node;
    return id >= 0 && f.halves > 0 && f.halves % 2 == 0 && graph_[id].op == operation::min;
  }
  [[nodiscard]] static constexpr bool has(const term& t, const factor& wanted) {
    for (const factor& f : t.factors) {
      if (f == wanted) return true;
    }
    return false;
  }

  /// Puts an operand in the place of a minimum that `first`, a term of `p`, has as a factor.
  [[nodiscard]] constexpr std::optional<double> bound_by_minima(const polynomial& p, const term& first,
                                                                int depth) const {
    std::optional<double> best;
    for (const factor& f : first.factors) {
      if (!is_minimum(f)) continue;
      polynomial with, rest;
      for (const term& t : p) (has(t, f) ? with : rest).push_back(t);
      const auto beside = rest.empty() ? std::optional(0.0) : upper_bound(rest, depth - 1);
      if (!beside) continue;
      const int id = atom_in(f).node;
      for (int side : {graph_[id].a, graph_[id].b}) {
        // Where the second operand is NaN, the first is the result and may exceed what the second's form says.
        if (side == graph_[id].b && ranges_.of(side).nan) continue;
        const polynomial bound = form(side);
        if (bound.size() != 1 || bound.overflow() || bound[0].weight.negative()) continue;
        polynomial replaced = product(with, term{.weight = 1, .factors = factor{f.atom, -f.halves}});
        for (int i = 0; i < f.halves / 2; ++i) replaced = product(replaced, bound);
        const auto candidate = upper_bound(replaced, depth - 1);
        if (candidate && !(best && *best <= *candidate + *beside)) best = *candidate + *beside;
      }
    }
    return best;
  }

  /// Of a polynomial whose terms are numbers, or each a part of the sum that all of them are divided by: a part's share
  /// is at most its weight over that which the sum gives it.
  [[nodiscard]] constexpr std::optional<double> bound_by_shares(const polynomial& p) const {
    coefficient numbers;
    polynomial shares;
    for (const term& t : p) {
      if (t.factors.empty()) numbers = numbers + t.weight;
      if (!t.factors.empty()) shares.push_back(t);
    }
    const auto beside = number(numbers);
    if (shares.empty() || numbers.unknown() || !beside) return std::nullopt;
    std::optional<double> best;
    for (const factor& f : shares[0].factors) {
      const int id = atom_in(f).node;
      if (f.halves != -2 || id < 0) continue;
      const auto most = largest_share(product(shares, term{.weight = 1, .factors = factor{f.atom, 2}}), form(id));
      if (!most) continue;
      const double total = ieee::sum(*beside, *most);
      if (!best || total < *best) best = total;
    }
    return best;
  }
  /// The largest ratio of a term's weight to that of its like in `sum`, if each has one.
  [[nodiscard]] constexpr std::optional<double> largest_share(const polynomial& terms, const polynomial& total) const {
    if (terms.overflow() || !adds_up(total)) return std::nullopt;
    double most = 0;
    for (const term& t : terms) {
      const term* like = nullptr;
      for (const term& s : total) {
        if (t.like(s)) like = &s;
      }
      if (like == nullptr) return std::nullopt;
      const coefficient ratio = t.weight * like->weight.inverse();
      const auto value = number(ratio);
      if (ratio.unknown() || !value) return std::nullopt;
      most = larger(most, *value);
    }
    return most;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
