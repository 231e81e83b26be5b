// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The order of packed weights: which columns of a weight lie beside each other, and where their taps go.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// A weight seen from its packed form (groups, output blocks, inputs, `tile` outputs), one column of the weight for
/// every element of it: neighbouring lanes of a tile are neighbouring outputs, then the next input's.
///
/// Columns are kernel blocks; or whole output channels, and then there is one input. The last block of a group has
/// outputs without a column. No tile holds columns of two groups.
struct packed_order {
  index_t groups;
  index_t outputs;      ///< Of a group.
  index_t inputs;       ///< Of a group.
  index_t tile;         ///< Outputs of a block.
  index_t output_step;  ///< Columns from an output to the next.
  index_t input_step;   ///< Columns from an input to the next.
  index_t blocks;       ///< Of a group.
  index_t group_lanes;  ///< Lanes that one group fills, counted with the outputs without a column.

  constexpr packed_order(index_t group_count, index_t output_count, index_t input_count, index_t tile_size,
                         index_t columns_per_output, index_t columns_per_input)
      : groups(group_count),
        outputs(output_count),
        inputs(input_count),
        tile(tile_size),
        output_step(columns_per_output),
        input_step(columns_per_input),
        blocks(ceil_div(output_count, tile_size)),
        group_lanes(blocks * input_count * tile_size) {}

  template <class T>
  [[nodiscard]] constexpr index_t tiles() const {
    return groups * ceil_div(group_lanes, lanes<T>);
  }

  /// Where a tile begins, or a stretch of its lanes that lie in one block and belong to one input. A tile follows the
  /// one before by additions only: divisions would take longer than the rest of a short tile.
  struct place {
    index_t group = 0;
    index_t lane = 0;  ///< Of the group.
    index_t block = 0;
    index_t input = 0;
    index_t output = 0;  ///< Within the block.
  };
  template <class T>
  [[nodiscard]] constexpr place after(place at) const {
    at.lane += lanes<T>;
    if (at.lane >= group_lanes) return {at.group + 1};
    for (at.output += lanes<T>; at.output >= tile; at.output -= tile) advance(at);
    return at;
  }
  /// Calls `body(place, lane of the tile, lanes)` for each stretch of a tile.
  template <class T, class Body>
  ESPALIER_ALWAYS_INLINE constexpr void each_stretch(place at, const Body& body) const {
    const index_t filled = rest(at.lane, lanes<T>, group_lanes);
    for (index_t lane = 0; lane < filled;) {
      const index_t count = std::min(tile - at.output, filled - lane);
      body(at, lane, count);
      lane += count;
      at.output = 0;
      advance(at);
    }
  }

  /// As a sink's. Lanes are filled one by one and read one by one: a vector of lanes that were written one by one would
  /// wait until they are in the cache.
  template <class T>
  [[nodiscard]] ESPALIER_ALWAYS_INLINE tile_columns<T> columns(place at, const T* weight, index_t rows) const {
    tile_columns<T> result;
    result.missing = 0;
    const index_t step = output_step * rows;
    for (index_t lane = 0; lane < lanes<T>;) {
      const bool inside = at.lane + lane < group_lanes;
      const index_t output = at.block * tile + at.output, count = std::min(tile - at.output, lanes<T> - lane);
      const index_t filled = inside ? std::min(count, outputs - output) : 0;
      const T* from = filled > 0
                          ? weight + (at.group * outputs * inputs + output * output_step + at.input * input_step) * rows
                          : weight;
      for (index_t i = 0; i < count; ++i, ++lane) {
        result.begin[static_cast<std::size_t>(lane)] = from;
        if (i + 1 < filled) from += step;
        if (i >= filled) result.missing |= std::uint32_t{1} << lane;
      }
      at.output = 0;
      advance(at);
    }
    return result;
  }

 private:
  constexpr void advance(place& at) const {
    if (++at.input < inputs) return;
    at.input = 0;
    ++at.block;
  }
};

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

/// Rows of a block in the order (inputs, taps), as they come.
struct consecutive_rows {
  index_t taps;

  [[nodiscard]] constexpr index_t operator()(index_t input, index_t tap) const { return input * taps + tap; }
};

/// The part of a sink that tells its columns: those of a packed order, or of some of its tiles.
template <class T>
struct ordered_columns {
  static constexpr bool scatters = true;
  using place = packed_order::place;

  packed_order order;
  place begins = {};
  index_t tile_count = order.tiles<T>();

  [[nodiscard]] constexpr index_t tiles() const { return tile_count; }
  [[nodiscard]] constexpr place start() const { return begins; }
  [[nodiscard]] constexpr place after(const place& at) const { return order.after<T>(at); }
  [[nodiscard]] tile_columns<T> columns(const place& at, const T* weight, index_t rows) const {
    return order.columns(at, weight, rows);
  }
};

/// Rows of a block, of which some rows of a column have none.
template <class Rows>
concept LeavesRowsOut = requires(const Rows& rows, index_t row) { rows.has(row); };

/// Calls `body(first, count)` for each run of rows among `[row0, row0 + rows)` that have a place, which follow each
/// other there too.
template <class Rows, class Body>
ESPALIER_ALWAYS_INLINE void each_run(const Rows& row_of, index_t row0, index_t rows, const Body& body) {
  if constexpr (LeavesRowsOut<Rows>) {
    for (index_t row = row0; row < row0 + rows;) {
      const index_t first = row;
      while (row < row0 + rows && row_of.has(row)) ++row;
      if (row > first) body(first, row - first);
      while (row < row0 + rows && !row_of.has(row)) ++row;
    }
  } else {
    body(row0, rows);
  }
}

/// Writes columns to packed (groups, output blocks, rows of a block, `order.tile`), where `Rows` tells the row of a
/// block for an input and a row of its column, and which rows are left out. Outputs without a column are zeros.
template <class T, class Rows>
struct packed_columns : ordered_columns<T> {
  using ordered_columns<T>::order;
  using typename ordered_columns<T>::place;

  index_t length;  ///< Rows of a block for each input.
  Rows row_of;
  T* packed;
  index_t skipped = 0;  ///< Elements before the first that are not there.

  /// Some inputs of one block, written to `to`. @pre no tile has lanes of two inputs, and the rows of neighbouring
  /// inputs follow each other.
  [[nodiscard]] constexpr packed_columns part(const weight_part& p, T* to) const {
    const index_t lane = (p.block * order.inputs + p.input) * order.tile;
    const index_t rows = ((p.group * order.blocks + p.block) * order.inputs + p.input) * length;
    return {{order, {p.group, lane, p.block, p.input}, p.inputs * order.tile / lanes<T>},
            length,
            row_of,
            to,
            rows * order.tile};
  }

  void take(const place& begin, index_t row0, index_t rows, const T* tile) const {
    order.template each_stretch<T>(begin, [&](const place& at, index_t lane, index_t count) {
      const index_t block = (at.group * order.blocks + at.block) * order.inputs * length;
      T* const to = packed + (block * order.tile + at.output - skipped);
      each_run(row_of, row0, rows, [&](index_t first, index_t run) {
        // All by value: what is reached through a reference is loaded again after every store.
        copy_stretch(count, tile + lane + (first - row0) * lanes<T>, run,
                     [to, input = at.input, first, row_of = row_of, step = order.tile](index_t row) {
                       return to + row_of(input, first + row) * step;
                     });
      });
    });
  }
};

/// The columns of a weight (OC, ICG, KD, KH, KW) that become packed (groups, OC blocks, ICG, taps, tile_oc): its
/// blocks, or with `whole_filters` all blocks of an output channel together. A last block is filled with zeros.
template <class T>
constexpr packed_columns<T, consecutive_rows> forward_columns(const weight_shape& shape, index_t groups,
                                                              index_t tile_oc, bool whole_filters, T* packed) {
  const index_t ICG = whole_filters ? 1 : shape.in, length = shape.size() / (shape.out * ICG);
  return {{{groups, shape.out / groups, ICG, tile_oc, ICG, 1}}, length, {length}, packed};
}

/// Whether a weight in memory is packed by whole filters: columns as long as possible, if they fill a register.
template <class T>
constexpr bool columns_are_filters(index_t outputs, index_t tile_oc) {
  return ceil_div(outputs, tile_oc) * tile_oc >= lanes<T>;
}

/// weight (OC, ICG, KD, KH, KW) -> packed (groups, OC blocks, ICG, taps, tile_oc); a last block is filled with zeros.
template <class T>
void pack_weight(const weight_shape& shape, index_t groups, index_t tile_oc, const T* weight, T* packed) {
  const bool whole_filters = columns_are_filters<T>(shape.out / groups, tile_oc);
  const auto columns = forward_columns(shape, groups, tile_oc, whole_filters, packed);
  copy_columns(weight, columns.length, columns);
}

}  // namespace esp::inline ESPALIER_ABI::detail
