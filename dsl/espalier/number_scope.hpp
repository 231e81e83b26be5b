// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How many numbers a name of a prior stands for, and where each of them is.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/number_part.hpp>
#include <espalier/operation.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// How many numbers a name stands for on weights of a shape.
[[nodiscard]] constexpr index_t numbers_of(per part, const weight_shape& s) {
  return part == per::block ? s.blocks() : part == per::filter ? s.out : part == per::input ? s.in : 1;
}
/// Which of them block number `block` of the weight reads, of `in` blocks a filter; and the first block that reads one.
[[nodiscard]] constexpr index_t number_of_block(per part, index_t block, index_t in) {
  return part == per::block ? block : part == per::filter ? block / in : part == per::input ? block % in : 0;
}
[[nodiscard]] constexpr index_t first_block_of(per part, index_t number, index_t in) {
  return part == per::filter ? number * in : number;
}
/// What a value is one for that is made of two numbers.
[[nodiscard]] constexpr per finer(per a, per b) {
  return a == b || b == per::weight ? a : a == per::weight ? b : per::block;
}

/// Whether some name of `g` stands for more than one number of a weight.
[[nodiscard]] constexpr bool has_scoped_numbers(const graph& g) {
  for (int i = 0; i < g.parameter_count; ++i) {
    if (g.numbers[static_cast<std::size_t>(i)].part != per::weight) return true;
  }
  return false;
}
[[nodiscard]] constexpr int learned_names(const graph& g) {
  int count = 0;
  for (int i = 0; i < g.parameter_count; ++i) count += g.numbers[static_cast<std::size_t>(i)].is_learned ? 1 : 0;
  return count;
}

/// Where the numbers of a graph's names are in one array: name after name, and the learned ones behind the others, so
/// that an optimiser sees one stretch. Of a prior whose names are one run-time number each, that is their order.
[[nodiscard]] constexpr index_t number_offset(const graph& g, int name) {
  const bool learned = name >= g.parameter_count || g.numbers[static_cast<std::size_t>(name)].is_learned;
  index_t offset = 0;
  for (int i = 0; i < g.parameter_count; ++i) {
    const named_number& n = g.numbers[static_cast<std::size_t>(i)];
    if (n.is_learned == learned ? i < name : learned) offset += numbers_of(n.part, g.shape);
  }
  return offset;
}
/// Of all names, and of those that are not learned.
[[nodiscard]] constexpr index_t number_count(const graph& g) { return number_offset(g, g.parameter_count); }
[[nodiscard]] constexpr index_t set_number_count(const graph& g) {
  index_t count = 0;
  for (int i = 0; i < g.parameter_count; ++i) {
    const named_number& n = g.numbers[static_cast<std::size_t>(i)];
    if (!n.is_learned) count += numbers_of(n.part, g.shape);
  }
  return count;
}

/// The numbers of a name: where they begin, how many there are, and what each is one for.
struct number_stretch {
  index_t offset = 0;
  index_t size = 0;
  per part = per::weight;
};

/// The names of formula `F` and their numbers, apart from the graph, all of which a program would carry else.
template <class F>
struct number_table {
  static constexpr int count = F::value.parameter_count;
  static constexpr auto names = F::value.parameters;
  static constexpr auto info = F::value.numbers;

  static constexpr auto stretches = [] {
    std::array<number_stretch, static_cast<std::size_t>(count)> result{};
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const per part = F::value.numbers[at].part;
      result[at] = {number_offset(F::value, i), numbers_of(part, F::value.shape), part};
    }
    return result;
  }();
  /// Of all names, and where the learned ones begin.
  static constexpr index_t total = number_count(F::value);
  static constexpr index_t learned_begin = set_number_count(F::value);
  static constexpr int learned = learned_names(F::value);
  static constexpr bool is_scoped = has_scoped_numbers(F::value);

  [[nodiscard]] static constexpr index_t offset_of(int i) { return stretches[static_cast<std::size_t>(i)].offset; }
  [[nodiscard]] static constexpr index_t size_of(int i) { return stretches[static_cast<std::size_t>(i)].size; }
};

/// Gives the nodes of a program that are numbers of this level those that block number `block` reads.
template <class Program, class T, class Value>
constexpr void take_numbers(const Program& p, scope level, index_t block, const T* numbers, Value* values) {
  for (int id = 0; id < p.size; ++id) {
    const auto& n = p.nodes[id];
    if (n.op != operation::parameter || n.level != level) continue;
    const number_stretch& s = p.names[static_cast<index_t>(n.value)];
    values[id] = Value(double(numbers[s.offset + number_of_block(s.part, block, p.in)]));
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
