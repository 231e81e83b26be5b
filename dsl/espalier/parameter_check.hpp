// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Asks the values of a formula's named parameters whether they obey the rules of the policies that use them.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/elementary_functions.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_rule.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/shape.hpp>
#include <espalier/square_root.hpp>
#include <espalier/text.hpp>
#include <exception>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// What `evaluate` throws for a number that a policy refuses. (A layer throws `esp::error` where the number enters.)
class refused_number : public std::exception {
 public:
  explicit refused_number(const requirement& rule) { sentence_ << rule.id << ": " << rule.of << " must " << rule.must; }
  [[nodiscard]] const char* what() const noexcept override { return sentence_.view().data(); }

 private:
  text sentence_;  // ends in a zero: shorter than its room
};

/// The requirements of formula `F` on its parameters, which are NaN where they have no value yet. They lie as
/// `number_offset` says; a rule is asked of every block that reads other numbers.
///
/// Nothing reads the graph at run time: a program holds the instructions of its rules alone.
template <class F, class T>
class parameter_check {
  using table = number_table<F>;

 public:
  static constexpr int count = F::value.requirement_count;
  using parameter_set = unsigned;  ///< bit i: parameter i of the formula

  /// What the first requirement that `values` break says, and the number that breaks it.
  struct finding {
    int broken = -1;  ///< -1: none
    T value{};
    requirement rule{};
    parameter_set reads = 0;
    index_t block = 0;  ///< of the weight, that the number belongs to

    /// Which number of a name was read.
    [[nodiscard]] constexpr index_t number_of(per part) const {
      return number_of_block(part, block, F::value.shape.in);
    }
  };

  /// Requirements that read a parameter without a value are left for later.
  [[nodiscard]] static constexpr finding find(const T* values) {
    parameter_set known = 0;
    for (int i = 0; i < F::value.parameter_count; ++i) known |= has_value(values, i) ? 1u << i : 0u;
    return find_among(values, known, std::make_integer_sequence<int, count>{});
  }
  /// The same as if every parameter in `given` had a value, NaN too.
  [[nodiscard]] static constexpr finding find_given(const T* values, parameter_set given) {
    return find_among(values, given, std::make_integer_sequence<int, count>{});
  }

  /// Whether every number of name `i` has a value.
  [[nodiscard]] static constexpr bool has_value(const T* values, int i) {
    const T* const numbers = values + table::offset_of(i);
    bool result = true;
    for (index_t n = 0; n < table::size_of(i); ++n) result = result && numbers[n] == numbers[n];
    return result;
  }

 private:
  static constexpr std::size_t at(int i) { return static_cast<std::size_t>(i); }

  static constexpr parameter_set read_by(int id) {
    if (id < 0) return 0;
    const node& n = F::value[id];
    if (n.op == operation::parameter) return 1u << n.name();
    return read_by(n.a) | read_by(n.b) | read_by(n.c);
  }

  template <int... R>
  static constexpr finding find_among([[maybe_unused]] const T* values, [[maybe_unused]] parameter_set known,
                                      std::integer_sequence<int, R...>) {
    finding found;
    (ask<R>(values, known, found), ...);
    return found;
  }
  template <int R>
  static constexpr void ask(const T* values, parameter_set known, finding& found) {
    constexpr requirement rule = F::value.requirements[at(R)];
    constexpr parameter_set reads = read_by(rule.a) | read_by(rule.b);
    if (found.broken >= 0 || (reads & ~known) != 0) return;
    constexpr per part = part_of(reads);
    for (index_t n = 0; n < numbers_of(part, F::value.shape); ++n) {
      const index_t block = first_block_of(part, n, F::value.shape.in);
      const T a = value_of<rule.a>(values, block), b = value_of<rule.b>(values, block);
      if (!rule.holds(static_cast<double>(a), static_cast<double>(b))) {
        found = {R, a, rule, reads, block};
        return;
      }
    }
  }
  /// How many times the numbers of some names can differ.
  static constexpr per part_of(parameter_set names) {
    per part = per::weight;
    for (int i = 0; i < F::value.parameter_count; ++i) {
      if ((names >> i & 1u) != 0) part = finer(part, F::value.numbers[at(i)].part);
    }
    return part;
  }

  /// The value of a node that no weight decides for a block, in the precision of the layer.
  template <int Id>
  static constexpr T value_of(const T* values, index_t block) {
    if constexpr (Id < 0) {
      return T{};
    } else {
      constexpr node n = F::value[Id];
      if constexpr (n.op == operation::parameter) {
        constexpr index_t offset = table::offset_of(static_cast<int>(n.name()));
        return values[offset + number_of_block(F::value.numbers[n.name()].part, block, F::value.shape.in)];
      } else if constexpr (n.op == operation::constant || n.op == operation::epsilon) {
        return static_cast<T>(n.value);
      } else {
        return applied<n.op>(value_of<n.a>(values, block), value_of<n.b>(values, block), value_of<n.c>(values, block));
      }
    }
  }
  template <operation Op>
  static constexpr T applied(T a, [[maybe_unused]] T b, [[maybe_unused]] T c) {
    if constexpr (Op == operation::add) return a + b;
    if constexpr (Op == operation::subtract) return a - b;
    if constexpr (Op == operation::multiply) return a * b;
    if constexpr (Op == operation::divide) return a / b;
    if constexpr (Op == operation::negate) return -a;
    if constexpr (Op == operation::sqrt) return square_root(a);
    if constexpr (Op == operation::abs) return a < 0 ? -a : a;
    if constexpr (is_function(Op)) return function_of(Op, a);
    if constexpr (Op == operation::min) return b < a ? b : a;
    if constexpr (Op == operation::max) return a < b ? b : a;
    if constexpr (Op == operation::less) return a < b ? T{1} : T{0};
    if constexpr (Op == operation::less_equal) return a <= b ? T{1} : T{0};
    if constexpr (Op == operation::negation) return a == 0 ? T{1} : T{0};
    if constexpr (Op == operation::conjunction) return a != 0 && b != 0 ? T{1} : T{0};
    if constexpr (Op == operation::disjunction) return a != 0 || b != 0 ? T{1} : T{0};
    if constexpr (Op == operation::select) return a != 0 ? b : c;
    if constexpr (Op == operation::detour) return a;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
