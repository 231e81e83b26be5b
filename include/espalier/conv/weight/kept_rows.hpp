// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The rows of a packed weight that holds the kept taps alone.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/tap_list.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Rows of a block in the order (inputs, kept taps). Columns may hold the taps of several inputs, one after the other.
template <kept_taps Kept, extents Kernel>
struct kept_rows {
  using listed = listed_taps<Kept, Kernel>;

  /// Whether a row of a column has a place at all.
  [[nodiscard]] static constexpr bool has(index_t row) { return place(row) >= 0; }
  /// @pre `has(row)`
  constexpr index_t operator()(index_t input, index_t row) const {
    return (input + row / Kernel.volume()) * listed::count + place(row);
  }

 private:
  static constexpr index_t place(index_t row) {
    return listed::places[static_cast<std::size_t>(row % Kernel.volume())];
  }
};

/// `forward_columns` for the taps of `Kernel` that are kept. @pre `Kernel` is the shape's.
template <kept_taps Kept, extents Kernel, class T>
constexpr auto kept_columns(const weight_shape& shape, index_t groups, index_t tile_oc, bool whole_filters, T* packed) {
  if constexpr (Kept.all()) {
    return forward_columns(shape, groups, tile_oc, whole_filters, packed);
  } else {
    const index_t ICG = whole_filters ? 1 : shape.in;
    const packed_order order{groups, shape.out / groups, ICG, tile_oc, ICG, 1};
    return packed_columns<T, kept_rows<Kept, Kernel>>{
        {order}, shape.in / ICG * listed_taps<Kept, Kernel>::count, {}, packed};
  }
}

/// `pack_weight` for the taps of `Kernel` that are kept.
template <kept_taps Kept, extents Kernel, class T>
void pack_kept(const weight_shape& shape, index_t groups, index_t tile_oc, const T* weight, T* packed) {
  const bool whole_filters = columns_are_filters<T>(shape.out / groups, tile_oc);
  const index_t length = (whole_filters ? shape.in : 1) * Kernel.volume();
  copy_columns(weight, length, kept_columns<Kept, Kernel>(shape, groups, tile_oc, whole_filters, packed));
}

}  // namespace esp::inline ESPALIER_ABI::detail
