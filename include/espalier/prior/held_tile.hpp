// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// A tile of columns that a sweep is working on: where its columns are, and its scalars.
#pragma once

#include <algorithm>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/prior/scoped_numbers.hpp>
#include <espalier/prior/sweep_layout.hpp>
#include <espalier/shape.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The columns of an incoming gradient where there is none.
struct no_columns {};

/// A tile of a weight that formula `F` is swept over, for a sink of type `Sink`.
template <class F, class T, class Sink>
struct held_tile {
  using layout = sweep_layout<F, T>;
  static constexpr index_t width = layout::width, length = layout::length;

  /// Whether columns are read, and written, where they are: else they are transposed into the tile.
  static constexpr bool keeps = layout::along_taps ? KeepsColumns<Sink, T> : false;
  using columns_type = std::conditional_t<keeps, adjacent_columns<T, length>, tile_columns<T>>;
  using incoming_type = std::conditional_t<layout::is_gradient, columns_type, no_columns>;

  typename Sink::place at;
  T* scalars;  ///< A register of `width` lanes per node for each of its blocks, then per node of its filters.
  columns_type in;
  incoming_type incoming;
  using numbers = scoped_numbers<F, T>;
  [[no_unique_address]] std::conditional_t<numbers::exist, lane_columns<T>, no_lane_columns> lane_column{};

  /// Loads the numbers that differ from column to column, for a tile of `weight`.
  ESPALIER_ALWAYS_INLINE void take_numbers(const Sink& sink, const T* weight, const T* parameters) {
    if constexpr (numbers::exist) {
      for (index_t lane = 0; lane < width; ++lane) {
        index_t& column = lane_column[static_cast<std::size_t>(lane)];
        if constexpr (keeps) {
          column = sink.first(at) + std::min(lane, in.filled - 1);
        } else {
          column = (in[lane] - weight) / length;
        }
      }
      numbers::store(parameters, lane_column, scalars);
    }
  }
  /// The first block of the column in `lane`; 0 where no number depends on it.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE index_t first_block(index_t lane) const {
    if constexpr (numbers::exist) {
      return lane_column[static_cast<std::size_t>(lane)] * layout::depth;
    } else {
      return 0;
    }
  }

  /// The columns of the tile at `at`: where they are; or, where they are kept and fill no tile, in `copy`. None where
  /// none `Exist`.
  template <bool Exist>
  ESPALIER_ALWAYS_INLINE static auto columns(const Sink& sink, const typename Sink::place& at, const T* weight,
                                             T* copy) {
    if constexpr (!Exist) {
      return no_columns{};
    } else if constexpr (keeps) {
      const T* const from = weight + sink.first(at) * length;
      const index_t filled = sink.filled(at);
      return adjacent_columns<T, length>{filled < width ? completed(from, filled, copy) : from, filled};
    } else {
      return sink.columns(at, weight, length);
    }
  }

  /// A column of the incoming gradient; where there is none, of the weight, and not read.
  [[nodiscard]] ESPALIER_ALWAYS_INLINE const T* incoming_of(index_t lane) const {
    if constexpr (layout::is_gradient) {
      return incoming[lane];
    } else {
      return in[lane];
    }
  }

  /// Both tensors of a tile, transposed.
  ESPALIER_ALWAYS_INLINE void load(T* tile) const {
    load_columns(in.begin, 0, length, tile);
    if constexpr (layout::is_gradient) load_columns(incoming.begin, 0, length, tile + layout::tile_size);
  }

  /// Asks for the columns of the tile at `next`, of both tensors.
  ESPALIER_ALWAYS_INLINE static void foresee(const T* weight, const T* gradient, const Sink& sink,
                                             const typename Sink::place& next) {
    foresee_columns(weight, sink, next, length);
    if constexpr (layout::is_gradient) foresee_columns(gradient, sink, next, length);
  }

 private:
  /// A copy of the `filled` columns at `from`, and of the last one in the lanes without a column: no garbage that is
  /// slow or raises flags.
  static const T* completed(const T* from, index_t filled, T* copy) {
    for (index_t lane = 0; lane < width; ++lane) {
      std::copy_n(from + std::min(lane, filled - 1) * length, length, copy + lane * length);
    }
    return copy;
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
