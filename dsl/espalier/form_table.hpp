// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where the algebra keeps what it knows: the form of each node, and the atoms that forms are made of.
#pragma once

#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/polynomial.hpp>
#include <espalier/ranges.hpp>
#include <espalier/scope.hpp>
#include <espalier/tap_classes.hpp>
#include <espalier/value_range.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// The forms of a graph's nodes by class of taps, and their atoms: what no form expresses, a count of channels, the sum
/// of a product. Equal atoms are one. The rules that make a form of a node are the algebra's, which derives from it.
class form_table {
 public:
  constexpr explicit form_table(const graph& g) : graph_(g), classes_(g), ranges_(g, classes_) {}

  [[nodiscard]] constexpr const tap_classes& classes() const { return classes_; }
  /// What is known of a node for finite weights.
  [[nodiscard]] constexpr value_range range(int id) const { return ranges_.of(id); }

 protected:
  struct atom {
    int node = -1;  // an opaque node; or a count of channels: -1 less its scope; or -1 and
    scope direction = scope::tap;
    int tap_class = -1;
    monomial summed{};  // the sum in a direction (and class) of this product; or
    int size_of = -1;   // the absolute value of this atom
    int partition = 0;  // the sum is over the groups of this partition, at each tap
    bool nonnegative = false;
    scope level = scope::tap;
  };

  /// Out of room: nothing is proved then.
  [[nodiscard]] constexpr bool exhausted() const {
    return pool_.overflow() || atoms_.overflow() || classes_.too_many || graph_.too_long || too_many_terms_;
  }

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

  /// The form of node `id` as an operand of `user`: a coarser value is repeated in every class of taps.
  [[nodiscard]] constexpr polynomial operand(int id, const node& user) const {
    const polynomial p = form(id);
    return user.level != scope::tap || graph_[id].level == scope::tap ? p : lifted(p);
  }
  [[nodiscard]] constexpr polynomial lifted(const polynomial& p) const {
    polynomial result;
    inherit_overflow(result, p);
    for (int c = 0; c < classes_.count; ++c) {
      for (term t : p) {
        t.tap_class = c;
        result.push_back(t);
      }
    }
    return result;
  }

  /// Classes that a node distinguishes: all of them for a per-tap node, else the one called -1.
  [[nodiscard]] constexpr int first_class(int id) const { return graph_[id].level == scope::tap ? 0 : -1; }
  [[nodiscard]] constexpr int end_class(int id) const { return graph_[id].level == scope::tap ? classes_.count : 0; }

  [[nodiscard]] constexpr factor opaque_factor(int id, int halves) {
    return atom_of({.node = id, .nonnegative = ranges_.of(id).nonnegative(), .level = graph_[id].level}, halves);
  }
  [[nodiscard]] constexpr factor count_factor(scope s) {
    if (s == scope::whole) s = scope::input;  // the number of filters
    return atom_of({.node = -1 - static_cast<int>(s), .nonnegative = true, .level = scope::whole}, 2);
  }
  /// The absolute value of what is known as a power of one atom.
  [[nodiscard]] constexpr factor size_factor(const factor& f) {
    if (nonnegative(f)) return f;
    return atom_of({.size_of = f.atom, .nonnegative = true, .level = atom_in(f).level}, f.halves);
  }
  /// `is_number`: the same in every part.
  [[nodiscard]] constexpr int sum_atom(scope direction, int tap_class, const monomial& inner, bool is_number) {
    bool positive = true;
    scope level = scope::whole;
    for (const factor& f : inner) {
      positive = positive && nonnegative(f);
      level = finer(level, atom_in(f).level);
    }
    level = is_number ? scope::whole : coarser(level, direction);
    return atom_of({.direction = direction,
                    .tap_class = tap_class,
                    .summed = inner,
                    .nonnegative = positive,
                    .level = level},
                   2)
        .atom;
  }
  /// The sum over the groups of a partition of a product that is not tied.
  [[nodiscard]] constexpr int group_atom(int partition, int tap_class, const monomial& inner) {
    bool positive = true;
    for (const factor& f : inner) positive = positive && nonnegative(f);
    return atom_of({.direction = scope::block,
                    .tap_class = tap_class,
                    .summed = inner,
                    .partition = partition,
                    .nonnegative = positive,
                    .level = scope::tap},
                   2)
        .atom;
  }
  [[nodiscard]] constexpr polynomial opaque(int id) {
    polynomial p;
    for (int c = first_class(id); c < end_class(id); ++c) {
      p.push_back({.weight = 1, .tap_class = c, .factors = opaque_factor(id, 2)});
    }
    return p;
  }
  [[nodiscard]] constexpr const atom& atom_in(const factor& f) const { return atoms_[at(f.atom)]; }
  [[nodiscard]] constexpr const atom& atoms_of(int index) const { return atoms_[at(index)]; }
  [[nodiscard]] constexpr bool nonnegative(const factor& f) const {
    return atom_in(f).nonnegative || f.halves % 4 == 0;
  }

  /// A constant polynomial, or one proportional to a sum that every term is divided by: (S + n) * (S + n)^-1 = 1.
  [[nodiscard]] constexpr std::optional<coefficient> fixed_value(const polynomial& p) const {
    if (p.overflow()) return std::nullopt;
    if (p.empty()) return coefficient{};
    if (p.size() == 1 && p[0].factors.empty()) {
      return p[0].weight.unknown() ? std::nullopt : std::optional(p[0].weight);
    }
    for (const factor& f : p[0].factors) {
      const atom& divisor = atom_in(f);
      if (f.halves != -2 || divisor.node < 0) continue;
      const bool at_taps = graph_[divisor.node].level == scope::tap && classes_.count == 1;
      const polynomial expansion = at_taps ? part(form(divisor.node), 0) : form(divisor.node);
      if (expansion.size() != p.size()) continue;
      const polynomial numerator = product(p, term{.weight = 1, .factors = factor{f.atom, 2}});
      coefficient ratio;
      for (const term& t : expansion) {
        for (const term& s : numerator) {
          if (s.like(t) && ratio.is_zero()) ratio = s.weight * t.weight.inverse();
        }
      }
      if (ratio.is_zero() || ratio.unknown()) continue;
      const polynomial rest = scaled_sum(numerator, expansion, -ratio);
      if (rest.empty() && !rest.overflow()) return ratio;
    }
    return std::nullopt;
  }

  const graph& graph_;
  tap_classes classes_;
  ranges ranges_;

 private:
  /// Where the terms of a node's form stand in the pool.
  struct slice {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] constexpr factor atom_of(const atom& wanted, int halves) {
    for (std::size_t i = 0; i < atoms_.size(); ++i) {
      if (atoms_[i].node == wanted.node && atoms_[i].direction == wanted.direction &&
          atoms_[i].tap_class == wanted.tap_class && atoms_[i].size_of == wanted.size_of &&
          atoms_[i].partition == wanted.partition && atoms_[i].summed == wanted.summed) {
        return {static_cast<int>(i), halves};
      }
    }
    atoms_.push_back(wanted);
    return {static_cast<int>(atoms_.size()) - 1, halves};
  }

  bounded_vector<atom, 128> atoms_{};
  bounded_vector<term, 768> pool_{};
  slice forms_[graph::capacity]{};
  bool too_many_terms_ = false;
};

}  // namespace esp::inline ESPALIER_ABI::detail
