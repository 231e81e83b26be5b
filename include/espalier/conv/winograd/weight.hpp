// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The weight of a Winograd convolution, transformed and packed.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/weight/packed_order.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/cut.hpp>
#include <espalier/conv/winograd/transform.hpp>
#include <espalier/prior/column_tile.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// One axis of a block of vectors: in (outer, taps, inner) -> out (outer, points, inner).
template <axis_tile Axis, class T>
struct winograd_weight_axis {
  static constexpr auto along = transform_for<Axis>;
  static constexpr index_t points = Axis.points();

  static void run(const batch<T>* in, index_t outer, index_t inner, batch<T>* out) {
    step(std::make_index_sequence<static_cast<std::size_t>(points)>{}, in, outer, inner, out);
  }

 private:
  template <std::size_t Row>
  static constexpr auto row = along.weight[Row];

  template <std::size_t... P>
  static void step(std::index_sequence<P...>, const batch<T>* in, index_t outer, index_t inner, batch<T>* out) {
    for (index_t a = 0; a < outer; ++a, in += Axis.taps * inner, out += points * inner) {
      for (index_t b = 0; b < inner; ++b) {
        const auto at = [in, inner, b](std::size_t j) { return in[static_cast<index_t>(j) * inner + b]; };
        ((out[static_cast<index_t>(P) * inner + b] = combine<row<P>, T>(at)), ...);
      }
    }
  }
};

/// Transforms and packs the weight for `winograd_nest`: lanes along neighbouring elements of the packed weight.
///
/// weight (groups, outputs, inputs, taps) -> packed (groups, points along D, points along H and W, plane), where the
/// first elements of a plane are (output blocks, inputs, tile.rows); a last block is filled with zeros. `Transposed`:
/// inputs are the outer channel, and taps are read backwards: the weight of the gradient of the input. Cost: taps loads
/// and about 2.3 points additions per pair of channels, of which a register holds `lanes`.
template <axis_tiles Axes, class T>
struct winograd_weight {
  static constexpr index_t taps = Axes.taps().volume(), points = Axes.points().volume();

  /// Elements from a point to the next: an odd number of cache lines. The points of a pair of channels are written
  /// together, and whole pages apart they would all compete for the same places in a cache: measured on 64 > 64
  /// channels, 25 ns a pair instead of 7.
  static constexpr index_t plane_size(index_t IC, index_t OC) {
    constexpr index_t block = winograd_tile().rows, line = line_elements<T>;
    return (ceil_div(IC * ceil_div(OC, block) * block, line) | 1) * line;
  }
  static constexpr index_t packed_size(index_t groups, index_t IC, index_t OC) {
    return groups * points * plane_size(IC, OC);
  }

  template <bool Transposed>
  static void pack(const T* weight, index_t groups, index_t IC, index_t OC, T* packed) {
    copy_columns(weight, taps, columns_of<Transposed>(groups, IC, OC, packed));
  }

  /// The blocks of a weight in the order that `pack` wants, and where their transforms go.
  template <bool Transposed>
  struct columns_type : ordered_columns<T> {
    using ordered_columns<T>::order;
    using typename ordered_columns<T>::place;

    T* packed;

    /// @pre all rows.
    void take(const place& at, index_t, index_t, const T* tile) const {
      const index_t plane = plane_size(order.inputs, order.outputs);
      const lane_range<T> range(0, order.group_lanes - at.lane);
      T* const to = packed + at.group * points * plane + at.lane;
      transform<Transposed>(tile, [&](index_t point, const batch<T>& value) {
        simd::store_range(to + point * plane, value, range);
        // Nobody else asks for so many places at once: 24 ns a pair of 256 > 256 channels become 15.
        simd::prefetch_to_write(to + point * plane + lanes<T>);
      });
    }
  };
  template <bool Transposed>
  static constexpr columns_type<Transposed> columns_of(index_t groups, index_t IC, index_t OC, T* packed) {
    const index_t output_step = Transposed ? 1 : IC, input_step = Transposed ? OC : 1;
    return {{{groups, OC, IC, winograd_tile().rows, output_step, input_step}}, packed};
  }

  /// The same where a column is an output channel of the weight, all its blocks: never transposed.
  struct filters_type : ordered_columns<T> {
    using ordered_columns<T>::order;
    using typename ordered_columns<T>::place;

    index_t inputs;
    T* packed;

    /// @pre whole blocks.
    void take(const place& begin, index_t row0, index_t rows, const T* tile) const {
      alignas(alignment) T block[static_cast<std::size_t>(points * lanes<T>)];
      const index_t plane = plane_size(inputs, order.outputs);
      for (index_t input = row0 / taps; input < (row0 + rows) / taps; ++input, tile += taps * lanes<T>) {
        transform<false>(tile,
                         [&](index_t point, const batch<T>& value) { simd::store(block + point * lanes<T>, value); });
        order.template each_stretch<T>(begin, [&](const place& at, index_t lane, index_t count) {
          T* const to = packed + at.group * points * plane + (at.block * inputs + input) * order.tile + at.output;
          copy_stretch(count, block + lane, points, [to, plane](index_t point) { return to + point * plane; });
        });
      }
    }
  };
  static constexpr filters_type filters_of(index_t groups, index_t IC, index_t OC, T* packed) {
    return {{{groups, OC, 1, winograd_tile().rows, 1, 1}}, IC, packed};
  }

 private:
  template <bool Transposed, class Store>
  ESPALIER_ALWAYS_INLINE static void transform(const T* from, const Store& store) {
    batch<T> k[static_cast<std::size_t>(taps)];
    constexpr extents kernel = Axes.taps(), tile = Axes.points();
    batch<T> d[static_cast<std::size_t>(tile.d * kernel.h * kernel.w)];
    batch<T> h[static_cast<std::size_t>(tile.d * tile.h * kernel.w)];
    batch<T> w[static_cast<std::size_t>(points)];
    for (index_t i = 0; i < taps; ++i) k[i] = simd::load(from + (Transposed ? taps - 1 - i : i) * lanes<T>);
    winograd_weight_axis<Axes.d, T>::run(k, 1, kernel.h * kernel.w, d);
    winograd_weight_axis<Axes.h, T>::run(d, tile.d, kernel.w, h);
    winograd_weight_axis<Axes.w, T>::run(h, tile.d * tile.h, 1, w);
    for (index_t i = 0; i < points; ++i) store(i, w[i]);
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
