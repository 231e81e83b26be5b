// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums of products of powers with exact coefficients: the normal form of the algebra.
#pragma once

#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/coefficient.hpp>
#include <espalier/config.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A power of an atom; `halves` is twice the exponent, so that square roots stay exact.
struct factor {
  int atom;
  int halves;
  friend constexpr bool operator==(const factor&, const factor&) = default;
};

/// A product of powers, sorted by atom, without zero exponents. The formulas of five composed modes need five factors.
using monomial = bounded_vector<factor, 8>;

/// weight * product of factors, on the taps of one class; `tap_class` is -1 for values constant over the taps.
struct term {
  coefficient weight{};
  int tap_class = -1;
  monomial factors{};

  /// Products that lost a factor are like nothing.
  [[nodiscard]] constexpr bool like(const term& other) const {
    return tap_class == other.tap_class && !factors.overflow() && !other.factors.overflow() && factors == other.factors;
  }
};

/// A sum of terms, no two alike. What needs more, or a coefficient that is not known well enough, overflows: it is
/// treated as unknown. The variance inside `whiten` has four terms.
using polynomial = bounded_vector<term, 24>;

/// A form made from an incomplete one is incomplete.
constexpr void inherit_overflow(polynomial& made, const polynomial& from) {
  if (from.overflow()) made.mark_overflow();
}

/// p + added. A coefficient that cancels is dropped only if it is exactly zero.
constexpr void accumulate(polynomial& p, const term& added) {
  if (added.weight.unknown()) p.mark_overflow();
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!p[i].like(added)) continue;
    p[i].weight = p[i].weight + added.weight;
    if (p[i].weight.unknown()) p.mark_overflow();
    if (p[i].weight.is_zero()) p.remove(i);
    return;
  }
  p.push_back(added);
}

/// a + scale * b.
[[nodiscard]] constexpr polynomial scaled_sum(polynomial a, const polynomial& b, const coefficient& scale) {
  inherit_overflow(a, b);
  for (term t : b) {
    t.weight = t.weight * scale;
    accumulate(a, t);
  }
  return a;
}

[[nodiscard]] constexpr monomial product(const monomial& a, const monomial& b) {
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
/// Terms of different classes of taps never meet.
[[nodiscard]] constexpr polynomial product(const polynomial& a, const polynomial& b) {
  polynomial result;
  inherit_overflow(result, a);
  inherit_overflow(result, b);
  for (const term& x : a) {
    for (const term& y : b) {
      if (x.tap_class >= 0 && y.tap_class >= 0 && x.tap_class != y.tap_class) continue;
      accumulate(result, {.weight = x.weight * y.weight,
                          .tap_class = x.tap_class >= 0 ? x.tap_class : y.tap_class,
                          .factors = product(x.factors, y.factors)});
    }
  }
  return result;
}

/// What `p` is on the taps of class `c`.
[[nodiscard]] constexpr polynomial part(const polynomial& p, int c) {
  polynomial result;
  inherit_overflow(result, p);
  for (term t : p) {
    if (t.tap_class != c) continue;
    t.tap_class = -1;
    result.push_back(t);
  }
  return result;
}

}  // namespace esp::inline ESPALIER_ABI::detail
