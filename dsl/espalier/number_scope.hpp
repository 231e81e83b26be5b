// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How many numbers a name of a prior stands for, and where each of them is.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/number_part.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// How many numbers a name of this level stands for on weights of a shape.
[[nodiscard]] constexpr index_t numbers_of(scope level, const weight_shape& s) {
  return level == scope::block ? s.blocks() : level == scope::filter ? s.out : 1;
}
/// Which of them block number `block` of the weight reads.
[[nodiscard]] constexpr index_t number_of_block(scope level, index_t block, index_t blocks_of_filter) {
  return level == scope::block ? block : level == scope::filter ? block / blocks_of_filter : 0;
}

/// Whether some name of `g` stands for more than one number of a weight.
[[nodiscard]] constexpr bool has_scoped_numbers(const graph& g) {
  for (int i = 0; i < g.parameter_count; ++i) {
    if (g.numbers[static_cast<std::size_t>(i)].level != scope::whole) return true;
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
    if (n.is_learned == learned ? i < name : learned) offset += numbers_of(n.level, g.shape);
  }
  return offset;
}
/// Of all names, and of those that are not learned.
[[nodiscard]] constexpr index_t number_count(const graph& g) { return number_offset(g, g.parameter_count); }
[[nodiscard]] constexpr index_t set_number_count(const graph& g) {
  index_t count = 0;
  for (int i = 0; i < g.parameter_count; ++i) {
    const named_number& n = g.numbers[static_cast<std::size_t>(i)];
    if (!n.is_learned) count += numbers_of(n.level, g.shape);
  }
  return count;
}

}  // namespace esp::inline ESPALIER_ABI::detail
