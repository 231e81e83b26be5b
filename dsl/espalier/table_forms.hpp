// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What the algebra knows of sums over taps with tables in them.
#pragma once

#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/exact_sum.hpp>
#include <espalier/form_table.hpp>
#include <espalier/ieee.hpp>
#include <espalier/operation.hpp>
#include <espalier/polynomial.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table_sum.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// Tables are atoms of forms. A sum of tables alone is a number where that is exact; else it stays an atom, so that it
/// cancels against itself, and gets its value, with a bound of its error, where a form is asked what it is worth.
///
/// A sum of w times a table is a linear function of the weights: terms with such sums cancel where the numbers that
/// multiply each weight do. That is what proves the moments of w - q * (sum(w * q) - v) / sum(q * q), whatever the
/// table that the moment is taken with.
class table_forms : public form_table {
 public:
  using form_table::form_table;

 protected:
  /// The sum over the taps of class `c` of a product of tables, as far as it is that; exact or not.
  [[nodiscard]] constexpr std::optional<coefficient> sum_of_tables(const monomial& product, int c) const {
    if (graph_.table_count == 0) return std::nullopt;
    for (const factor& f : product) {
      if (!is_power_of_table(f)) return std::nullopt;
    }
    exact_sum total;
    double whole = 0;
    for (index_t t = 0; t < graph_.shape.kernel.volume(); ++t) {
      if (c >= 0 && classes_.class_of(graph_, t) != c) continue;
      const double next = whole_at(product, t);
      if (is_whole(next) && is_whole(whole + next)) {
        whole += next;
      } else {
        total += tables_at(product, t);
      }
    }
    total += whole;
    return coefficient_of(total);
  }
  /// The form `p` of a value at the taps of one class, at one of these taps.
  [[nodiscard]] constexpr polynomial at_tap(const polynomial& p, index_t tap) const {
    polynomial result;
    inherit_overflow(result, p);
    for (const term& t : p) {
      term made{.weight = t.weight, .tap_class = t.tap_class};
      monomial tables;
      for (const factor& f : t.factors) (is_power_of_table(f) ? tables : made.factors).push_back(f);
      const auto value = coefficient_of(tables_at(tables, tap));
      if (!value) return p;
      made.weight = made.weight * *value;
      if (!value->is_zero()) accumulate(result, made);
    }
    return result;
  }
  /// The form of a tap-level node at one tap.
  [[nodiscard]] constexpr polynomial form_at(int id, index_t tap) const {
    const polynomial p = graph_[id].level == scope::tap ? part(form(id), classes_.class_of(graph_, tap)) : form(id);
    return graph_.table_count == 0 ? p : at_tap(p, tap);
  }
  /// `p` with what cancels tap by tap left out, and with sums of tables as numbers.
  [[nodiscard]] constexpr polynomial settled(const polynomial& p) const {
    polynomial result;
    inherit_overflow(result, p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (!cancels(p, i)) accumulate(result, with_numbers(p[i]));
    }
    return result;
  }

 private:
  /// A whole positive power of a table or of its absolute value.
  [[nodiscard]] constexpr bool is_power_of_table(const factor& f) const {
    const int id = atom_in(f).size_of >= 0 ? atoms_of(atom_in(f).size_of).node : atom_in(f).node;
    return id >= 0 && graph_[id].op == operation::table && f.halves > 0 && f.halves % 2 == 0;
  }
  [[nodiscard]] constexpr double base_at(const factor& f, index_t tap) const {
    const bool is_size = atom_in(f).size_of >= 0;
    const int id = is_size ? atoms_of(atom_in(f).size_of).node : atom_in(f).node;
    const double v = graph_.table_value(graph_[id].table(), tap);
    return is_size && v < 0 ? -v : v;
  }
  [[nodiscard]] constexpr exact_sum tables_at(const monomial& product, index_t tap) const {
    const double whole = whole_at(product, tap);
    if (is_whole(whole)) return whole;
    exact_sum result = 1.0;
    for (const factor& f : product) {
      const exact_sum base = base_at(f, tap);
      for (int i = 0; i < f.halves / 2; ++i) result = result * base;
    }
    return result;
  }
  /// A whole number that doubles compute with exactly: most tables have no others, and a compiler counts its steps.
  static constexpr bool is_whole(double x) {
    return x < 0x1p53 && x > -0x1p53 && x == static_cast<double>(static_cast<index_t>(x));
  }
  /// A product of tables at a tap, infinite unless it is one of whole numbers all the way.
  [[nodiscard]] constexpr double whole_at(const monomial& product, index_t tap) const {
    double result = 1;
    for (const factor& f : product) {
      const double base = base_at(f, tap);
      for (int i = 0; i < f.halves / 2; ++i) {
        if (!is_whole(base) || ieee::size(base) > 0x1p53 / (1 + ieee::size(result))) return ieee::infinity;
        result *= base;
      }
    }
    return result;
  }

  [[nodiscard]] constexpr bool is_sum_over_taps(const factor& f) const {
    return atom_in(f).node == -1 && atom_in(f).size_of < 0 && atom_in(f).direction == scope::block &&
           atom_in(f).partition == 0;
  }
  [[nodiscard]] constexpr term with_numbers(const term& t) const {
    term result{.weight = t.weight, .tap_class = t.tap_class};
    for (const factor& f : t.factors) {
      const auto value = is_sum_over_taps(f) ? sum_of_tables(atom_in(f).summed, atom_in(f).tap_class) : std::nullopt;
      const bool is_root = f.halves % 2 != 0;
      if (!value || value->is_zero() || value->unknown() || (is_root && value->negative())) {
        result.factors.push_back(f);
        continue;
      }
      const coefficient base = f.halves < 0 ? value->inverse() : *value;
      const int halves = f.halves < 0 ? -f.halves : f.halves;
      for (int i = 0; i < halves / 2; ++i) result.weight = result.weight * base;
      if (is_root) result.weight = result.weight * base.root();
    }
    return result;
  }

  /// A term as a linear function of the values X at the taps of a class: weight * others * sum(X * tables).
  struct linear {
    bool is = false;
    int tap_class = -1;
    monomial others{}, values{}, tables{};

    [[nodiscard]] constexpr bool like(const linear& o) const {
      return is && o.is && tap_class == o.tap_class && others == o.others && values == o.values;
    }
  };
  [[nodiscard]] constexpr linear linear_of(const term& t) const {
    linear result;
    for (const factor& f : t.factors) {
      if (result.is || f.halves != 2 || !is_sum_over_taps(f)) {
        result.others.push_back(f);
        continue;
      }
      result.is = true;
      result.tap_class = atom_in(f).tap_class;
      for (const factor& inner : atom_in(f).summed)
        (is_power_of_table(inner) ? result.tables : result.values).push_back(inner);
    }
    result.is = result.is && !result.values.empty() && !t.factors.overflow();
    return result;
  }
  /// Whether term `i` and those like it add nothing to any value.
  [[nodiscard]] constexpr bool cancels(const polynomial& p, std::size_t i) const {
    const linear own = linear_of(p[i]);
    if (!own.is || graph_.table_count == 0) return false;
    bounded_vector<std::size_t, polynomial::capacity> alike;
    bounded_vector<monomial, polynomial::capacity> tables;
    for (std::size_t j = 0; j < p.size(); ++j) {
      const linear other = linear_of(p[j]);
      if (p[j].tap_class != p[i].tap_class || !own.like(other)) continue;
      alike.push_back(j);
      tables.push_back(other.tables);
    }
    if (alike.size() < 2) return false;
    for (index_t t = 0; t < graph_.shape.kernel.volume(); ++t) {
      if (classes_.class_of(graph_, t) != own.tap_class) continue;
      coefficient total;
      for (std::size_t k = 0; k < alike.size(); ++k) {
        const auto value = coefficient_of(tables_at(tables[k], t));
        if (!value) return false;
        total = total + p[alike[k]].weight * *value;
      }
      if (!total.is_zero()) return false;
    }
    return true;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
