// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where a formula's nodes are kept: each subexpression once, with the names, the regions and the rules that it speaks
/// of.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/function_range.hpp>
#include <espalier/interval.hpp>
#include <espalier/moment.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/table.hpp>
#include <espalier/table_list.hpp>
#include <espalier/tap_sets.hpp>
#include <espalier/threshold_range.hpp>
#include <espalier/value_range.hpp>
#include <string_view>

namespace esp::inline ESPALIER_ABI::detail {

/// Nodes in the order of their dependencies. Appending an equal node returns the first one; nothing is simplified here.
struct node_table : table_list {
  /// The gradient of five composed policies takes 91 nodes in trials; the rest is room for long custom formulas.
  static constexpr int capacity = 320;
  static constexpr int parameter_capacity = 16;
  static constexpr int requirement_capacity = 32;

  std::array<node, capacity> nodes{};
  int size = 0;
  int output = -1;
  std::array<std::string_view, parameter_capacity> parameters{};
  int parameter_count = 0;
  std::array<named_number, parameter_capacity> numbers{};  ///< what the names stand for
  bool has_two_of_a_name = false;  ///< one name stands for different numbers; the graph is unusable (ESP-223)
  std::array<requirement, requirement_capacity> requirements{};  ///< of numbers that no weight decides
  int requirement_count = 0;
  std::array<int, 2> queries{-1, -1};  ///< nodes that a proof asks about besides the output
  /// A gradient reads the incoming one beside the weight, and in it 0 * x is 0 whatever x is, as a branch not taken
  /// gives no gradient; in a formula NaN must pass.
  bool is_gradient = false;
  bool widens_threshold = false;  ///< one would run over more than a block, over groups of its taps or none (ESP-227)

  [[nodiscard]] constexpr bool has_functions() const {
    for (int id = 0; id < size; ++id) {
      if (is_function((*this)[id].op)) return true;
    }
    return false;
  }
  /// Whether some node is constant on the parts of `level`, and on no coarser ones.
  [[nodiscard]] constexpr bool has_level(scope level) const {
    for (int id = 0; id < size; ++id) {
      if ((*this)[id].level == level) return true;
    }
    return false;
  }
  constexpr const node& operator[](int id) const { return nodes[static_cast<std::size_t>(id)]; }

  [[nodiscard]] constexpr int constant(double v) { return find_or_add({.op = operation::constant, .value = v}); }
  /// Positive by construction where used as a guard; facts treat it as zero.
  [[nodiscard]] constexpr int epsilon(double v) { return find_or_add({.op = operation::epsilon, .value = v}); }
  /// How many parts of the next finer scope one part of `s` has: a constant, or a node that stands for any number of
  /// channels where the shape names none (0).
  [[nodiscard]] constexpr int parts(scope s) {
    if (s == scope::input) s = scope::whole;  // the same number
    const index_t count = parts_per(s, shape);
    if (count > 0) return constant(static_cast<double>(count));
    return find_or_add({.op = operation::parts, .value = static_cast<double>(s)});
  }
  /// A constant, or the count of channels that is one in every layer.
  [[nodiscard]] constexpr bool is_count(int id) const {
    const node& n = at(id);
    return n.is_constant() || n.op == operation::parts ||
           (n.op == operation::multiply && is_count(n.a) && is_count(n.b));
  }
  /// The number of that name; `n.start` apart, every use of a name says the same of it.
  [[nodiscard]] constexpr int parameter(std::string_view name, const named_number& n = {}) {
    int index = 0;
    while (index < parameter_count && parameters[static_cast<std::size_t>(index)] != name) ++index;
    if (index == parameter_count) {
      if (parameter_count == parameter_capacity) return too_long = true, 0;
      parameters[static_cast<std::size_t>(index)] = name;
      numbers[static_cast<std::size_t>(parameter_count++)] = {n.part, n.is_learned, -1};
    }
    named_number& known = numbers[static_cast<std::size_t>(index)];
    const bool starts_twice = n.start >= 0 && known.start >= 0 && n.start != known.start;
    if (known.part != n.part || known.is_learned != n.is_learned || starts_twice) has_two_of_a_name = true;
    if (n.start >= 0) known.start = n.start;
    return find_or_add(
        {.op = operation::parameter, .level = scope_of(known.part), .value = static_cast<double>(index)});
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
  [[nodiscard]] constexpr int inside(region_set set) {
    return find_or_add({.op = operation::inside, .level = scope::tap, .regions = set});
  }

  /// A table, or the number that it has at every tap.
  [[nodiscard]] constexpr int table(const table_info& info) {
    const entered_table entered = enter(info);
    if (entered.fault != formula_fault::none) return unusable(entered.fault);
    if (entered.is_number) return constant(entered.number);
    if (entered.index < 0) return too_long = true, 0;
    return find_or_add({.op = operation::table, .level = scope::tap, .value = static_cast<double>(entered.index)});
  }

  /// What is known of node `n` when `of(operand)` is known of its operands: of every tap together, unless `of` tells
  /// classes of taps apart.
  template <class Of>
  [[nodiscard]] constexpr value_range range_of(const node& n, const Of& of) const {
    if (n.is_condition()) return range_of_condition();
    if (is_function(n.op)) return range_of_function(n.op, of(n.a));
    switch (n.op) {
      case operation::tap:
        return range_of_any();
      case operation::constant:
        return range_of_constant(n.value);
      case operation::epsilon:
        return range_of_epsilon(n.value);
      case operation::parts:
        return range_of_count();
      case operation::table:
        return range_of_table(n.table(), [](index_t) { return true; });
      case operation::known_sum:
        return range_of_either(range_of_constant(next_below(n.value)), range_of_constant(next_above(n.value)));
      case operation::select:
        return range_of_choice(n, of);
      case operation::sum:
        return range_of_total(of(n.a), count_of(n));
      case operation::smallest:
      case operation::largest:
        return n.partition > 0 && n.regions != 0 ? range_of_any() : of(n.a);
      case operation::threshold:
        return range_of_threshold(of(n.a), of(n.b));
      default:
        return n.a < 0 ? range_of_any() : range_of_operation(n.op, of(n.a), of(n.b < 0 ? n.a : n.b), n.a == n.b);
    }
  }
  /// How many values reduction `n` makes one of.
  [[nodiscard]] constexpr interval count_of(const node& n) const {
    const scope direction = direction_of(at(n.a).level, n.level);
    if (direction == scope::block && n.partition > 0) return sizes_of(n.partition, n.regions);
    const index_t count = direction == scope::block ? taps_in(n.regions) : parts_per(direction, shape);
    if (direction != scope::block && count == 0) return range_of_count();
    return interval::exactly(static_cast<double>(count));
  }

 private:
  // In front of find_or_add, which asks for it with its own lambda: clang makes that function where it is asked for.
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
    if (n.op == operation::tap || n.op == operation::incoming || n.op == operation::inside ||
        n.op == operation::table || n.is_reduction()) {
      return true;
    }
    return (n.a >= 0 && depends_on_weights(n.a)) || (n.b >= 0 && depends_on_weights(n.b)) ||
           (n.c >= 0 && depends_on_weights(n.c));
  }

 protected:
  [[nodiscard]] constexpr const node& at(int id) const { return nodes[static_cast<std::size_t>(id)]; }
  [[nodiscard]] constexpr bool is(int id, double v) const { return at(id).is_constant() && at(id).value == v; }
  [[nodiscard]] constexpr bool both_constant(int a, int b) const { return at(a).is_constant() && at(b).is_constant(); }
  /// Made of constants and counts of channels only, which a layer makes constants.
  [[nodiscard]] constexpr bool is_fixed(int id) const {
    const node& n = at(id);
    if (n.op == operation::constant || n.op == operation::epsilon || n.op == operation::parts ||
        n.op == operation::table || n.op == operation::known_sum) {
      return true;
    }
    if (n.a < 0 || n.is_reduction() || n.op == operation::spread) return false;
    return is_fixed(n.a) && (n.b < 0 || is_fixed(n.b)) && (n.c < 0 || is_fixed(n.c));
  }

  /// Made of numbers and tables only.
  [[nodiscard]] constexpr bool is_decided(int id) const {
    const node& n = at(id);
    if (n.op == operation::table || n.op == operation::known_sum) return true;
    if (n.op == operation::constant || n.op == operation::parts) return true;
    if (n.a < 0) return false;
    return is_decided(n.a) && (n.b < 0 || is_decided(n.b)) && (n.c < 0 || is_decided(n.c));
  }
  /// What goes second in min and max: a number written beside what may be NaN.
  [[nodiscard]] constexpr bool goes_second(int a, int b) const {
    return is_decided(a) && !is_fixed(b) && !is_decided(b);
  }

  /// Completes level and moment from the operands, then appends.
  [[nodiscard]] constexpr int place(node n) {
    for (int operand : {n.a, n.b, n.c}) {
      if (operand < 0) continue;
      n.level = finer(n.level, at(operand).level);
      if (n.known < at(operand).known) n.known = at(operand).known;
    }
    if (n.known.phase > n.level) n.known = next_pass(n.known);  // a finer value waits for the next walk
    return find_or_add(n);
  }
  [[nodiscard]] constexpr int find_or_add(const node& n) {
    if (too_long) return 0;
    for (int id = 0; id < size; ++id) {
      const node& m = at(id);
      if (m.op == n.op && m.a == n.a && m.b == n.b && m.c == n.c && m.regions == n.regions && m.value == n.value &&
          m.level == n.level && m.partition == n.partition && m.group == n.group) {
        return id;
      }
    }
    if (size == capacity) return too_long = true, 0;
    nodes[static_cast<std::size_t>(size)] = n;
    nodes[static_cast<std::size_t>(size)].range =
        range_of(n, [this](int operand) -> const value_range& { return at(operand).range; });
    const auto operand = [this](int i) -> const node& { return at(i); };
    nodes[static_cast<std::size_t>(size)].nonzero = is_nonzero(at(size), operand);
    nodes[static_cast<std::size_t>(size)].regular = is_regular(n, operand);
    return size++;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
