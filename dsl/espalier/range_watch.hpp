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
#include <espalier/plan.hpp>
#include <limits>

namespace esp::inline ESPALIER_ABI {

/// The magnitudes of scalars that are taken as they are: 2^-100 to 2^100 in float, 2^-960 to 2^960 in double. A sum of
/// 2^25 products above the lower bound has lost less than its own rounding to products that underflowed.
template <class T>
struct safe_range {
  static constexpr T least = sizeof(T) == 4 ? T(0x1p-100F) : static_cast<T>(sizeof(T) == 4 ? 0 : 0x1p-960);
  static constexpr T most = T(1) / least;

  [[nodiscard]] static constexpr bool holds(T x) { return magnitude(x) >= least && magnitude(x) <= most; }
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

/// The watched scalars of formula `F` in the order of their nodes.
template <class F, class T>
struct range_watch {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;

 private:
  /// The factors of a product: weights, incoming gradients.
  enum factors : int { neither = 0, weights = 1, gradients = 2, unknown = 4 };
  /// Where every value of a node is zero or of the magnitude of an input, which: else `unknown`.
  static constexpr int source(int id) {
    const node& n = g[id];
    if (n.op == operation::tap) return weights;
    if (n.op == operation::incoming) return gradients;
    if (n.op == operation::constant) return n.value == 0 ? neither : unknown;
    if (n.op == operation::negate || n.op == operation::abs || n.op == operation::detour) return source(n.a);
    if (n.op == operation::select) return source(n.b) | source(n.c);
    if (n.op == operation::min || n.op == operation::max) return source(n.a) | source(n.b);
    return unknown;
  }
  /// A constant beside which nothing below the safe range is seen.
  static constexpr bool is_constant(int id) {
    const node& n = g[id];
    if (n.op != operation::constant && n.op != operation::epsilon) return false;
    return safe_range<double>::magnitude(n.value) >= static_cast<double>(safe_range<T>::least);
  }

 public:
  /// Whether a value too small to be accurate is harmful. A term beside a constant is not, nor is the result itself.
  static constexpr std::array<bool, graph::capacity> needs_accuracy = [] {
    std::array<bool, graph::capacity> needed{};
    for (int id = g.size; id-- > 0;) {
      const node& n = g[id];
      if (!schedule::is_live(id)) continue;
      for (int operand : {n.a, n.b, n.c}) {
        if (operand < 0 || (n.op == operation::detour && operand == n.b)) continue;
        bool& needs = needed[static_cast<std::size_t>(operand)];
        const bool passes_on = n.op == operation::negate || n.op == operation::abs || n.op == operation::min ||
                               n.op == operation::max || n.op == operation::select || n.op == operation::detour ||
                               n.op == operation::sqrt || n.is_reduction();
        if (n.op == operation::add || n.op == operation::subtract) {
          needs = needs || (needed[static_cast<std::size_t>(id)] && !is_constant(operand == n.a ? n.b : n.a));
        } else if (passes_on && !(n.op == operation::select && operand == n.a)) {
          needs = needs || needed[static_cast<std::size_t>(id)];
        } else {
          needs = true;
        }
      }
    }
    return needed;
  }();
  /// Whether a node enters nothing but sums: those tell what it is worth in them.
  static constexpr std::array<bool, graph::capacity> only_summed = [] {
    std::array<bool, graph::capacity> summed{}, used{};
    for (int id = 0; id < g.size; ++id) {
      if (!schedule::is_live(id)) continue;
      for (int operand : {g[id].a, g[id].b, g[id].c}) {
        if (operand >= 0) (g[id].op == operation::sum ? summed : used)[static_cast<std::size_t>(operand)] = true;
      }
    }
    used[static_cast<std::size_t>(g.output)] = true;
    for (std::size_t i = 0; i < summed.size(); ++i) summed[i] = summed[i] && !used[i];
    return summed;
  }();
  /// Whether a sum over values of node `id` has terms that underflow: sums and differences of numbers do not.
  static constexpr std::array<bool, graph::capacity> underflows = [] {
    std::array<bool, graph::capacity> result{};
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      bool& may = result[static_cast<std::size_t>(id)];
      may = n.op == operation::multiply || n.op == operation::divide;
      if (n.is_condition() || n.op == operation::sqrt) continue;
      for (int operand : {n.a, n.b, n.c}) may = may || (operand >= 0 && result[static_cast<std::size_t>(operand)]);
    }
    return result;
  }();
  /// Whether too small a value of the scalar `id` counts.
  [[nodiscard]] static constexpr bool watches_least(int id) {
    const node& n = g[id];
    if (!needs_accuracy[static_cast<std::size_t>(id)] || only_summed[static_cast<std::size_t>(id)]) return false;
    return n.op == operation::sum ? underflows[static_cast<std::size_t>(n.a)]
                                  : n.op == operation::multiply || n.op == operation::divide;
  }

  /// The watched scalars of one level.
  template <scope Level>
  static constexpr node_ids watched = [] {
    node_ids result;
    for (int id = 0; id < g.size; ++id) {
      const node& n = g[id];
      const bool computes = n.op == operation::add || n.op == operation::subtract || n.op == operation::multiply ||
                            n.op == operation::divide || n.is_reduction();
      if (schedule::is_live(id) && n.level == Level && computes) result.push_back(id);
    }
    return result;
  }();

 private:
  /// Whether each watched sum of products adds products of two inputs, so that the inputs show whether they underflow.
  static constexpr bool adds_products_of_inputs = [] {
    for (int id = 0; id < g.size; ++id) {
      if (!schedule::is_live(id) || g[id].op != operation::sum || !watches_least(id)) continue;
      int term = g[id].a;
      while (g[term].op == operation::sum || g[term].op == operation::negate) term = g[term].a;
      if (g[term].op != operation::multiply) return false;
      if (((source(g[term].a) | source(g[term].b)) & unknown) != 0) return false;
    }
    return true;
  }();
  static constexpr bool shows_products(const magnitudes<T>& w, const magnitudes<T>& y) {
    if (!adds_products_of_inputs) return false;
    const auto shows = [](const magnitudes<T>& a, const magnitudes<T>& b) {
      const T least = (a.least < 1 ? a.least : T(1)) * (b.least < 1 ? b.least : T(1));
      return a.zero || b.zero || least >= safe_range<T>::least;
    };
    return shows(w, w) && shows(w, y) && shows(y, y);
  }

 public:
  /// Whether a part has to be computed again, given what its scalars said: `count` weights and incoming gradients. What
  /// is not finite stays as it is, and so does a zero that is a sum of zeros.
  static constexpr bool is_out_of_range(range_verdict verdict, const T* weight, const T* incoming, index_t count) {
    if (!verdict.left && !verdict.vanished) return false;
    const magnitudes<T> w(weight, count), y(incoming, g.drops_zero_products ? count : 0);
    if (!w.finite || !y.finite) return false;
    return verdict.left || !shows_products(w, y);
  }

  /// Adds what the value `x` of the watched scalar `id` says, of a product or quotient with the operands `a` and `b`.
  static constexpr void look(range_verdict& verdict, int id, T x, T a, T b) {
    const node& n = g[id];
    const T size = safe_range<T>::magnitude(x);
    if (!(size <= safe_range<T>::most)) verdict.left = true;
    if (!watches_least(id) || size >= safe_range<T>::least || x != x) return;
    if (n.op == operation::sum) {
      (x == 0 ? verdict.vanished : verdict.left) = true;
    } else if (a != 0 && (n.op == operation::divide || b != 0)) {
      verdict.left = true;
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI
