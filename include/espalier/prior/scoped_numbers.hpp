// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The numbers of a formula that differ from block to block or from filter to filter, on their way into a sweep.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/node.hpp>
#include <espalier/number_part.hpp>
#include <espalier/number_scope.hpp>
#include <espalier/operation.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Which column of the weight each lane of a tile is.
template <class T>
using lane_columns = std::array<index_t, static_cast<std::size_t>(lanes<T>)>;

/// Nothing: of a formula whose numbers are the same for the whole weight.
struct no_lane_columns {};

/// The scoped numbers of formula `F`: a load for each lane of a tile, into the registers of their nodes.
template <class F, class T>
struct scoped_numbers {
  using layout = sweep_layout<F, T>;
  static constexpr const graph& g = F::value;
  static constexpr bool exist = has_scoped_numbers(F::value);

  /// Fills the registers of these nodes for a tile of these columns; `parameters` as `number_offset` says.
  static void store(const T* parameters, const lane_columns<T>& columns, T* tile_scalars) {
    for (const scoped_number& number : all) {
      const T* const from = parameters + number.offset;
      const bool of_block = scope_of(number.part) == scope::block;
      T* to = tile_scalars + (of_block ? index_t{0} : layout::block_scalars) + number.id * layout::width;
      for (index_t b = 0; b < (of_block ? layout::depth : 1); ++b, to += layout::node_count * layout::width) {
        for (index_t lane = 0; lane < layout::width; ++lane) {
          const index_t block = columns[static_cast<std::size_t>(lane)] * layout::depth + b;
          to[lane] = from[number_of_block(number.part, block, g.shape.in)];
        }
      }
    }
  }

 private:
  struct scoped_number {
    int id = 0;
    per part = per::block;
    index_t offset = 0;
  };
  static constexpr bool is_scoped(const node& n) { return n.op == operation::parameter && n.level != scope::whole; }
  static constexpr std::size_t count = [] {
    std::size_t result = 0;
    for (int id = 0; id < F::value.size; ++id) result += is_scoped(F::value[id]) ? 1 : 0;
    return result;
  }();
  static constexpr auto all = [] {
    std::array<scoped_number, count> result{};
    std::size_t next = 0;
    for (int id = 0; id < F::value.size; ++id) {
      const node& n = F::value[id];
      if (!is_scoped(n)) continue;
      const int name = static_cast<int>(n.name());
      result[next++] = {id, F::value.numbers[n.name()].part, number_offset(F::value, name)};
    }
    return result;
  }();
};

}  // namespace esp::inline ESPALIER_ABI::detail
