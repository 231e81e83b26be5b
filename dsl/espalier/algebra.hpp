// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Exact algebra over a graph: each node as a sum of products of powers, with eps taken as zero.
///
/// This is what proves that w - mean(w) sums to zero whatever scalar then divides it, and that w / sqrt(sum(w * w)) has
/// norm 1: the sum of the output is one more node, and its normal form is a constant. What the normal form cannot
/// express becomes an atom of its own, so an answer is either proved or absent.
#pragma once

#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/form_bounds.hpp>
#include <espalier/form_table.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/liveness.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/polynomial.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/threshold_form.hpp>
#include <espalier/value_range.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// What is proved holds wherever the value it speaks of is a number: the form of a node equals its value, in exact
/// arithmetic with eps = 0, for every finite weight for which that value is finite. Sums, products, quotients and roots
/// hand on every NaN, and an infinity or its reciprocal, so their forms may cancel x / x. What can drop a NaN (min,
/// max, a choice) is an atom, and its operands' forms are used only where the ranges say that none vanishes there.
class algebra : protected form_bounds {
 public:
  constexpr explicit algebra(const graph& g) : form_bounds(g) {
    if (exhausted()) return;
    const node_marks live = live_nodes(g, true);
    for (int id = 0; id < g.size; ++id) {
      if (live[at(id)] && g[id].partition == 0) keep(id, form_of(id));
    }
  }

  using form_table::classes, form_table::exhausted, form_table::range;

  /// True if a divisor is zero for every weight (with eps = 0).
  [[nodiscard]] constexpr bool divides_by_zero() const { return divides_by_zero_ && !exhausted(); }

  /// The value of a node that is the same for every weight for which the formula is defined.
  [[nodiscard]] constexpr std::optional<double> constant(int id) const {
    return exhausted() ? std::nullopt : form_bounds::constant(form(id));
  }

  /// The value of a node at the taps of class `c`.
  [[nodiscard]] constexpr std::optional<double> constant_in_class(int id, int c) const {
    if (graph_[id].level != scope::tap) return constant(id);
    return exhausted() ? std::nullopt : form_bounds::constant(part(form(id), c));
  }
  /// The value of a node at one tap, by its row-major number.
  [[nodiscard]] constexpr std::optional<double> constant_at(int id, index_t tap) const {
    if (graph_[id].level != scope::tap) return constant(id);
    if (exhausted()) return std::nullopt;
    return form_bounds::constant(form_at(id, tap));
  }

  /// A constant that a non-negative node never exceeds: k = min(1, c / r) is at most each of its operands.
  [[nodiscard]] constexpr std::optional<double> upper_bound(int id) const {
    return exhausted() ? std::nullopt : form_bounds::upper_bound(form(id), 6);
  }

 protected:
  /// `result` and the sum in `direction` of what has the form `p`, over a region but for the classes `known`; overflows
  /// where a product is too long.
  [[nodiscard]] constexpr polynomial summed(const polynomial& p, scope direction, region_set regions,
                                            const node_marks& known = {}, polynomial result = {}) {
    inherit_overflow(result, p);
    for (const term& t : p) {
      if (t.tap_class >= 0 && (!classes_[t.tap_class].in(regions) || known[at(t.tap_class)])) continue;
      term outer{.weight = t.weight};
      monomial inner;
      for (const factor& f : t.factors) {
        (covers(atom_in(f).level, direction) ? outer.factors : inner).push_back(f);
      }
      if (inner.overflow() || outer.factors.overflow()) result.mark_overflow();
      const auto number = inner.empty() ? std::nullopt : sum_of_tables(inner, t.tap_class);
      if (number && number->exact()) {
        if (number->is_zero()) continue;
        outer.weight = outer.weight * *number;
      } else if (!inner.empty()) {
        outer.factors = product(outer.factors, factor{sum_atom(direction, t.tap_class, inner, number.has_value()), 2});
      } else if (direction == scope::block) {
        outer.weight = outer.weight *
                       static_cast<double>(t.tap_class >= 0 ? classes_[t.tap_class].count : graph_.taps_in(regions));
      } else if (const index_t parts = parts_per(direction, graph_.shape); parts > 0) {
        outer.weight = outer.weight * static_cast<double>(parts);
      } else {
        outer.factors = product(outer.factors, count_factor(direction));
      }
      accumulate(result, outer);
    }
    return result;
  }

 private:
  [[nodiscard]] constexpr polynomial form_of(int id) {
    const node& n = graph_[id];
    switch (n.op) {
      case operation::constant:
        return ieee::is_finite(n.value) ? scaled_one(n.value) : opaque(id);
      case operation::epsilon:
        return polynomial();
      case operation::parts:
        return polynomial(term{.weight = 1, .factors = count_factor(n.counted())});
      case operation::add:
        return scaled_sum(operand(n.a, n), operand(n.b, n), 1);
      case operation::subtract:
        return scaled_sum(operand(n.a, n), operand(n.b, n), -1);
      case operation::negate:
        return scaled_sum(polynomial(), operand(n.a, n), -1);
      case operation::multiply:
        return product(form(n.a), form(n.b));
      case operation::divide:
        return product(operand(n.a, n), reciprocal(n.b));
      case operation::sqrt:
        return root(id);
      case operation::select:
        return selected(id);
      case operation::sum:
      case operation::known_sum:
        return summed(id);
      case operation::spread:
        return form_of_spread(id).value_or(opaque(id));
      case operation::min:
      case operation::max:
        return by_class(id);
      case operation::abs:
        return sized(id);
      default:
        return opaque(id);
    }
  }

  static constexpr polynomial scaled_one(double v) { return v == 0 ? polynomial{} : polynomial(term{.weight = v}); }

  [[nodiscard]] constexpr polynomial reciprocal(int id) {
    polynomial result;
    for (int c = first_class(id); c < end_class(id); ++c) {
      const polynomial divisor = part(form(id), c);
      term t{.weight = 1, .tap_class = c};
      if (divisor.size() == 1 && !divisor.overflow()) {
        t.weight = divisor[0].weight.inverse();
        t.factors = divisor[0].factors;
        for (factor& f : t.factors) f.halves = -f.halves;
      } else {
        if (divisor.empty() && graph_[id].op != operation::epsilon) divides_by_zero_ = true;
        t.factors = opaque_factor(id, -2);
      }
      result.push_back(t);
    }
    return result;
  }
  /// The square root of one product of non-negative atoms halves their exponents; any other root is an atom's power.
  [[nodiscard]] constexpr polynomial root(int id) {
    const int argument = graph_[id].a;
    polynomial result;
    for (int c = first_class(id); c < end_class(id); ++c) {
      const polynomial x = part(form(argument), c);
      if (x.empty()) continue;
      term t{.weight = 1, .tap_class = c};
      const auto value = fixed_value(x);
      bool halves_apply = x.size() == 1 && x[0].weight.positive();
      if (halves_apply) {
        for (const factor& f : x[0].factors) halves_apply = halves_apply && atom_in(f).nonnegative;
      }
      if (value && value->is_zero()) continue;
      if (value && value->positive()) {
        t.weight = value->root();
      } else if (halves_apply) {
        t.weight = x[0].weight.root();
        t.factors = x[0].factors;
        for (factor& f : t.factors) {
          if (f.halves % 2 != 0) return opaque(id);
          f.halves /= 2;
        }
      } else {
        t.factors = x.size() > 1 ? opaque_factor(argument, 1) : opaque_factor(id, 2);
      }
      result.push_back(t);
    }
    return result;
  }

  [[nodiscard]] constexpr polynomial selected(int id) {
    const node& n = graph_[id];
    if (graph_[n.a].op != operation::inside) return opaque(id);
    const polynomial yes = operand(n.b, n);
    const polynomial no = operand(n.c, n);
    polynomial result;
    inherit_overflow(result, yes);
    inherit_overflow(result, no);
    for (int c = 0; c < classes_.count; ++c) {
      for (const term& t : classes_[c].in(graph_[n.a].regions) ? yes : no) {
        if (t.tap_class == c) result.push_back(t);
      }
    }
    return result;
  }

  /// An absolute value, class by class.
  [[nodiscard]] constexpr polynomial sized(int id) {
    polynomial result;
    for (int c = first_class(id); c < end_class(id); ++c) {
      const polynomial size = size_in_class(graph_[id].a, c);
      inherit_overflow(result, size);
      for (term t : size) {
        t.tap_class = c;
        result.push_back(t);
      }
    }
    return result;
  }
  /// |x| at the taps of class `c`: x or -x where the sign is known, the product of the absolute values of its factors,
  /// else an atom. |w * k| and |w| * |k| are one form so, and |x| is one on the taps of a region and beyond them.
  [[nodiscard]] constexpr polynomial size_in_class(int id, int c) {
    const int x = graph_[id].level == scope::tap ? classes_.resolve(graph_, id, c) : id;
    const node& n = graph_[x];
    const polynomial p = n.level == scope::tap ? part(form(x), c) : form(x);
    if (const auto v = fixed_value(p)) {
      const coefficient size = v->negative() ? -*v : *v;
      return size.is_zero() ? polynomial() : polynomial(term{.weight = size});
    }
    const value_range known = ranges_.of(x, c < 0 ? 0 : c);
    if (known.nonnegative()) return p;
    if (known.nonpositive()) return scaled_sum(polynomial(), p, -1);
    if (p.size() == 1 && !p.overflow() && !p[0].factors.overflow() && !p[0].weight.unknown()) {
      term t{.weight = p[0].weight.negative() ? -p[0].weight : p[0].weight};
      for (const factor& f : p[0].factors) t.factors = product(t.factors, size_factor(f));
      return t;
    }
    if (n.op == operation::multiply) return product(size_in_class(n.a, c), size_in_class(n.b, c));
    if (n.op == operation::negate) return size_in_class(n.a, c);
    return term{.weight = 1, .factors = size_factor(opaque_factor(x, 2))};
  }

  /// min and max are known where their operands are constants (a fixed centre stays fixed under clamp).
  [[nodiscard]] constexpr polynomial by_class(int id) {
    const node& n = graph_[id];
    const polynomial x = operand(n.a, n);
    const polynomial y = operand(n.b, n);
    polynomial result;
    inherit_overflow(result, x);
    inherit_overflow(result, y);
    for (int c = first_class(id); c < end_class(id); ++c) {
      const auto a = fixed_value(part(x, c));
      const auto b = fixed_value(part(y, c));
      // A NaN in the second operand of min and max would vanish, and the first be the result.
      if (a && b && !ranges_.of(n.b, c < 0 ? 0 : c).nan) {
        const coefficient apart = *b + -*a;
        const coefficient v = (n.op == operation::min) == !apart.negative() ? *a : *b;
        if (apart.unknown()) return opaque(id);
        if (!v.is_zero()) result.push_back({.weight = v, .tap_class = c});
      } else {
        result.push_back({.weight = 1, .tap_class = c, .factors = opaque_factor(id, 2)});
      }
    }
    return result;
  }

  [[nodiscard]] constexpr polynomial summed(int id) {
    const node& n = graph_[id];
    const bool is_known = n.op == operation::known_sum;
    const scope direction = is_known ? scope::block : direction_of(graph_[n.a].level, n.level);
    if (direction == scope::block && graph_.taps_in(n.regions) == 0) return opaque(id);
    if (graph_.partition_count > 0 && direction == scope::block && n.regions == 0) {
      if (const auto total = sum_by_groups(form(n.a))) {
        return total->is_zero() ? polynomial() : polynomial(term{.weight = *total});
      }
    }
    polynomial result;
    const node_marks known =
        classes_above_thresholds(graph_, classes_, n, [&](int t) { return adds_sum_above(t, result); });
    result = summed(form(n.a), direction, n.regions, known, result);
    return result.overflow() ? opaque(id) : result;
  }
  /// Adds to `result` what threshold `t` was asked for, if that is proved to be what stands above it.
  [[nodiscard]] constexpr bool adds_sum_above(int t, polynomial& result) const {
    if (!ranges_.of(graph_[t].b).nonnegative()) return false;
    const polynomial total = form(graph_[t].b);
    inherit_overflow(result, total);
    for (const term& part : total) accumulate(result, part);
    return true;
  }

  bool divides_by_zero_ = false;
};
/// True if the formula divides by a value that is zero for every weight.
[[nodiscard]] consteval bool divides_by_zero(const graph& g) { return algebra(g).divides_by_zero(); }

}  // namespace esp::inline ESPALIER_ABI::detail
