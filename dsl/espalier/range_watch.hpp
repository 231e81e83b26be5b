// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Which scalars of a plan tell that an intermediate result has left the range of its type, and when.
///
/// A sweep computes in the element type: the squares of taps of 1e20 are infinite in float, those of 1e-23 are zero,
/// though the norm is in range. Scalars show it, and there are few of them: a sum is watched for what overflowed, one
/// of products also for what underflowed, and so are the products and quotients of scalars. A part of the weight whose
/// scalars left the range is computed again on wide numbers (wide_evaluation.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/plan.hpp>
#include <espalier/range_analysis.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI::detail {

/// The magnitudes of scalars that are taken as they are: any normal number, but a sum of products only from 2^-100 on
/// in float, 2^-960 in double: one of 2^25 products has then lost less than its own rounding to products that
/// underflowed.
template <class T>
struct safe_range {
  static constexpr T least = sizeof(T) == 4 ? T(0x1p-100F) : static_cast<T>(sizeof(T) == 4 ? 0 : 0x1p-960);

  [[nodiscard]] static constexpr T magnitude(T x) { return x < 0 ? -x : x; }
};

/// The magnitudes in a stretch of numbers; zeros apart.
template <class T>
struct magnitudes {
  bool finite = true;
  bool zero = true;  ///< No number but zeros: the others are then unset.
  T least = std::numeric_limits<T>::max();
  T most = 0;

  constexpr magnitudes(const T* from, index_t count) {
    for (index_t i = 0; i < count; ++i) {
      const T size = safe_range<T>::magnitude(from[i]);
      if (!(size <= std::numeric_limits<T>::max())) finite = false;
      if (size == 0) continue;
      zero = false;
      if (size < least) least = size;
      if (size > most) most = size;
    }
  }
};

/// What the watched scalars of a part say of it.
struct range_verdict {
  bool left = false;      ///< A scalar is too large, NaN, or too small to be accurate.
  bool vanished = false;  ///< A sum of products is zero, of zeros or because all of them underflowed.
};

/// A watched scalar. Where `most` is set, it shows what became infinite or NaN on the way to it; where `least` is set,
/// what became too small: a sum of products, or a product or quotient of `a` and `b`.
struct watched_scalar {
  short id = 0, a = 0, b = 0;
  scope level = scope::block, level_a = scope::block, level_b = scope::block;
  bool least = false;
  bool most = false;
  bool sums = false;
  bool divides = false;
  bool cancels = false;  ///< A sum that is zero is not taken for one of vanished products.

  /// Adds to `verdict` what the value `x` says, given those of `a` and `b`.
  template <class T>
  constexpr void look(range_verdict& verdict, T x, T value_a, T value_b) const {
    const T size = safe_range<T>::magnitude(x);
    if (!(size <= std::numeric_limits<T>::max())) {
      verdict.left = true;
    } else if (least && size < (sums ? safe_range<T>::least : std::numeric_limits<T>::min())) {
      if (sums && x == 0 && !cancels) verdict.vanished = true;
      if (sums ? x != 0 : value_a != 0 && (divides || value_b != 0)) verdict.left = true;
    }
  }
};

/// 2^exponent, for a normal result.
template <class T>
constexpr T power_of_two(int exponent) {
  T result = 1;
  for (; exponent > 0; --exponent) result *= 2;
  for (; exponent < 0; ++exponent) result /= 2;
  return result;
}
/// The least magnitude that a formula of so much reach takes as it is, if that is from 2^-first on; else zero.
template <class T>
constexpr T least_within(int reach, int first) {
  return reach < first ? T(0) : power_of_two<T>(-reach);
}
template <class T>
constexpr bool stays_within(const magnitudes<T>& m, int reach, int first) {
  return m.zero || (m.least >= least_within<T>(reach, first) && m.most <= power_of_two<T>(reach));
}

/// Whether a part has to be computed again, given what its scalars said of `count` weights and, in a gradient, of as
/// many incoming ones. What is not finite stays as it is, and so does a zero that is a sum of zeros.
template <class T>
constexpr bool is_out_of_range(range_verdict verdict, const input_products& products, const T* weight,
                               const T* incoming, index_t count, bool is_gradient) {
  if (!verdict.left && !verdict.vanished && products.reach == 0) return false;
  const magnitudes<T> w(weight, count), y(incoming, is_gradient ? count : 0);
  if (!w.finite || !y.finite) return false;
  if (products.reach != 0 && !(stays_within(w, products.reach, input_products::least_weight) &&
                               stays_within(y, products.reach, input_products::least_gradient))) {
    return true;
  }
  if (!verdict.left && !verdict.vanished) return false;
  if (verdict.left || !products.known) return true;
  const auto hides = [](const magnitudes<T>& a, const magnitudes<T>& b) {
    const T least = (a.least < 1 ? a.least : T(1)) * (b.least < 1 ? b.least : T(1));
    return !a.zero && !b.zero && least < safe_range<T>::least;
  };
  return (products.of_weights && hides(w, w)) || (products.mixed && hides(w, y)) ||
         (products.of_gradients && hides(y, y));
}

/// Node `id` of a graph, which is watched.
[[nodiscard]] constexpr watched_scalar watched_scalar_of(const graph& g, const range_analysis& analysis, int id) {
  const node& n = g[id];
  const auto a = static_cast<short>(n.is_reduction() ? id : n.a),
             b = static_cast<short>(n.is_reduction() || n.b < 0 ? id : n.b);
  const bool sums = n.op == operation::sum, divides = n.op == operation::divide;
  return {static_cast<short>(id),
          a,
          b,
          n.level,
          g[a].level,
          g[b].level,
          analysis.watches_least(id),
          analysis.watches_most(id),
          sums,
          divides,
          analysis.cancels(id)};
}

/// The watched scalars of formula `F` in the order of their nodes.
template <class F, class T>
struct range_watch {
  static constexpr const graph& g = F::value;

  struct summary {
    int count = 0;
    input_products products{};
  };
  static constexpr summary sum = [] {
    const range_analysis analysis(F::value, plan<F>::live, static_cast<double>(safe_range<T>::least));
    return summary{analysis.count, analysis.products};
  }();
  static constexpr std::array<watched_scalar, static_cast<std::size_t>(sum.count)> scalars = [] {
    const range_analysis analysis(F::value, plan<F>::live, static_cast<double>(safe_range<T>::least));
    std::array<watched_scalar, static_cast<std::size_t>(sum.count)> result{};
    std::size_t i = 0;
    for (int id = 0; id < g.size; ++id) {
      if (analysis.watched(id)) result[i++] = watched_scalar_of(g, analysis, id);
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
