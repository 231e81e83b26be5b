// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Where a sweep keeps what it works on: a tile of columns, and the scalars of every scope, a register for each node.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/graph.hpp>
#include <espalier/plan.hpp>
#include <espalier/prior/block_reduction.hpp>
#include <espalier/scope.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/wide_evaluation.hpp>
#include <espalier/wide_number.hpp>
#include <new>  // IWYU pragma: keep

namespace esp::inline ESPALIER_ABI::detail {

/// What all tiles of a sweep share.
template <class T>
struct sweep_memory {
  T* tile;         ///< The rows of one tile, of both tensors.
  T* whole;        ///< A register for each node that is constant over the whole weight.
  T* inputs;       ///< The same for each input channel in turn, where a formula has such values.
  T* copy;         ///< Of a tile whose columns may be computed again.
  T* wide_inputs;  ///< Those of input channels, as `wide_evaluation` keeps them.
  const T* parameters;
  wide_evaluation<T>* wide;  ///< Where the whole weight is computed on wide numbers.
};

/// The sizes of a sweep of formula `F`, and where its scalars are.
template <class F, class T>
struct sweep_layout {
  using schedule = plan<F>;
  static constexpr const graph& g = F::value;
  static constexpr index_t width = lanes<T>;
  static constexpr index_t taps = g.shape.kernel.volume();
  /// How far a reduction reaches: a column is a block, or all blocks of an output channel.
  static constexpr scope reach = schedule::reach;
  /// Blocks of one column, its elements, and columns of the weight.
  static constexpr index_t depth = reach == scope::block ? 1 : g.shape.in;
  static constexpr index_t length = depth * taps;
  static constexpr index_t columns = g.shape.blocks() / depth;
  static constexpr index_t node_count = g.size;
  static constexpr int last_pass = schedule::passes - 1;
  /// Else blocks are shorter than a register, and tiles are loaded for any sink.
  static constexpr bool along_taps = block_reduction<F, T, 0>::along_taps;

  /// A gradient reads a second tensor, the incoming one: its tile follows the weight's.
  static constexpr bool is_gradient = g.is_gradient;
  static constexpr index_t tile_size = length * width;
  static constexpr index_t tiles_size = tile_size * (is_gradient ? 2 : 1);
  /// The scalars of a tile: of its blocks, then of its filters.
  static constexpr index_t block_scalars = depth * node_count * width;
  static constexpr index_t filter_scalars = node_count * width;
  static constexpr index_t tile_scalars = block_scalars + filter_scalars;
  /// Tiles that go through a pass before the next pass: while the roots and divisions of one are under way, the taps of
  /// another are added. No more than leave the first cache room: 5^3 with four takes a fifth longer.
  static constexpr index_t most_held = [] {
    if (reach != scope::block || schedule::passes == 1) return index_t{1};
    return std::clamp(16384 / (tiles_size * static_cast<index_t>(sizeof(T))), index_t{1}, index_t{4});
  }();
  /// A tile that is written where it came from has to be copied first where columns of it are computed again.
  static constexpr index_t copy_size = along_taps ? tiles_size : 0;
  /// Rows of values that thresholds are found of.
  static constexpr index_t rows_size = schedule::has_thresholds ? taps * width : 0;
  static T* rows(const sweep_memory<T>& m) { return m.copy + copy_size; }
  /// Tiles whose scalars are kept: a batch of tiles is finished before the next, unless the whole weight has to be seen
  /// first.
  static constexpr index_t kept(index_t tiles) { return reach == scope::whole ? tiles : most_held; }

  /// The scalars of the input channels, and as wide numbers.
  static constexpr index_t inputs_size = schedule::has_inputs ? g.shape.in * node_count * width : 0;
  static constexpr index_t wide_inputs_size =
      wide_program_of<F>.inputs_size() * static_cast<index_t>(sizeof(wide_number) / sizeof(T));

  /// Elements of scratch for a sink of so many tiles.
  static constexpr index_t scratch_size_for(index_t tiles) {
    return tiles_size + kept(tiles) * tile_scalars + node_count * width + inputs_size + copy_size + rows_size +
           wide_inputs_size;
  }
  /// The scratch of a sweep, taken apart; the scalars of the tiles begin behind the tile.
  static sweep_memory<T> memory_of(T* scratch, index_t tiles, const T* parameters) {
    T* const whole = scalars_begin(scratch) + kept(tiles) * tile_scalars;
    T* const inputs = whole + node_count * width;
    T* const copy = inputs + inputs_size;
    return {scratch, whole, inputs, copy, copy + copy_size + rows_size, parameters, nullptr};
  }
  /// Numbers that begin their lives in the scratch.
  static wide_number* wide_inputs_of(const sweep_memory<T>& m) {
    if constexpr (wide_inputs_size == 0) {
      return nullptr;
    } else {
      return ::new (static_cast<void*>(m.wide_inputs))
          wide_number[static_cast<std::size_t>(wide_program_of<F>.inputs_size())];
    }
  }
  static T* scalars_begin(T* scratch) { return scratch + tiles_size; }

  /// Where the scalars of a node are, one for each lane: of block `b` or its input channel, of the filters, of the
  /// whole weight. `Id` is a constant.
  template <class Id>
  ESPALIER_ALWAYS_INLINE static T* home(const sweep_memory<T>& m, T* scalars, index_t b, Id id) {
    constexpr scope level = g[Id::value].level;
    if constexpr (level == scope::block) return scalars + (b * node_count + id) * width;
    if constexpr (level == scope::filter) return scalars + block_scalars + id * width;
    if constexpr (level == scope::input) return m.inputs + (b * node_count + id) * width;
    return m.whole + id * width;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
