// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The formula of the nearest block that fulfils linear equations, with its numbers solved while the program compiles.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/bounded_vector.hpp>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/exact_sum.hpp>
#include <espalier/graph.hpp>
#include <espalier/lower.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/table_sum.hpp>
#include <espalier/tap_sets.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// The sum of a table's numbers times the taps is `value`.
struct linear_equation {
  table_info numbers{};
  double value = 0;
};
/// A proof holds a sum for each.
using linear_equations = bounded_vector<linear_equation, 20>;

/// The inverse of the rows' inner products, in fractions where these fit; absent where a row depends on those before.
class inverse_of_products {
 public:
  constexpr inverse_of_products(const graph& g, const linear_equations& rows, region_set set) : size_(rows.size()) {
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < size_; ++j) {
        exact_sum total;
        for (index_t t = 0; t < g.shape.kernel.volume(); ++t) {
          const tap_index where = tap_at(t, g.shape.kernel);
          if (!g.contains(set, t)) continue;
          total +=
              exact_sum(rows[i].numbers(where, g.shape.kernel)) * exact_sum(rows[j].numbers(where, g.shape.kernel));
        }
        const auto product = coefficient_of(total);
        if (!product) return;
        at(i, j) = *product;
      }
    }
    for (std::size_t pivot = 0; pivot < size_; ++pivot) {
      if (at(pivot, pivot).is_zero() || at(pivot, pivot).unknown()) return;
      eliminate(pivot);
    }
    exists_ = true;
  }

  [[nodiscard]] constexpr bool exists() const { return exists_; }
  [[nodiscard]] constexpr const coefficient& operator()(std::size_t i, std::size_t j) const {
    return entries_[i * linear_equations::capacity + j];
  }

 private:
  constexpr coefficient& at(std::size_t i, std::size_t j) { return entries_[i * linear_equations::capacity + j]; }
  /// Exchanges the unknown of row `p` with its right side: after all of them the matrix is its inverse. The products of
  /// independent rows are positive definite, so no pivot is zero.
  constexpr void eliminate(std::size_t p) {
    const coefficient inverse = at(p, p).inverse();
    for (std::size_t i = 0; i < size_; ++i) {
      if (i == p || at(i, p).is_zero()) continue;
      for (std::size_t j = 0; j < size_; ++j) {
        if (j != p) at(i, j) = at(i, j) + -(at(i, p) * inverse * at(p, j));
      }
    }
    for (std::size_t i = 0; i < size_; ++i) {
      if (i == p) continue;
      at(p, i) = at(p, i) * inverse;
      at(i, p) = -(at(i, p) * inverse);
    }
    at(p, p) = inverse;
  }

  std::size_t size_;
  bool exists_ = false;
  std::array<coefficient, linear_equations::capacity * linear_equations::capacity> entries_{};
};

/// A fraction as nodes: a number, or a quotient of two that no double is.
[[nodiscard]] constexpr int append_fraction(graph& g, const coefficient& c) {
  constexpr std::int64_t most = std::int64_t{1} << 53;
  const bool is_quotient = c.exact() && c.denominator() != 1 && c.denominator() < most && c.numerator() < most &&
                           c.numerator() > -most && c.exponent() > -60 && c.exponent() < 60;
  if (!is_quotient) return g.constant(c.value());
  const coefficient above = c * coefficient(static_cast<double>(c.denominator()));
  return g.divide(g.constant(above.value()), g.constant(static_cast<double>(c.denominator())));
}

/// w less the tables times what their sums with w are too much: w - A^T (A A^T)^-1 (A w - v), over the region and the
/// scope of `b`.
[[nodiscard]] constexpr int lower_affine(graph& g, const linear_equations& rows, const binding& b) {
  if (b.groups > 0) return g.unusable(formula_fault::of_whole_blocks);
  if (rows.overflow()) return g.too_long = true, 0;
  const inverse_of_products inverse(g, rows, b.active);
  if (!inverse.exists()) return g.unusable(formula_fault::dependent);
  std::array<int, linear_equations::capacity> tables{}, excess{};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    tables[i] = g.table(rows[i].numbers);
    const int sum = g.reduce(operation::sum, g.multiply(b.weight, tables[i]), b.active, b.reach);
    excess[i] = g.subtract(sum, g.constant(rows[i].value));
    const bool over_inputs = b.reach == scope::filter || b.reach == scope::whole;
    if (over_inputs) excess[i] = g.divide(excess[i], g.parts(scope::filter));
    if (b.reach >= scope::input) excess[i] = g.divide(excess[i], g.parts(scope::input));
  }
  int result = b.weight;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    int share = g.constant(0);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      if (inverse(i, j).is_zero()) continue;
      share = g.add(share, g.multiply(excess[j], append_fraction(g, inverse(i, j))));
    }
    result = g.subtract(result, g.multiply(tables[i], share));
  }
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
