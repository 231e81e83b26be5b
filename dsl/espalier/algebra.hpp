// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Exact algebra over a graph: each node as a sum of products of powers, with eps taken as zero.
///
/// This is what proves that w - mean(w) sums to zero whatever scalar then divides it, and that w / sqrt(sum(w * w)) has
/// norm 1: the sum of the output is one more node, and its normal form is a constant. What the normal form cannot
/// express becomes an atom of its own, so an answer is either proved or absent.
#pragma once

#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/ieee.hpp>
#include <espalier/tap_classes.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI {

/// A power of an atom; `halves` is twice the exponent, so that square roots stay exact.
struct factor {
  int atom;
  int halves;
  friend constexpr bool operator==(const factor&, const factor&) = default;
};

/// A product of powers, sorted by atom, without zero exponents. The formulas of five composed modes need five factors.
using monomial = bounded_vector<factor, 8>;

/// coefficient * product of factors, on the taps of one class; `tap_class` is -1 for values constant over the taps.
struct term {
  double coefficient = 0;
  int tap_class = -1;
  monomial factors{};

  /// Products that lost a factor are like nothing.
  [[nodiscard]] constexpr bool like(const term& other) const {
    return tap_class == other.tap_class && !factors.overflow() && !other.factors.overflow() && factors == other.factors;
  }
};

/// A sum of terms, no two alike. What needs more is treated as unknown; the variance inside `whiten` has four.
using polynomial = bounded_vector<term, 24>;

class algebra {
 public:
  constexpr explicit algebra(const graph& g) : graph_(g), classes_(g) {
    bool live[graph::capacity]{};
    live[at(g.output)] = true;
    for (int query : g.queries) {
      if (query >= 0) live[at(query)] = true;
    }
    for (int id = g.size; id-- > 0;) {
      if (!live[at(id)]) continue;
      for (int operand : {g[id].a, g[id].b, g[id].c}) {
        if (operand >= 0) live[at(operand)] = true;
      }
    }
    for (int id = 0; id < g.size; ++id) {
      if (live[at(id)]) keep(id, form_of(id));
    }
  }

  /// True if a divisor is zero for every weight (with eps = 0).
  [[nodiscard]] constexpr bool divides_by_zero() const { return divides_by_zero_ && !exhausted(); }

  /// The value of a node that is the same for every weight for which the formula is defined.
  [[nodiscard]] constexpr std::optional<double> constant(int id) const {
    return exhausted() ? std::nullopt : constant(form(id));
  }

  /// The value of a node at the taps of class `c`.
  [[nodiscard]] constexpr std::optional<double> constant_in_class(int id, int c) const {
    if (graph_[id].level != scope::tap) return constant(id);
    return exhausted() ? std::nullopt : constant(part(form(id), c));
  }

  /// A constant that a non-negative node never exceeds: k = min(1, c / r) is at most each of its operands.
  [[nodiscard]] constexpr std::optional<double> upper_bound(int id) const {
    return exhausted() ? std::nullopt : upper_bound(form(id), 6);
  }

  [[nodiscard]] constexpr const tap_classes& classes() const { return classes_; }

 private:
  /// Coefficients that cancel leave a few roundings: nine units in the last place. More is a number of the formula.
  static constexpr double cancelled = 2e-15;

  struct atom {
    int node = -1;  // an opaque node, or
    scope reach = scope::tap;
    int tap_class = -1;
    monomial summed{};  // the sum over `reach` (and class) of this product
    bool nonnegative = false;
    scope level = scope::tap;
  };

  /// Out of room: nothing is proved then.
  [[nodiscard]] constexpr bool exhausted() const {
    return pool_.overflow() || atoms_.overflow() || classes_.too_many || graph_.too_long || too_many_terms_;
  }

  /// Where the terms of a node's form stand in the pool.
  struct slice {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  [[nodiscard]] constexpr polynomial form(int id) const {
    polynomial p;
    for (std::size_t i = forms_[at(id)].begin; i < forms_[at(id)].end; ++i) p.push_back(pool_[i]);
    return p;
  }
  constexpr void keep(int id, polynomial p) {
    bool too_long = p.overflow();
    for (const term& t : p) too_long = too_long || t.factors.overflow();
    if (too_long) p = opaque(id);
    too_many_terms_ = too_many_terms_ || p.overflow();  // more classes than terms
    forms_[at(id)].begin = pool_.size();
    for (const term& t : p) pool_.push_back(t);
    forms_[at(id)].end = pool_.size();
  }

  [[nodiscard]] constexpr polynomial form_of(int id) {
    const node& n = graph_[id];
    switch (n.op) {
      case operation::constant:
        return ieee::is_finite(n.value) ? scaled_one(n.value) : opaque(id);
      case operation::epsilon:
        return polynomial();
      case operation::add:
        return sum_of(operand(n.a, n), operand(n.b, n), 1);
      case operation::subtract:
        return sum_of(operand(n.a, n), operand(n.b, n), -1);
      case operation::negate:
        return sum_of(polynomial(), operand(n.a, n), -1);
      case operation::multiply:
        return product(form(n.a), form(n.b));
      case operation::divide:
        return product(operand(n.a, n), reciprocal(n.b));
      case operation::sqrt:
        return root(id);
      case operation::select:
        return selected(id);
      case operation::sum:
        return summed(id);
      case operation::min:
      case operation::max:
      case operation::abs:
        return by_class(id);
      default:
        return opaque(id);
    }
  }

  static constexpr polynomial scaled_one(double v) {
    return v == 0 ? polynomial{} : polynomial(term{.coefficient = v});
  }

  /// The form of node `id` as an operand of `user`: a coarser value is repeated in every class of taps.
  [[nodiscard]] constexpr polynomial operand(int id, const node& user) const {
    const polynomial p = form(id);
    if (user.level != scope::tap || graph_[id].level == scope::tap) return p;
    polynomial lifted;
    inherit_overflow(lifted, p);
    for (int c = 0; c < classes_.count; ++c) {
      for (term t : p) {
        t.tap_class = c;
        lifted.push_back(t);
      }
    }
    return lifted;
  }

  static constexpr void accumulate(polynomial& p, const term& added) {
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (!p[i].like(added)) continue;
      const double before = p[i].coefficient < 0 ? -p[i].coefficient : p[i].coefficient;
      p[i].coefficient = ieee::sum(p[i].coefficient, added.coefficient);
      if (!ieee::is_finite(p[i].coefficient)) p.mark_overflow();
      const double rest = p[i].coefficient < 0 ? -p[i].coefficient : p[i].coefficient;
      if (rest <= cancelled * before) p.remove(i);
      return;
    }
    p.push_back(added);
    if (!ieee::is_finite(added.coefficient)) p.mark_overflow();
  }

  /// A form made from an incomplete one is incomplete: keep() replaces it by an atom.
  static constexpr void inherit_overflow(polynomial& made, const polynomial& from) {
    if (from.overflow()) made.mark_overflow();
  }

  static constexpr polynomial sum_of(polynomial a, const polynomial& b, double sign) {
    inherit_overflow(a, b);
    for (term t : b) {
      t.coefficient = ieee::product(t.coefficient, sign);
      accumulate(a, t);
    }
    return a;
  }

  static constexpr monomial product(const monomial& a, const monomial& b) {
    monomial result;
    if (a.overflow() || b.overflow()) result.mark_overflow();
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
      if (j == b.size() || (i < a.size() && a[i].atom < b[j].atom)) {
        result.push_back(a[i++]);
      } else if (i == a.size() || b[j].atom < a[i].atom) {
        result.push_back(b[j++]);
      } else {
        const int halves = a[i].halves + b[j].halves;
        if (halves != 0) result.push_back({a[i].atom, halves});
        ++i, ++j;
      }
    }
    return result;
  }
  static constexpr polynomial product(const polynomial& a, const polynomial& b) {
    polynomial result;
    inherit_overflow(result, a);
    inherit_overflow(result, b);
    for (const term& x : a) {
      for (const term& y : b) {
        if (x.tap_class >= 0 && y.tap_class >= 0 && x.tap_class != y.tap_class) continue;
        accumulate(result, {.coefficient = ieee::product(x.coefficient, y.coefficient),
                            .tap_class = x.tap_class >= 0 ? x.tap_class : y.tap_class,
                            .factors = product(x.factors, y.factors)});
      }
    }
    return result;
  }

  [[nodiscard]] static constexpr polynomial part(const polynomial& p, int c) {
    polynomial result;
    inherit_overflow(result, p);
    for (term t : p) {
      if (t.tap_class != c) continue;
      t.tap_class = -1;
      result.push_back(t);
    }
    return result;
  }

  /// Classes that a node distinguishes: all of them for a per-tap node, else the one called -1.
  [[nodiscard]] constexpr int first_class(int id) const { return graph_[id].level == scope::tap ? 0 : -1; }
  [[nodiscard]] constexpr int end_class(int id) const { return graph_[id].level == scope::tap ? classes_.count : 0; }

  [[nodiscard]] constexpr factor opaque_factor(int id, int halves) {
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      if (atoms_[i].node == id) return {static_cast<int>(i), halves};
    }
    atoms_.push_back({.node = id, .nonnegative = graph_[id].range.nonnegative(), .level = graph_[id].level});
    return {static_cast<int>(atoms_.size()) - 1, halves};
  }
  [[nodiscard]] constexpr polynomial opaque(int id) {
    polynomial p;
    for (int c = first_class(id); c < end_class(id); ++c) {
      p.push_back({.coefficient = 1, .tap_class = c, .factors = opaque_factor(id, 2)});
    }
    return p;
  }

  [[nodiscard]] constexpr polynomial reciprocal(int id) {
    polynomial result;
    for (int c = first_class(id); c < end_class(id); ++c) {
      const polynomial divisor = part(form(id), c);
      term t{.coefficient = 1, .tap_class = c};
      if (divisor.size() == 1) {
        t.coefficient = ieee::quotient(1, divisor[0].coefficient);
        if (!ieee::is_finite(t.coefficient)) result.mark_overflow();
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

  [[nodiscard]] constexpr bool nonnegative(const factor& f) const {
    return atoms_[at(f.atom)].nonnegative || f.halves % 4 == 0;
  }

  /// The square root of one product of non-negative atoms halves their exponents; any other root is an atom's power.
  [[nodiscard]] constexpr polynomial root(int id) {
    const int argument = graph_[id].a;
    polynomial result;
    for (int c = first_class(id); c < end_class(id); ++c) {
      const polynomial x = part(form(argument), c);
      if (x.empty()) continue;
      term t{.coefficient = 1, .tap_class = c};
      const auto value = constant(x);
      bool halves_apply = x.size() == 1 && x[0].coefficient > 0;
      if (halves_apply) {
        for (const factor& f : x[0].factors) halves_apply = halves_apply && atoms_[at(f.atom)].nonnegative;
      }
      if (value && *value >= 0) {
        t.coefficient = square_root(*value);
      } else if (halves_apply) {
        t.coefficient = square_root(x[0].coefficient);
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

  /// min, max and abs are known where their operands are constants (a fixed centre stays fixed under clamp).
  [[nodiscard]] constexpr polynomial by_class(int id) {
    const node& n = graph_[id];
    const polynomial x = operand(n.a, n);
    const polynomial y = n.b >= 0 ? operand(n.b, n) : polynomial{};
    polynomial result;
    inherit_overflow(result, x);
    inherit_overflow(result, y);
    for (int c = first_class(id); c < end_class(id); ++c) {
      const auto a = constant(part(x, c));
      const auto b = constant(part(y, c));
      if (a && b) {
        const double v = n.op == operation::min   ? smaller(*a, *b)
                         : n.op == operation::max ? larger(*a, *b)
                                                  : (*a < 0 ? -*a : *a);
        if (v != 0) result.push_back({.coefficient = v, .tap_class = c});
      } else {
        result.push_back({.coefficient = 1, .tap_class = c, .factors = opaque_factor(id, 2)});
      }
    }
    return result;
  }

  [[nodiscard]] constexpr polynomial summed(int id) {
    const node& n = graph_[id];
    if (n.level == scope::block && graph_.taps_in(n.regions) == 0) return opaque(id);
    polynomial result;
    for (const term& t : form(n.a)) {
      if (t.tap_class >= 0 && !classes_[t.tap_class].in(n.regions)) continue;
      term outer{.coefficient = t.coefficient};
      monomial inner;
      for (const factor& f : t.factors) {
        (atoms_[at(f.atom)].level >= n.level ? outer.factors : inner).push_back(f);
      }
      if (inner.overflow() || outer.factors.overflow()) return opaque(id);
      if (inner.empty()) {
        outer.coefficient = ieee::product(
            outer.coefficient,
            static_cast<double>(t.tap_class >= 0 ? classes_[t.tap_class].count : parts_per(n.level, graph_.shape)));
      } else {
        outer.factors = product(outer.factors, factor{sum_atom(n.level, t.tap_class, inner), 2});
      }
      accumulate(result, outer);
    }
    return result;
  }
  [[nodiscard]] constexpr int sum_atom(scope reach, int tap_class, const monomial& inner) {
    bool positive = true;
    for (const factor& f : inner) positive = positive && nonnegative(f);
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      if (atoms_[i].node < 0 && atoms_[i].reach == reach && atoms_[i].tap_class == tap_class &&
          atoms_[i].summed == inner) {
        return static_cast<int>(i);
      }
    }
    atoms_.push_back(
        {.reach = reach, .tap_class = tap_class, .summed = inner, .nonnegative = positive, .level = reach});
    return static_cast<int>(atoms_.size()) - 1;
  }

  /// A constant polynomial, or one proportional to a sum that every term is divided by: (S + n) * (S + n)^-1 = 1.
  [[nodiscard]] constexpr std::optional<double> constant(const polynomial& p) const {
    if (p.overflow()) return std::nullopt;
    if (p.empty()) return 0.0;
    if (p.size() == 1 && p[0].factors.empty()) return p[0].coefficient;
    for (const factor& f : p[0].factors) {
      const atom& divisor = atoms_[at(f.atom)];
      if (f.halves != -2 || divisor.node < 0) continue;
      const polynomial expansion = form(divisor.node);
      if (expansion.size() != p.size()) continue;
      polynomial numerator = product(p, term{.coefficient = 1, .factors = factor{f.atom, 2}});
      double ratio = 0;
      for (const term& t : expansion) {
        for (const term& s : numerator) {
          if (s.like(t) && ratio == 0) ratio = ieee::quotient(s.coefficient, t.coefficient);
        }
      }
      if (ratio != 0 && ieee::is_finite(ratio) && sum_of(numerator, expansion, -ratio).empty()) return ratio;
    }
    return std::nullopt;
  }

  [[nodiscard]] constexpr std::optional<double> upper_bound(const polynomial& p, int depth) const {
    if (const auto c = constant(p)) return c;
    if (p.size() != 1 || p[0].coefficient < 0 || p[0].factors.overflow() || depth == 0) return std::nullopt;
    std::optional<double> best;
    for (const factor& f : p[0].factors) {
      if (!atoms_[at(f.atom)].nonnegative) return std::nullopt;
    }
    for (const factor& f : p[0].factors) {
      const int id = atoms_[at(f.atom)].node;
      if (id < 0 || f.halves <= 0 || graph_[id].op != operation::min) continue;
      for (int side : {graph_[id].a, graph_[id].b}) {
        const polynomial bound = form(side);
        if (bound.size() != 1 || bound[0].coefficient < 0 || f.halves % 2 != 0) continue;
        polynomial replaced = product(p, term{.coefficient = 1, .factors = factor{f.atom, -f.halves}});
        for (int i = 0; i < f.halves / 2; ++i) replaced = product(replaced, bound);
        const auto candidate = upper_bound(replaced, depth - 1);
        if (candidate && (!best || *candidate < *best)) best = candidate;
      }
    }
    return best;
  }

  const graph& graph_;
  tap_classes classes_;
  bounded_vector<atom, 128> atoms_{};
  bounded_vector<term, 768> pool_{};
  slice forms_[graph::capacity]{};
  bool divides_by_zero_ = false;
  bool too_many_terms_ = false;
};

/// True if the formula divides by a value that is zero for every weight.
[[nodiscard]] consteval bool divides_by_zero(const graph& g) { return algebra(g).divides_by_zero(); }

}  // namespace esp::inline ESPALIER_ABI
