// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Finds the taps of a block that a formula gives one number, or one value: which nodes compute the same of the same.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/bounded_vector.hpp>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/known_value.hpp>
#include <espalier/liveness.hpp>
#include <espalier/node.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/value_range.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The values of a graph's nodes at one tap after the other, in element type `T`.
///
/// Two taps have one shared value only where a sweep does the same operations on the same numbers for both, so it holds
/// bit by bit, but for the sign of a zero and the bits of a NaN. What reads the tap's own weight is not looked into: no
/// other tap has that. Reductions and named numbers are one value for all taps that read them.
template <class T>
class value_numbering {
 public:
  using value = known_value<T>;
  /// Expressions that are told apart; of later ones nothing is known. A learned number times a Gaussian of 9^3 taps has
  /// 165.
  static constexpr std::size_t capacity = 256;
  /// Numbers of shared values: of nodes, then of expressions.
  static constexpr std::size_t most_ids = static_cast<std::size_t>(graph::capacity) + capacity;

  constexpr explicit value_numbering(const graph& g) : g_(g) {
    const node_marks live = live_nodes(g);
    for (int id = 0; id < g.size; ++id) {
      if (g[id].level != scope::tap) {
        values_[at(id)] = scalar(id);
      } else if (live[at(id)]) {
        of_taps_.push_back(id);
      }
    }
  }

  /// Nodes that are followed at each tap.
  [[nodiscard]] constexpr std::size_t size() const { return of_taps_.size(); }
  /// What a node is that is no tap's.
  [[nodiscard]] constexpr const value& scalar_at(int id) const { return of(id); }
  /// What the formula makes of the tap with this row-major number.
  [[nodiscard]] constexpr const value& output_at(index_t tap) {
    for (int id : of_taps_) values_[at(id)] = at_tap(id, tap);
    return values_[at(g_.output)];
  }

 private:
  struct expression {
    operation op{};
    short next = 0;  ///< Another one with the same hash, by its number, from 1 on.
    value a{}, b{}, c{};
  };
  static constexpr std::size_t at(int id) { return static_cast<std::size_t>(id); }
  [[nodiscard]] constexpr const value& of(int id) const { return values_[at(id)]; }

  [[nodiscard]] constexpr value scalar(int id) {
    const node& n = g_[id];
    if (n.op == operation::constant || n.op == operation::epsilon || n.op == operation::known_sum) {
      return value::of(n.value);
    }
    return n.is_leaf() || n.is_reduction() ? value::shared(id) : computed(n);
  }
  [[nodiscard]] constexpr value at_tap(int id, index_t tap) {
    const node& n = g_[id];
    switch (n.op) {
      case operation::tap:
      case operation::incoming:
        return {};
      case operation::table:
        return value::of(g_.table_value(n.table(), tap));
      case operation::inside:
        return value::of(g_.contains(n.regions, tap) ? 1 : 0);
      case operation::spread:
        return of(n.a + g_.groups_of(g_[n.a].partition)[tap]);
      default:
        return computed(n);
    }
  }

  [[nodiscard]] constexpr value computed(const node& n) {
    const value &a = of(n.a), &b = of(n.b < 0 ? n.a : n.b), &c = of(n.c < 0 ? n.a : n.c);
    switch (n.op) {
      case operation::detour:
        return a;
      case operation::negate:
        return a.is_own() ? value{} : -a;
      case operation::select:
        if (a.is_number()) return a.number != 0 ? b : c;
        if (b == c) return joined(b, c);
        break;
      case operation::conjunction:
        if (a.is_exactly(0) || b.is_exactly(0)) return value::of(0);
        break;
      case operation::disjunction:
        if (a.is_exactly(1) || b.is_exactly(1)) return value::of(1);
        break;
      case operation::min:
      case operation::max:
        if (a == b) return joined(a, b);
        break;
      case operation::multiply:
        if ((a.is_exactly(0) && keeps_zero(n.b)) || (b.is_exactly(0) && keeps_zero(n.a))) return value::of(0);
        break;
      case operation::divide:
        if (a.is_exactly(0) && divides_zero(n.b)) return value::of(0);
        break;
      default:
        break;
    }
    if (a.is_own() || b.is_own() || c.is_own()) return {};
    if (n.op != operation::select && a.is_number() && b.is_number()) return applied_to_numbers(n, a, b);
    return combined(n, a, b, c);
  }
  /// One of two equal values, it is not known which.
  [[nodiscard]] static constexpr value joined(value a, const value& b) {
    a.signed_zero = a.signed_zero && b.signed_zero;
    return a;
  }
  /// Whether 0 * x is 0, of node `x`.
  [[nodiscard]] constexpr bool keeps_zero(int x) const {
    const value_range& r = g_[x].range;
    return !r.nan && !r.may_be_infinite() && (r.finite || r.bounded());
  }
  /// Whether 0 / x is 0.
  [[nodiscard]] constexpr bool divides_zero(int x) const { return !g_[x].range.nan && !g_[x].range.may_be_zero(); }

  /// An expression of which not all is a number.
  [[nodiscard]] constexpr value combined(const node& n, const value& a, const value& b, const value& c) {
    switch (n.op) {
      case operation::add:
        return sum(a, b);
      case operation::subtract:
        return sum(a, -b);
      case operation::multiply:
        if (a.without_sign().is_exactly(1)) return a.is_negative() ? -b : b;
        if (b.without_sign().is_exactly(1)) return b.is_negative() ? -a : a;
        return product(n.op, a, b);
      case operation::divide:
        if (b.without_sign().is_exactly(1)) return b.is_negative() ? -a : a;
        // The sign of what is divided by zero is that of the zero.
        return b.tells_zeros_apart() ? product(n.op, a, b) : value{};
      case operation::abs:
        return found(n.op, a.without_sign(), {}, {});
      case operation::select:
        return of_operands(found(n.op, a, b, c), b, c);
      case operation::min:
      case operation::max:
        return of_operands(found(n.op, a, b, {}), a, b);
      case operation::sqrt:
        return of_operands(found(n.op, a, {}, {}), a, a);
      default:
        if (is_function(n.op) && !a.tells_zeros_apart()) return {};
        return found(n.op, a, n.b < 0 ? value{} : b, {});
    }
  }
  /// `result` tells zeros apart if both operands do.
  [[nodiscard]] static constexpr value of_operands(value result, const value& a, const value& b) {
    result.signed_zero = a.tells_zeros_apart() && b.tells_zeros_apart();
    return result;
  }
  /// Signs move out of a product or a quotient.
  [[nodiscard]] constexpr value product(operation op, const value& a, const value& b) {
    const bool swap = op == operation::multiply && comes_before(b, a);
    const value result = found(op, (swap ? b : a).without_sign(), (swap ? a : b).without_sign(), {});
    return of_operands(a.is_negative() != b.is_negative() && !result.is_own() ? -result : result, a, b);
  }
  /// a + b; that of both negated is the same one negated, but where they cancel.
  [[nodiscard]] constexpr value sum(value a, value b) {
    if (comes_before(b, a)) {
      const value first = b;
      b = a;
      a = first;
    }
    const bool turned = a.is_negative();
    if (turned) a = -a, b = -b;
    const bool subtracts = b.is_negative();
    value result = of_operands(found(subtracts ? operation::subtract : operation::add, a, b.without_sign(), {}), a, b);
    if (!turned || result.is_own()) return result;
    result.signed_zero = false;
    return -result;
  }
  /// An order of the operands that may be exchanged.
  [[nodiscard]] static constexpr bool comes_before(const value& a, const value& b) {
    if (a.is != b.is) return a.is_shared();
    return a.is_shared() && a.id < b.id;
  }

  /// The number of an expression; those of nodes come first.
  [[nodiscard]] constexpr value found(operation op, const value& a, const value& b, const value& c) {
    const auto same = [](const value& x, const value& y) { return (x.is_own() && y.is_own()) || x == y; };
    if (expressions_.overflow()) return {};
    short& first = first_[(static_cast<std::size_t>(op) + a.hash() + 5 * b.hash()) % first_.size()];
    for (short i = first; i > 0; i = expressions_[static_cast<std::size_t>(i - 1)].next) {
      const expression& e = expressions_[static_cast<std::size_t>(i - 1)];
      if (e.op == op && same(e.a, a) && same(e.b, b) && same(e.c, c)) return value::shared(g_.size + i - 1);
    }
    expressions_.push_back({op, first, a, b, c});
    if (expressions_.overflow()) return {};
    first = static_cast<short>(expressions_.size());
    return value::shared(g_.size + first - 1);
  }

  const graph& g_;
  std::array<value, static_cast<std::size_t>(graph::capacity)> values_{};
  bounded_vector<int, static_cast<std::size_t>(graph::capacity)> of_taps_;
  bounded_vector<expression, capacity> expressions_;
  std::array<short, 64> first_{};  ///< Of the expressions with a hash.
};

}  // namespace esp::inline ESPALIER_ABI::detail
