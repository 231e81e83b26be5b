// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// What is proved of a block's moments, and so of the derivative that a stencil approximates.
///
/// The moment i, j, k of a block is the sum of d^i h^j w^k times its taps, with d, h, w counted from the centre tap. A
/// cross-correlation of a smooth u with the block is, by Taylor's theorem, the sum of its moments over i! j! k! times
/// the derivatives of u, so it is the derivative a, b, c with an error of order p in the distance of two voxels if the
/// moment a, b, c is a! b! c! and the others with i + j + k < a + b + c + p are zero (Fornberg, Generation of finite
/// difference formulas on arbitrarily spaced grids, 1988).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/algebra.hpp>
#include <espalier/axis.hpp>
#include <espalier/bounded_vector.hpp>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>
#include <espalier/exact_sum.hpp>
#include <espalier/fact.hpp>
#include <espalier/form_bounds.hpp>
#include <espalier/graph.hpp>
#include <espalier/groups.hpp>
#include <espalier/ieee.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/polynomial.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/symmetry_facts.hpp>
#include <espalier/table.hpp>
#include <optional>

namespace esp::inline ESPALIER_ABI::detail {

/// A moment and the value that it has to have.
struct moment_claim {
  tap_index powers{};
  double value = 0;
};
/// Those of a derivative of order 2 to order 8 are 220.
using moment_claims = bounded_vector<moment_claim, 256>;

/// Without a centre tap on an axis nothing is counted from it.
[[nodiscard]] constexpr bool has_center_for(const tap_index& powers, extents k) {
  return (powers.d == 0 || k.d % 2 == 1) && (powers.h == 0 || k.h % 2 == 1) && (powers.w == 0 || k.w % 2 == 1);
}

/// What moments ask of the algebra: taps as fractions, and sums over a block of a formula's values times a table.
class weighted_sums : algebra {
 public:
  using algebra::algebra;

  /// The value of a node at one tap as a fraction, where it is that for every weight.
  [[nodiscard]] constexpr std::optional<coefficient> fraction_at(int id, index_t tap) const {
    if (exhausted()) return std::nullopt;
    const auto value = fixed_value(form_at(id, tap));
    return value && value->exact() ? value : std::nullopt;
  }
  /// Of the tap-level node `id`, where it is the same for every weight; `table` is a table, or a number.
  [[nodiscard]] constexpr std::optional<double> of(int id, int table) {
    if (exhausted() || graph_[id].level != scope::tap) return std::nullopt;
    polynomial weights = opaque(table);
    if (const node& n = graph_[table]; n.is_constant()) {
      weights = n.value == 0 ? polynomial() : lifted(term{.weight = n.value});
    }
    const polynomial total = weighted(id, weights);
    return exhausted() || total.overflow() ? std::nullopt : form_bounds::constant(total);
  }

 private:
  /// Sums and differences part by part, so that each part has room for its terms.
  [[nodiscard]] constexpr polynomial weighted(int id, const polynomial& weights) {
    const node& n = graph_[id];
    if (n.op == operation::add || n.op == operation::subtract) {
      return scaled_sum(weighted(n.a, weights), weighted(n.b, weights), n.op == operation::add ? 1 : -1);
    }
    if (n.op == operation::multiply && graph_[n.a].level != graph_[n.b].level) {
      const bool first = graph_[n.a].level < graph_[n.b].level;  // a coarser factor leaves the sum
      return product(weighted(first ? n.a : n.b, weights), form(first ? n.b : n.a));
    }
    const polynomial own = n.level == scope::tap ? form(id) : lifted(form(id));
    return summed(product(own, weights), scope::block, 0U);
  }
};

/// A block that is the same for every weight: its taps that are not zero, as whole multiples of one fraction.
class constant_block {
 public:
  /// Invalid where a tap is not fixed, or no fraction that 64 bits hold.
  constexpr explicit constant_block(const graph& g) : kernel_(g.shape.kernel) {
    const weighted_sums proof(g);
    std::int64_t common = 1;
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const auto tap = proof.fraction_at(g.output, t);
      if (!tap) return;
      const std::int64_t q = tap->denominator();
      if (common % q != 0 && __builtin_mul_overflow(common, q / greatest_divisor(common, q), &common)) return;
    }
    for (index_t t = 0; t < kernel_.volume(); ++t) {
      const auto found = proof.fraction_at(g.output, t);
      if (!found || found->is_zero()) continue;
      const coefficient tap = *found;
      const exact_sum multiple = whole(tap.numerator()) * whole(common / tap.denominator()) * power_of_two(tap);
      if (multiple.lost()) return;
      taps_.push_back({tap_at(t, kernel_), multiple});
    }
    common_ = static_cast<double>(common);
    valid_ = !taps_.overflow() && common < (std::int64_t{1} << 53);
  }

  [[nodiscard]] constexpr bool valid() const { return valid_; }

  /// Whether a moment has the value: to a part in 10^12, so that zero is zero. With `meant`, whether it has for the
  /// block that is meant: each tap is written as the nearest double to what it is.
  [[nodiscard]] constexpr bool has(const moment_claim& claim, bool meant) const {
    const table_info coordinates{.powers = claim.powers};
    exact_sum total = exact_sum(-claim.value) * exact_sum(common_), size;
    for (const auto& [where, multiple] : taps_) {
      const double at_tap = coordinates(where, kernel_);
      if (at_tap == 0) continue;
      const exact_sum product = multiple * exact_sum(at_tap);
      total += product;
      size += product.nearest() < 0 ? -product : product;
    }
    if (total.lost() || size.lost()) return false;
    const double allowed = meant ? 0x1p-51 * size.nearest() : 1e-12 * ieee::size(claim.value) * common_;
    return total.is_zero() || ieee::size(total.nearest()) <= allowed;
  }

  /// A moment, rounded.
  [[nodiscard]] constexpr double moment_of(const tap_index& powers) const {
    const table_info coordinates{.powers = powers};
    exact_sum total;
    for (const auto& [where, multiple] : taps_) {
      if (const double x = coordinates(where, kernel_); x != 0) total += multiple * exact_sum(x);
    }
    return total.nearest() / common_;
  }

 private:
  static constexpr std::int64_t greatest_divisor(std::int64_t a, std::int64_t b) {
    while (b != 0) {
      const std::int64_t rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }
  static constexpr exact_sum whole(std::int64_t x) {
    constexpr std::int64_t unit = std::int64_t{1} << 32;
    const std::int64_t units = x / unit, rest = x % unit;
    exact_sum result = static_cast<double>(units) * static_cast<double>(unit);
    return result += static_cast<double>(rest);
  }
  static constexpr double power_of_two(const coefficient& c) {
    double result = 1;
    const int e = c.exponent() < 0 ? -c.exponent() : c.exponent();
    for (int i = 0; i < e && i < 500; ++i) result *= c.exponent() < 0 ? 0.5 : 2;
    return result;  // beyond the range of exact sums for what is far from 1
  }

  struct weighted_tap {
    tap_index where{};
    exact_sum multiple{};
  };
  extents kernel_;
  bounded_vector<weighted_tap, 128> taps_{};
  double common_ = 1;
  bool valid_ = false;
};

/// Whether this moment is zero because a block that is mirrored across the middle of an axis has no odd ones along it.
[[nodiscard]] constexpr bool vanishes_by_symmetry(const graph& g, const moment_claim& claim) {
  if (claim.value != 0) return false;
  const auto mirrored = [&g]<axis A>(index_t power, mirror_t<A>) {
    return power % 2 == 1 && is_symmetric(g, describe_partition<mirror_t<A>>());
  };
  return mirrored(claim.powers.d, mirror<axis::depth>) || mirrored(claim.powers.h, mirror<axis::height>) ||
         mirrored(claim.powers.w, mirror<axis::width>);
}

/// Whether the output of `g` has these moments, for every weight; `meant` is for blocks that no weight changes.
[[nodiscard]] constexpr bool has_moments(const graph& formula_graph, const moment_claims& claims, bool meant = false) {
  if (formula_graph.too_long || claims.overflow()) return false;
  for (const moment_claim& claim : claims) {
    if (!has_center_for(claim.powers, formula_graph.shape.kernel)) return false;
  }
  const constant_block block(formula_graph);
  if (block.valid()) {
    for (const moment_claim& claim : claims) {
      if (!block.has(claim, meant)) return false;
    }
    return true;
  }
  graph g = formula_graph;
  std::array<int, moment_claims::capacity> coordinates{};
  for (std::size_t i = 0; i < claims.size(); ++i) coordinates[i] = g.table({.powers = claims[i].powers});
  if (g.too_long) return false;
  weighted_sums proof(g);
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto value = proof.of(g.output, coordinates[i]);
    const double allowed = 1e-12 * ieee::size(claims[i].value);
    const bool right = value && ieee::size(*value - claims[i].value) <= allowed;
    if (!right && !vanishes_by_symmetry(formula_graph, claims[i])) return false;
  }
  return true;
}

/// The moments that make a block of extents `k` a derivative to an order: all up to a degree, zero but for `powers`,
/// or, for a laplacian, for the second ones along each axis that has more than one tap.
[[nodiscard]] constexpr moment_claims claims_of_derivative(const fact& f, extents k) {
  moment_claims claims;
  const bool laplacian = f.kind == fact_kind::laplacian;
  const tap_index a = laplacian ? tap_index{2, 0, 0} : f.where;
  const index_t degree = a.d + a.h + a.w + static_cast<index_t>(f.value);
  for (index_t i = 0; i < degree; ++i) {
    for (index_t j = 0; i + j < degree; ++j) {
      for (index_t l = 0; i + j + l < degree; ++l) {
        const tap_index powers{i, j, l};
        const auto factorial = [](index_t n) {
          double result = 1;
          for (; n > 1; --n) result *= static_cast<double>(n);
          return result;
        };
        const bool one_axis = (powers == tap_index{2, 0, 0} && k.d > 1) || (powers == tap_index{0, 2, 0} && k.h > 1) ||
                              (powers == tap_index{0, 0, 2} && k.w > 1);
        const bool kept = laplacian ? one_axis : powers == a;
        claims.push_back({powers, kept ? factorial(i) * factorial(j) * factorial(l) : 0});
      }
    }
  }
  return claims;
}

/// Whether a fact about moments is proved.
[[nodiscard]] constexpr bool holds_by_moments(const graph& g, const fact& f) {
  if (f.reach != scope::block || (f.kind == fact_kind::total && g.table_count == 0)) return false;
  if (f.kind == fact_kind::derivative || f.kind == fact_kind::laplacian)
    return has_moments(g, claims_of_derivative(f, g.shape.kernel), true);
  return has_moments(g, moment_claim{.powers = f.where, .value = f.value});
}

}  // namespace esp::inline ESPALIER_ABI::detail
