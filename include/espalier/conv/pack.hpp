// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The order of packed weights: which columns of a weight lie beside each other, and where their taps go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <espalier/config.hpp>
#include <espalier/conv/blocking.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/column_tile.hpp>

namespace esp::inline ESPALIER_ABI {

/// A weight seen from its packed form (groups, output blocks, inputs, `tile` outputs), one column of the weight for
/// every element of it: neighbouring lanes of a tile are neighbouring outputs, then the next input's.
///
/// Columns are kernel blocks; or whole output channels, and then there is one input. The last block of a group has
/// outputs without a column. No tile holds columns of two groups.
struct packed_order {
  index_t groups = 1;
  index_t outputs = 1;      ///< Of a group.
  index_t inputs = 1;       ///< Of a group.
  index_t tile = 1;         ///< Outputs of a block.
  index_t output_step = 1;  ///< Columns from an output to the next.
  index_t input_step = 1;   ///< Columns from an input to the next.

  /// Lanes that are filled by one group, counted with the outputs without a column.
  [[nodiscard]] constexpr index_t group_lanes() const { return blocks() * inputs * tile; }
  [[nodiscard]] constexpr index_t blocks() const { return detail::ceil_div(outputs, tile); }
  template <class T>
  [[nodiscard]] constexpr index_t tiles() const {
    return groups * detail::ceil_div(group_lanes(), lanes<T>);
  }

  /// Where a tile begins, then the same for each stretch of lanes that lie in one block and belong to one input.
  struct place {
    index_t group, block, input, output;  ///< `output`: within the block.
    index_t lane;                         ///< The first of the stretch, counted in the group.
  };
  template <class T>
  [[nodiscard]] constexpr place begin_of(index_t number) const {
    const index_t per_group = detail::ceil_div(group_lanes(), lanes<T>);
    const index_t lane = number % per_group * lanes<T>, row = lane / tile;
    return {number / per_group, row / inputs, row % inputs, lane % tile, lane};
  }
  /// Calls `body(place, lane of the tile, lanes)` for each stretch of a tile.
  template <class T, class Body>
  constexpr void each_stretch(index_t number, const Body& body) const {
    place at = begin_of<T>(number);
    const index_t filled = detail::rest(at.lane, lanes<T>, group_lanes());
    for (index_t lane = 0; lane < filled;) {
      const index_t count = std::min(tile - at.output, filled - lane);
      body(at, lane, count);
      lane += count;
      at.lane += count;
      at.output = 0;
      if (++at.input == inputs) {
        at.input = 0;
        ++at.block;
      }
    }
  }

  template <class T>
  [[nodiscard]] tile_columns<T> columns(index_t number) const {
    tile_columns<T> result;
    result.fill(-1);
    each_stretch<T>(number, [&](const place& at, index_t lane, index_t count) {
      const index_t output = at.block * tile + at.output, end = lane + std::min(count, outputs - output);
      index_t column = at.group * outputs * inputs + output * output_step + at.input * input_step;
      for (index_t i = lane; i < end; ++i, column += output_step) result[static_cast<std::size_t>(i)] = column;
    });
    return result;
  }
};

namespace detail {

/// `Count` lanes of each row of a tile to `to(row)`.
template <index_t Count, class T, class To>
void copy_stretch(const T* tile, index_t rows, To to) {
  // A copy of a constant size is one or two moves, whatever the instruction set.
  for (index_t row = 0; row < rows; ++row) {
    std::memcpy(to(row), tile + row * lanes<T>, static_cast<std::size_t>(Count) * sizeof(T));
  }
}

/// The same for a number of lanes known at run time.
template <class T, class To>
void copy_stretch(index_t count, const T* tile, index_t rows, To to) {
  switch (count) {
    case 1:
      return copy_stretch<1>(tile, rows, to);
    case 2:
      return copy_stretch<2>(tile, rows, to);
    case 3:
      return copy_stretch<3>(tile, rows, to);
    case 4:
      return copy_stretch<4>(tile, rows, to);
    case 5:
      return copy_stretch<5>(tile, rows, to);
    case 6:
      return copy_stretch<6>(tile, rows, to);
    case 7:
      return copy_stretch<7>(tile, rows, to);
    case 8:
      return copy_stretch<8>(tile, rows, to);
    case 16:
      return copy_stretch<16>(tile, rows, to);
    default:
      break;
  }
  for (index_t row = 0; row < rows; ++row) {
    std::memcpy(to(row), tile + row * lanes<T>, static_cast<std::size_t>(count) * sizeof(T));
  }
}

}  // namespace detail

/// Rows of a block in the order (inputs, taps), as they come.
struct consecutive_rows {
  index_t taps;

  [[nodiscard]] constexpr index_t operator()(index_t input, index_t tap) const { return input * taps + tap; }
};

/// Writes columns of `length` rows to packed (groups, output blocks, rows of a block, `order.tile`), where `Rows` tells
/// the row of a block for an input and a row of its column. Outputs without a column are zeros.
template <class T, class Rows>
struct packed_columns {
  static constexpr bool scatters = false;

  packed_order order;
  index_t length;
  Rows row_of;
  T* packed;

  [[nodiscard]] constexpr index_t tiles() const { return order.tiles<T>(); }
  [[nodiscard]] tile_columns<T> columns(index_t number) const { return order.columns<T>(number); }
  void take(index_t number, index_t row0, index_t rows, const T* tile) const {
    order.each_stretch<T>(number, [&](const packed_order::place& at, index_t lane, index_t count) {
      const index_t block = (at.group * order.blocks() + at.block) * order.inputs * length;
      // All by value: what is reached through a reference is loaded again after every store.
      detail::copy_stretch(count, tile + lane, rows,
                           [to = packed + block * order.tile + at.output, input = at.input, row0, row_of = row_of,
                            step = order.tile](index_t row) { return to + row_of(input, row0 + row) * step; });
    });
  }
};

}  // namespace esp::inline ESPALIER_ABI
