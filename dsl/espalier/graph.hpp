// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A formula as a value: an array of nodes in which every subexpression stands once, simplified as it is appended.
#pragma once

#include <array>
#include <espalier/config.hpp>
#include <espalier/expression.hpp>
#include <espalier/node.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/region.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/value_range.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI {

/// Nodes in the order of their dependencies. Appending an equal node returns the first one.
///
/// Simplifications keep the formula's value up to rounding and the sign of a zero, and no NaN vanishes in one, but for
/// two: a constant operand of min and max goes second, so that a NaN stays where the formula would drop it; and where a
/// coarser factor is infinite, the sum that it left is infinite or NaN and not always NaN. Each is there because it
/// saves a pass or a division: constants fold; 1 * x, x + 0, x / 1, --x vanish, signs and constants move out of
/// products and quotients; |x| of a proved sign vanishes; x / k of a coarser k becomes x * (1 / k), one division per
/// block; coarser factors move out of products, absolute values and sums; a sum is split where that saves a pass: sum(x
/// - m) = sum(x) - taps * m.
struct graph {
  /// The gradient of five composed policies takes 91 nodes in trials; the rest is room for long custom formulas.
  static constexpr int capacity = 320;
  static constexpr int region_capacity = 16;
  static constexpr int parameter_capacity = 16;
  static constexpr int requirement_capacity = 32;

  std::array<node, capacity> nodes{};
  int size = 0;
  int output = -1;
  std::array<region_info, region_capacity> regions{};
  int region_count = 0;
  std::array<std::string_view, parameter_capacity> parameters{};
  int parameter_count = 0;
  std::array<requirement, requirement_capacity> requirements{};  ///< of numbers that no weight decides
  int requirement_count = 0;
  std::array<int, 2> queries{-1, -1};  ///< nodes that a proof asks about besides the output
  weight_shape shape{};
  /// In a gradient 0 * x is 0 whatever x is, as a branch not taken gives no gradient; in a formula NaN must pass.
  bool drops_zero_products = false;
  bool too_long = false;  ///< a capacity was exceeded; the graph is unusable (ESP-033)

  constexpr const node& operator[](int id) const { return nodes[static_cast<std::size_t>(id)]; }

  [[nodiscard]] constexpr int constant(double v) { return find_or_add({.op = operation::constant, .value = v}); }
  /// Positive by construction where used as a guard; facts treat it as zero.
  [[nodiscard]] constexpr int epsilon(double v) { return find_or_add({.op = operation::epsilon, .value = v}); }
  /// How many parts of the next finer scope one part of `s` has: a constant, or a node that stands for any number of
  /// channels where the shape names none (0).
  [[nodiscard]] constexpr int parts(scope s) {
    const index_t count = parts_per(s, shape);
    if (count > 0) return constant(static_cast<double>(count));
    return find_or_add({.op = operation::parts, .value = static_cast<double>(s)});
  }
  /// The number of values that a reduction to `target` over `set` runs over.
  [[nodiscard]] constexpr int population_of(region_set set, scope target) {
    int count = constant(static_cast<double>(taps_in(set)));
    if (target >= scope::filter) count = multiply(count, parts(scope::filter));
    if (target >= scope::whole) count = multiply(count, parts(scope::whole));
    return count;
  }
  /// A constant, or the count of channels that is one in every layer.
  [[nodiscard]] constexpr bool is_count(int id) const {
    const node& n = at(id);
    return n.is_constant() || n.op == operation::parts ||
           (n.op == operation::multiply && is_count(n.a) && is_count(n.b));
  }
  [[nodiscard]] constexpr int parameter(std::string_view name) {
    int index = 0;
    while (index < parameter_count && parameters[static_cast<std::size_t>(index)] != name) ++index;
    if (index == parameter_count) {
      if (parameter_count == parameter_capacity) return too_long = true, 0;
      parameters[static_cast<std::size_t>(parameter_count++)] = name;
    }
    return find_or_add({.op = operation::parameter, .value = static_cast<double>(index)});
  }
  /// Enters a rule for one number or a pair, unless a weight decides it or written numbers obey it.
  constexpr void require(const requirement& r) {
    if (depends_on_weights(r.a) || (r.b >= 0 && depends_on_weights(r.b))) return;
    const bool written = at(r.a).is_constant() && (r.b < 0 || at(r.b).is_constant());
    if (written && r.holds(at(r.a).value, r.b < 0 ? 0 : at(r.b).value)) return;
    for (int i = 0; i < requirement_count; ++i) {
      const requirement& old = requirements[static_cast<std::size_t>(i)];
      if (old.a == r.a && old.b == r.b && old.id == r.id && old.of == r.of && old.must == r.must) return;
    }
    too_long = too_long || requirement_count == requirement_capacity;
    if (!too_long) requirements[static_cast<std::size_t>(requirement_count++)] = r;
  }
  /// The gradient that arrives from the layer: one value per tap, the input of a derived gradient.
  [[nodiscard]] constexpr int incoming() { return find_or_add({.op = operation::incoming, .level = scope::tap}); }
  [[nodiscard]] constexpr int tap() { return find_or_add({.op = operation::tap, .level = scope::tap}); }

  /// The bit of a region, which is entered into the table when it is new: regions of the same taps are one.
  [[nodiscard]] constexpr region_set bit_of(const region_info& region) {
    int index = 0;
    while (index < region_count && !same_taps(regions[static_cast<std::size_t>(index)], region)) ++index;
    if (index == region_count) {
      if (region_count == region_capacity) return too_long = true, 0u;
      regions[static_cast<std::size_t>(region_count++)] = region;
    }
    regions[static_cast<std::size_t>(index)].needs_center |= region.needs_center;
    return 1u << index;
  }
  [[nodiscard]] constexpr bool contains(region_set set, index_t tap_number) const {
    for (int i = 0; i < region_count; ++i) {
      if ((set >> i & 1u) != 0 &&
          !regions[static_cast<std::size_t>(i)].contains(tap_at(tap_number, shape.kernel), shape.kernel)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] constexpr index_t taps_in(region_set set) const {
    if (set == 0) return shape.kernel.volume();
    index_t count = 0;
    for (index_t t = 0; t < shape.kernel.volume(); ++t) count += contains(set, t) ? 1 : 0;
    return count;
  }

  /// What is known of node `n` when `of(operand)` is known of its operands: of every tap together, unless `of` tells
  /// classes of taps apart.
  template <class Of>
  [[nodiscard]] constexpr value_range range_of(const node& n, const Of& of) const {
    if (n.is_condition()) return range_of_condition();
    switch (n.op) {
      case operation::tap:
        return range_of_any();
      case operation::constant:
        return range_of_constant(n.value);
      case operation::epsilon:
        return range_of_epsilon(n.value);
      case operation::parts:
        return range_of_count();
      case operation::select:
        return range_of_choice(n, of);
      case operation::sum:
        return range_of_total(of(n.a), count_of(n));
      case operation::smallest:
      case operation::largest:
        return of(n.a);
      default:
        return n.a < 0 ? range_of_any() : range_of_operation(n.op, of(n.a), of(n.b < 0 ? n.a : n.b), n.a == n.b);
    }
  }
  /// How many values reduction `n` takes from the next finer scope.
  [[nodiscard]] constexpr interval count_of(const node& n) const {
    const index_t count = n.level == scope::block ? taps_in(n.regions) : parts_per(n.level, shape);
    if (n.level != scope::block && count == 0) return range_of_count();
    return interval::exactly(static_cast<double>(count));
  }

  [[nodiscard]] constexpr int inside(region_set set) {
    return find_or_add({.op = operation::inside, .level = scope::tap, .regions = set});
  }
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
    if (drops_zero_products && (is(a, 0) || is(b, 0))) return constant(0);
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
    if (at(b).level > at(a).level && !is_count(b)) return multiply(a, divide(constant(1), b));
    return add_plain(operation::divide, a, b);
  }
  [[nodiscard]] constexpr int root(int a) {
    if (at(a).is_constant() && at(a).value >= 0 && root_of(at(a).range).lo == root_of(at(a).range).hi) {
      return constant(square_root(at(a).value));
    }
    return add_plain(operation::sqrt, a, -1);
  }
  [[nodiscard]] constexpr int magnitude(int a) {
    if (at(a).range.nonnegative()) return a;
    if (at(a).op == operation::negate) return magnitude(at(a).a);
    const split_factors p = split(a, at(a).level);
    if (p.coarse >= 0 && p.fine >= 0) return multiply(magnitude(p.fine), magnitude(p.coarse));
    if (at(a).range.nonpositive()) return negate(a);
    return add_plain(operation::abs, a, -1);
  }
  /// min and max keep a NaN in their first operand, so a constant goes second, unless no weight makes the other NaN:
  /// then that one is a constant too, which has not been folded.
  [[nodiscard]] constexpr int minimum(int a, int b) {
    if (both_constant(a, b)) return constant(smaller(at(a).value, at(b).value));
    if (at(a).is_constant() && !is_fixed(b)) return minimum(b, a);
    if (at(a).range.hi <= at(b).range.lo) return a;
    return add_plain(operation::min, a, b);
  }
  [[nodiscard]] constexpr int maximum(int a, int b) {
    if (both_constant(a, b)) return constant(larger(at(a).value, at(b).value));
    if (at(a).is_constant() && !is_fixed(b)) return maximum(b, a);
    if (at(a).range.lo >= at(b).range.hi) return a;
    return add_plain(operation::max, a, b);
  }
  /// Whether a quotient by `id` is as regular as what is divided.
  [[nodiscard]] constexpr bool divides_regularly(int id) const { return at(id).regular && at(id).nonzero; }
  [[nodiscard]] constexpr int select(int condition, int a, int b) {
    if (at(condition).op == operation::inside) {
      a = decided(a, condition, true);
      b = decided(b, condition, false);
    }
    if (a == b || (at(condition).op == operation::inside && at(condition).regions == 0)) return a;
    if (drops_zero_products && is(a, 0) != is(b, 0)) {
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

  /// Reduces `a` to `target`, one scope at a time: taps into blocks, blocks into filters, filters into the whole.
  [[nodiscard]] constexpr int reduce(operation op, int a, region_set set, scope target) {
    int result = a;
    for (scope s = scope::block; s <= target; s = static_cast<scope>(static_cast<unsigned char>(s) + 1)) {
      result = reduce_step(op, result, s == scope::block ? set : 0u, s);
    }
    return result;
  }
  /// Sums `a`, one value for each value at level `from`, up to level `to`.
  [[nodiscard]] constexpr int sum_between(int a, scope from, scope to) {
    int result = a;
    for (scope s = from; s < to;) {
      s = static_cast<scope>(static_cast<unsigned char>(s) + 1);
      result = reduce_step(operation::sum, result, 0u, s);
    }
    return result;
  }
  /// The value of `a`, made from `source`, whose gradient goes to `source` past the formula: as it is, or `tangent` to
  /// what is proved of `a`.
  [[nodiscard]] constexpr int detour(int a, int source, bool tangent) {
    return place({.op = operation::detour, .a = a, .b = source, .value = tangent ? 1.0 : 0.0});
  }
  /// Values that a reduction to `target` over `set` runs over, of a shape that names its channels.
  [[nodiscard]] constexpr double population(region_set set, scope target) const {
    double count = static_cast<double>(taps_in(set));
    if (target >= scope::filter) count *= static_cast<double>(shape.in);
    if (target >= scope::whole) count *= static_cast<double>(shape.out);
    return count;
  }

 private:
  /// `select(x < k, k, x)` and its like are a max or a min; of other choices either branch may be the result.
  template <class Of>
  [[nodiscard]] constexpr value_range range_of_choice(const node& n, const Of& of) const {
    const node& condition = at(n.a);
    const value_range yes = of(n.b);
    const value_range no = of(n.c);
    if (condition.op == operation::less || condition.op == operation::less_equal) {
      if (condition.a == n.c && condition.b == n.b) return range_of_larger(no, yes);   // x < k ? k : x
      if (condition.a == n.b && condition.b == n.c) return range_of_smaller(no, yes);  // x < k ? x : k
    }
    return range_of_either(yes, no);
  }
  [[nodiscard]] constexpr bool depends_on_weights(int id) const {
    const node& n = at(id);
    if (n.op == operation::tap || n.op == operation::incoming || n.op == operation::inside || n.is_reduction()) {
      return true;
    }
    return (n.a >= 0 && depends_on_weights(n.a)) || (n.b >= 0 && depends_on_weights(n.b)) ||
           (n.c >= 0 && depends_on_weights(n.c));
  }

  /// In a gradient: `select(c, x, 0)` or `select(c, 0, x)` per tap.
  [[nodiscard]] constexpr bool is_masked(int id) const {
    return drops_zero_products && at(id).op == operation::select && at(id).level == scope::tap &&
           is(at(id).b, 0) != is(at(id).c, 0);
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

  /// Compares what two regions hold, not their functions' addresses: those are no constants under a sanitizer.
  [[nodiscard]] constexpr bool same_taps(const region_info& a, const region_info& b) const {
    for (index_t t = 0; t < shape.kernel.volume(); ++t) {
      const tap_index where = tap_at(t, shape.kernel);
      if (a.contains(where, shape.kernel) != b.contains(where, shape.kernel)) return false;
    }
    return true;
  }

  /// a = coarse * fine, where `fine` is constant only at `level` and `coarse` beyond it; -1 stands for 1.
  struct split_factors {
    int coarse = -1;
    int fine = -1;
  };

  [[nodiscard]] constexpr const node& at(int id) const { return nodes[static_cast<std::size_t>(id)]; }
  [[nodiscard]] constexpr bool is(int id, double v) const { return at(id).is_constant() && at(id).value == v; }
  /// Made of constants only.
  [[nodiscard]] constexpr bool is_fixed(int id) const {
    const node& n = at(id);
    if (n.op == operation::constant || n.op == operation::epsilon) return true;
    if (n.a < 0 || n.is_reduction()) return false;
    return is_fixed(n.a) && (n.b < 0 || is_fixed(n.b)) && (n.c < 0 || is_fixed(n.c));
  }
  /// Constants fold where the result is exact, so that proofs speak of the numbers that were written: 27 * 0.3 stays,
  /// one product for the whole weight.
  [[nodiscard]] static constexpr bool folds(const rounded_bound& result) {
    return result.exact_is == 0 && ieee::is_finite(result.value);
  }
  [[nodiscard]] constexpr bool both_constant(int a, int b) const { return at(a).is_constant() && at(b).is_constant(); }

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

  [[nodiscard]] constexpr int reduce_step(operation op, int a, region_set set, scope target) {
    const node x = at(a);
    if (target == scope::block && taps_in(set) == 0) {
      return constant(op == operation::sum ? 0 : op == operation::smallest ? interval::infinity : -interval::infinity);
    }
    if (x.level >= target) {
      if (op != operation::sum) return a;
      return multiply(target == scope::block ? constant(static_cast<double>(taps_in(set))) : parts(target), a);
    }
    if (x.op == operation::select && at(x.a).op == operation::inside && (set & at(x.a).regions) == at(x.a).regions) {
      return reduce_step(op, x.b, set, target);  // every tap of the region takes the first branch
    }
    if (op == operation::sum && is_masked(a)) {
      const bool first = is(x.c, 0);
      if (first && at(x.a).op == operation::inside) return reduce_step(op, x.b, set | at(x.a).regions, target);
      const node inner = at(first ? x.b : x.c);
      if (inner.op == operation::add || inner.op == operation::subtract) {
        const auto masked = [&](int part) { return first ? select(x.a, part, x.c) : select(x.a, x.b, part); };
        const int left = masked(inner.a);
        const int right = masked(inner.b);
        return split_sum(op, inner.op, left, right, a, set, target);
      }
    }
    if (op == operation::sum) {
      if (x.op == operation::negate) return negate(reduce_step(op, x.a, set, target));
      if (x.op == operation::divide && at(x.b).level >= target) return divide(reduce_step(op, x.a, set, target), x.b);
      if (x.op == operation::multiply && at(x.a).level >= target) {
        return multiply(reduce_step(op, x.b, set, target), x.a);
      }
      if (x.op == operation::multiply && at(x.b).level >= target) {
        return multiply(reduce_step(op, x.a, set, target), x.b);
      }
    }
    if (op == operation::sum && (x.op == operation::add || x.op == operation::subtract)) {
      return split_sum(op, x.op, x.a, x.b, a, set, target);
    }
    return find_or_add(reduction_of(op, a, set, target));
  }
  [[nodiscard]] constexpr node reduction_of(operation op, int a, region_set set, scope target) const {
    return {.op = op,
            .level = target,
            .a = a,
            .regions = set,
            .known = pass_of(at(a).known) * 4 + static_cast<int>(target)};
  }
  /// The sum over `a` = left + right (or left - right), in parts where that is known in an earlier pass.
  [[nodiscard]] constexpr int split_sum(operation op, operation joined_by, int left, int right, int a, region_set set,
                                        scope target) {
    const node whole = reduction_of(op, a, set, target);
    const int x = reduce_step(op, left, set, target);
    const int y = reduce_step(op, right, set, target);
    const int parts = joined_by == operation::add ? add(x, y) : subtract(x, y);
    return at(parts).known < whole.known ? parts : find_or_add(whole);
  }

  [[nodiscard]] constexpr int add_plain(operation op, int a, int b) { return place({.op = op, .a = a, .b = b}); }
  /// Completes level and moment from the operands, then appends.
  [[nodiscard]] constexpr int place(node n) {
    for (int operand : {n.a, n.b, n.c}) {
      if (operand < 0) continue;
      if (at(operand).level < n.level) n.level = at(operand).level;
      if (at(operand).known > n.known) n.known = at(operand).known;
    }
    const int phase = n.known % 4;
    if (phase != 0 && phase > static_cast<int>(n.level)) n.known = next_pass(n.known);
    return find_or_add(n);
  }
  [[nodiscard]] constexpr int find_or_add(const node& n) {
    if (too_long) return 0;
    for (int id = 0; id < size; ++id) {
      const node& m = at(id);
      if (m.op == n.op && m.a == n.a && m.b == n.b && m.c == n.c && m.regions == n.regions && m.value == n.value &&
          m.level == n.level) {
        return id;
      }
    }
    if (size == capacity) return too_long = true, 0;
    nodes[static_cast<std::size_t>(size)] = n;
    nodes[static_cast<std::size_t>(size)].range =
        range_of(n, [this](int operand) -> const value_range& { return at(operand).range; });
    const auto operand = [this](int i) -> const node& { return at(i); };
    nodes[static_cast<std::size_t>(size)].nonzero = is_nonzero(n, operand);
    nodes[static_cast<std::size_t>(size)].regular = is_regular(n, operand);
    return size++;
  }
};

}  // namespace esp::inline ESPALIER_ABI
