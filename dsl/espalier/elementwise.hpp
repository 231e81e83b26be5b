// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The operations that run tap by tap, simplified as they are appended.
#pragma once

#include <espalier/config.hpp>
#include <espalier/ieee.hpp>
#include <espalier/interval.hpp>
#include <espalier/node_table.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/square_root.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Operations on the values of one tap, or on scalars, which simplify as they append.
///
/// Simplifications keep the formula's value up to rounding and the sign of a zero, and no NaN vanishes in one, but for
/// two: a constant operand of min and max goes second, so that a NaN stays where the formula would drop it; and where a
/// coarser factor is infinite, the sum that it left is infinite or NaN and not always NaN. Each is there because it
/// saves a pass or a division: constants fold; 1 * x, x + 0, x / 1, --x vanish, signs and constants move out of
/// products and quotients; |x| of a proved sign vanishes; x / k of a coarser k becomes x * (1 / k), one division per
/// block; coarser factors move out of products and absolute values, and in graph.hpp out of sums.
struct elementwise : node_table {
  [[nodiscard]] constexpr int compare(operation op, int a, int b) { return add_plain(op, a, b); }
  [[nodiscard]] constexpr int negation(int a) { return add_plain(operation::negation, a, -1); }

  [[nodiscard]] constexpr int add(int a, int b) {
    if (is(a, 0)) return b;
    if (is(b, 0)) return a;
    if (both_constant(a, b) && folds(bound_sum(at(a).value, at(b).value))) return constant(at(a).value + at(b).value);
    if (at(b).op == operation::negate) return subtract(a, at(b).a);
    if (at(a).op == operation::negate) return subtract(b, at(a).a);
    return add_plain(operation::add, a < b ? a : b, a < b ? b : a);
  }
  [[nodiscard]] constexpr int subtract(int a, int b) {
    if (is(b, 0)) return a;
    if (is(a, 0)) return negate(b);
    if (both_constant(a, b) && folds(bound_sum(at(a).value, -at(b).value))) return constant(at(a).value - at(b).value);
    if (at(b).op == operation::negate) return add(a, at(b).a);
    return add_plain(operation::subtract, a, b);
  }
  [[nodiscard]] constexpr int negate(int a) {
    if (at(a).is_constant()) return constant(-at(a).value);
    if (at(a).op == operation::negate) return at(a).a;
    if (is_masked(a)) return remask(a, negate(kept_part(a)));
    return add_plain(operation::negate, a, -1);
  }
  [[nodiscard]] constexpr int multiply(int a, int b) {
    if (both_constant(a, b) && ieee::is_finite(at(a).value) && ieee::is_finite(at(b).value)) {
      if (is(a, 0)) return a;
      if (is(b, 0)) return b;
      if (folds(bound_product(at(a).value, at(b).value))) return constant(at(a).value * at(b).value);
    }
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
    if (is_gradient && (is(a, 0) || is(b, 0))) return constant(0);
    if (at(a).op == operation::negate) return negate(multiply(at(a).a, b));
    if (at(b).op == operation::negate) return negate(multiply(a, at(b).a));
    if (is_masked(a) && at(b).level == scope::tap) return remask(a, multiply(kept_part(a), b));
    if (is_masked(b) && at(a).level == scope::tap) return remask(b, multiply(a, kept_part(b)));
    const scope level = at(a).level < at(b).level ? at(a).level : at(b).level;
    const split_factors p = split(a, level);
    const split_factors q = split(b, level);
    if (p.coarse >= 0 && q.coarse >= 0) {
      const int coarse = multiply(p.coarse, q.coarse);
      const int fine = p.fine < 0 ? q.fine : q.fine < 0 ? p.fine : multiply_same(p.fine, q.fine);
      return multiply_same(fine, coarse);
    }
    if (p.coarse >= 0 && q.fine >= 0 && p.fine >= 0) return multiply_same(multiply_same(p.fine, q.fine), p.coarse);
    if (q.coarse >= 0 && p.fine >= 0 && q.fine >= 0) return multiply_same(multiply_same(p.fine, q.fine), q.coarse);
    return multiply_same(a, b);
  }
  [[nodiscard]] constexpr int divide(int a, int b) {
    if (both_constant(a, b) && !is(b, 0) && ieee::is_finite(at(a).value) && ieee::is_finite(at(b).value)) {
      if (is(a, 0)) return a;
      if (folds(bound_quotient(at(a).value, at(b).value))) return constant(at(a).value / at(b).value);
    }
    if (is(b, 1)) return a;
    if (at(a).op == operation::negate) return negate(divide(at(a).a, b));
    if (at(a).op == operation::multiply) {
      // A constant leaves the quotient, so that the factors 1/2 and 2 of a root's and a square's gradient meet.
      if (at(at(a).a).is_constant()) return multiply(at(a).a, divide(at(a).b, b));
      if (at(at(a).b).is_constant()) return multiply(at(a).b, divide(at(a).a, b));
    }
    // A graph that is full has no place for the one, and would divide for ever.
    if (at(b).level > at(a).level && !is_count(b) && !too_long) return multiply(a, divide(constant(1), b));
    return add_plain(operation::divide, a, b);
  }
  [[nodiscard]] constexpr int root(int a) {
    if (at(a).is_constant() && at(a).value >= 0 && root_of(at(a).range).lo == root_of(at(a).range).hi) {
      return constant(square_root(at(a).value));
    }
    return add_plain(operation::sqrt, a, -1);
  }
  /// A function of elementary_functions.hpp. It folds where its value is exact, and the sign of tanh moves out.
  [[nodiscard]] constexpr int function(operation op, int a) {
    if (op == operation::log && is(a, 1)) return constant(0);
    if (op == operation::tanh && is(a, 0)) return a;
    if (op == operation::exp && is(a, 0)) return constant(1);
    if (op == operation::sigmoid && is(a, 0)) return constant(0.5);
    if (op == operation::tanh && at(a).op == operation::negate) return negate(function(op, at(a).a));
    return add_plain(op, a, -1);
  }
  /// a^n, by the powers of two that n is the sum of.
  [[nodiscard]] constexpr int power(int a, int n) {
    if (n < 0) return divide(constant(1), power(a, -n));
    if (n == 0) return constant(1);
    if (n == 1) return a;
    const int half = power(a, n / 2);
    return n % 2 == 0 ? multiply(half, half) : multiply(multiply(half, half), a);
  }
  [[nodiscard]] constexpr int magnitude(int a) {
    if (at(a).range.nonnegative()) return a;
    if (at(a).op == operation::negate) return magnitude(at(a).a);
    const split_factors p = split(a, at(a).level);
    if (p.coarse >= 0 && p.fine >= 0) return multiply(magnitude(p.fine), magnitude(p.coarse));
    if (at(a).range.nonpositive()) return negate(a);
    if (at(a).op == operation::select && is_negative_of(at(a).b, at(a).c)) return magnitude(at(a).c);
    return add_plain(operation::abs, a, -1);
  }
  /// min and max keep a NaN in their first operand, so a constant or a table goes second, unless no weight makes the
  /// other NaN: then that one is a constant too, which has not been folded.
  [[nodiscard]] constexpr int minimum(int a, int b) {
    if (both_constant(a, b)) return constant(smaller(at(a).value, at(b).value));
    if (goes_second(a, b)) return minimum(b, a);
    if (at(a).range.hi <= at(b).range.lo) return a;
    return add_plain(operation::min, a, b);
  }
  [[nodiscard]] constexpr int maximum(int a, int b) {
    if (both_constant(a, b)) return constant(larger(at(a).value, at(b).value));
    if (goes_second(a, b)) return maximum(b, a);
    if (at(a).range.lo >= at(b).range.hi) return a;
    return add_plain(operation::max, a, b);
  }
  /// Whether a quotient by `id` is as regular as what is divided.
  [[nodiscard]] constexpr bool divides_regularly(int id) const { return at(id).regular && at(id).nonzero; }
  /// One where two nodes are equal, else zero.
  [[nodiscard]] constexpr int where_equal(int a, int b) {
    const int below = compare(operation::less_equal, a, b);
    const int above = compare(operation::less_equal, b, a);
    return select(compare(operation::conjunction, below, above), constant(1), constant(0));
  }
  [[nodiscard]] constexpr int select(int condition, int a, int b) {
    if (at(condition).op == operation::inside) {
      a = decided(a, condition, true);
      b = decided(b, condition, false);
    }
    if (a == b || (at(condition).op == operation::inside && at(condition).regions == 0)) return a;
    if (is_gradient && is(a, 0) != is(b, 0)) {
      // A coarser factor leaves the masked value, so that sums over it need not wait for the factor; not one that may
      // be infinite or NaN, which is what the condition guards against.
      const int x = is(a, 0) ? b : a;
      const split_factors p = split(x, at(condition).level);
      if (p.coarse >= 0 && !at(p.coarse).is_constant() && at(p.coarse).regular) {
        const int fine = p.fine >= 0 ? p.fine : constant(1);
        return multiply_same(is(a, 0) ? select(condition, a, fine) : select(condition, fine, b), p.coarse);
      }
    }
    return place({.op = operation::select, .a = condition, .b = a, .c = b});
  }

 protected:
  /// In a gradient: `select(c, x, 0)` or `select(c, 0, x)` per tap.
  [[nodiscard]] constexpr bool is_masked(int id) const {
    return is_gradient && at(id).op == operation::select && at(id).level == scope::tap &&
           is(at(id).b, 0) != is(at(id).c, 0);
  }

 private:
  /// `select(w < 0, -x, x)` is x with a sign.
  [[nodiscard]] constexpr bool is_negative_of(int a, int b) const {
    return (at(a).op == operation::negate && at(a).a == b) || (at(b).op == operation::negate && at(b).a == a);
  }
  [[nodiscard]] constexpr int kept_part(int id) const { return is(at(id).b, 0) ? at(id).c : at(id).b; }
  [[nodiscard]] constexpr int remask(int id, int part) {
    const node n = at(id);
    return is(n.b, 0) ? select(n.a, n.b, part) : select(n.a, part, n.c);
  }

  /// A branch of `select(inside(R), ...)` that is itself decided by a region: the taps of R, or of its complement, may
  /// all lie inside it or all outside.
  [[nodiscard]] constexpr int decided(int branch, int condition, bool yes) const {
    const node& n = at(branch);
    if (n.op != operation::select || at(n.a).op != operation::inside) return branch;
    bool all_inside = true;
    bool all_outside = true;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      if (contains(at(condition).regions, t) != yes) continue;
      (contains(at(n.a).regions, t) ? all_outside : all_inside) = false;
    }
    return all_inside ? n.b : all_outside ? n.c : branch;
  }

  /// a = coarse * fine, where `fine` is constant only at `level` and `coarse` beyond it; -1 stands for 1.
  struct split_factors {
    int coarse = -1;
    int fine = -1;
  };
  [[nodiscard]] constexpr split_factors split(int id, scope level) const {
    const node& n = at(id);
    if (n.level > level) return {.coarse = id, .fine = -1};
    if (n.op == operation::multiply) {
      if (at(n.a).level > level) return {.coarse = n.a, .fine = n.b};
      if (at(n.b).level > level) return {.coarse = n.b, .fine = n.a};
    }
    return {.coarse = -1, .fine = id};
  }
  [[nodiscard]] constexpr int multiply_same(int a, int b) {
    if (is(a, 1)) return b;
    if (is(b, 1)) return a;
    if (at(a).op == operation::divide && at(b).op != operation::divide) return multiply_same(b, a);
    if ((at(a).level == at(b).level || at(a).is_constant()) && at(b).op == operation::divide && is(at(b).a, 1) &&
        at(a).op != operation::divide) {
      return divide(a, at(b).b);  // u * (1 / k) = u / k: one rounding less
    }
    return add_plain(operation::multiply, a < b ? a : b, a < b ? b : a);
  }

  /// Constants fold where the result is exact, so that proofs speak of the numbers that were written: 27 * 0.3 stays,
  /// one product for the whole weight.
  [[nodiscard]] static constexpr bool folds(const rounded_bound& result) {
    return result.exact_is == 0 && ieee::is_finite(result.value);
  }
  [[nodiscard]] constexpr int add_plain(operation op, int a, int b) { return place({.op = op, .a = a, .b = b}); }
};

}  // namespace esp::inline ESPALIER_ABI::detail
