// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Tiles on their way into the gradient of a weight by Winograd, and its sums on their way back to taps.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <tuple>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

template <std::size_t Column, class Matrix>
constexpr auto column_of(const Matrix& matrix) {
  std::array<double, std::tuple_size_v<Matrix>> out{};
  for (std::size_t r = 0; r < out.size(); ++r) out[r] = matrix[r][Column];
  return out;
}

/// `at[first] + factor * at[second]`, or `at[first]` where the factor is 0: what one point along D adds up. No row of
/// F(2, 3) has more than two terms, and one of them is 1.
struct plane_terms {
  index_t first = 0, second = 0;
  double factor = 0;

  template <class Row>
  explicit constexpr plane_terms(const Row& row) : first(static_cast<index_t>(first_term(row))) {
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (static_cast<index_t>(j) == first || row[j] == 0) continue;
      second = static_cast<index_t>(j);
      factor = row[j];
    }
  }
};

/// The transforms of a tile, a register of channels at a time: of x by `input`, of grad_y by `output` transposed, and
/// of the sums of their products by `weight` transposed.
template <axis_tiles Axes, class T>
struct winograd_gradient_tiles {
  static constexpr auto along_d = transform_for<Axes.d>;
  static constexpr auto along_h = transform_for<Axes.h>;
  static constexpr auto along_w = transform_for<Axes.w>;
  static constexpr extents step = Axes.outputs(), kernel = Axes.taps();
  static constexpr std::size_t points_d = Axes.d.points(), points_h = Axes.h.points(), points_w = Axes.w.points();

  /// One panel of x -> one point along D of its tiles: `points_h * points_w` planes of `plane`, (tile, lanes) each.
  /// from (box.d, box.h, box.w, lanes). Per tile 32 loads, 48 additions and 16 stores.
  static void inputs(const T* from, const extents& box, const extents& tiles, index_t point, T* to, index_t plane) {
    const detail::plane_terms terms(along_d.input[static_cast<std::size_t>(point)]);
    each_tile<of_input>(terms, from, box, lanes<T>, tiles, to, plane);
  }

  /// One panel of grad_y, `width` channels, likewise. Per tile and register at most 8 loads, 16 additions and 16
  /// stores.
  static void outputs(const T* from, const extents& box, index_t width, const extents& tiles, index_t point, T* to,
                      index_t plane) {
    std::array<double, along_d.output.size()> row{};
    for (std::size_t o = 0; o < row.size(); ++o) row[o] = along_d.output[o][static_cast<std::size_t>(point)];
    const detail::plane_terms terms(row);
    for (index_t v = 0; v < width; v += lanes<T>)
      each_tile<of_output>(terms, from + v, box, width, tiles, to + v, plane);
  }

  /// Sums of all points, `plane` elements apart -> a register for each tap: 64 loads and about 100 operations
  /// for a register of pairs of channels, once a task.
  static void taps(const T* sums, index_t plane, batch<T>* to) {
    batch<T> all[points_d * points_h * points_w];
    batch<T> d[static_cast<std::size_t>(kernel.d) * points_h * points_w];
    batch<T> h[static_cast<std::size_t>(kernel.d * kernel.h) * points_w];
    for (std::size_t i = 0; i < points_d * points_h * points_w; ++i) {
      all[i] = simd::load_unaligned(sums + static_cast<index_t>(i) * plane);
    }
    weight_axis<Axes.d>(all, 1, points_h * points_w, d);
    weight_axis<Axes.h>(d, static_cast<std::size_t>(kernel.d), points_w, h);
    weight_axis<Axes.w>(h, static_cast<std::size_t>(kernel.d * kernel.h), 1, to);
  }

 private:
  /// The matrices along H and W, a row a point.
  struct of_input {
    static constexpr std::size_t rows_h = points_h, rows_w = points_w;
    template <std::size_t Point>
    static constexpr auto h = along_h.input[Point];
    template <std::size_t Point>
    static constexpr auto w = along_w.input[Point];
  };
  struct of_output {
    static constexpr std::size_t rows_h = static_cast<std::size_t>(step.h), rows_w = static_cast<std::size_t>(step.w);
    template <std::size_t Point>
    static constexpr auto h = column_of<Point>(along_h.output);
    template <std::size_t Point>
    static constexpr auto w = column_of<Point>(along_w.output);
  };

  template <class Of>
  static void each_tile(const detail::plane_terms& terms, const T* from, const extents& box, index_t width,
                        const extents& tiles, T* to, index_t plane) {
    if (terms.factor == 0) {
      each_tile<Of, false>(terms, from, box, width, tiles, to, plane);
    } else {
      each_tile<Of, true>(terms, from, box, width, tiles, to, plane);
    }
  }

  template <class Of, bool TwoPlanes>
  static void each_tile(const detail::plane_terms& terms, const T* from, const extents& box, index_t width,
                        const extents& tiles, T* to, index_t plane) {
    const index_t row = box.w * width, between = (terms.second - terms.first) * box.h * row;
    const batch<T> factor = simd::broadcast(static_cast<T>(terms.factor));
    for (index_t d = 0; d < tiles.d; ++d) {
      for (index_t h = 0; h < tiles.h; ++h) {
        const T* at = from + ((d * step.d + terms.first) * box.h + h * step.h) * row;
        for (index_t w = 0; w < tiles.w; ++w, at += step.w * width, to += width) {
          tile<Of>(
              std::make_index_sequence<Of::rows_h>{},
              [&](std::size_t r, std::size_t c) {
                const T* const position = at + static_cast<index_t>(r) * row + static_cast<index_t>(c) * width;
                const batch<T> value = simd::load_unaligned(position);
                return TwoPlanes ? simd::fma<T>(factor, simd::load_unaligned(position + between), value) : value;
              },
              to, plane);
        }
      }
    }
  }

  template <class Of, std::size_t... R, class Load>
  ESPALIER_ALWAYS_INLINE static void tile(std::index_sequence<R...>, const Load& load, T* to, index_t plane) {
    using all_w = std::make_index_sequence<points_w>;
    batch<T> rows[sizeof...(R) * points_w];
    (tile_row<Of>(
         all_w{}, std::make_index_sequence<Of::rows_w>{}, [&load](std::size_t c) { return load(R, c); },
         rows + R * points_w),
     ...);
    tile_columns<Of>(std::make_index_sequence<points_h * points_w>{}, rows, to, plane);
  }

  template <class Of, std::size_t... W, std::size_t... C, class Load>
  ESPALIER_ALWAYS_INLINE static void tile_row(std::index_sequence<W...>, std::index_sequence<C...>, const Load& load,
                                              batch<T>* row) {
    const batch<T> in[] = {load(C)...};
    const auto at = [&in](std::size_t j) { return in[j]; };
    ((row[W] = combine<Of::template w<W>, T>(at)), ...);
  }

  template <class Of, std::size_t... F>
  ESPALIER_ALWAYS_INLINE static void tile_columns(std::index_sequence<F...>, const batch<T>* rows, T* to,
                                                  index_t plane) {
    (simd::store_unaligned(
         to + static_cast<index_t>(F) * plane,
         combine<Of::template h<F / points_w>, T>([rows](std::size_t j) { return rows[j * points_w + F % points_w]; })),
     ...);
  }

  /// One axis back: in (outer, points, inner) -> out (outer, taps, inner).
  template <axis_tile Axis>
  static void weight_axis(const batch<T>* in, std::size_t outer, std::size_t inner, batch<T>* out) {
    weight_axis<Axis>(std::make_index_sequence<static_cast<std::size_t>(Axis.taps)>{}, in, outer, inner, out);
  }
  template <axis_tile Axis, std::size_t Tap>
  static constexpr auto weight_row = column_of<Tap>(transform_for<Axis>.weight);
  template <axis_tile Axis, std::size_t... K>
  static void weight_axis(std::index_sequence<K...>, const batch<T>* in, std::size_t outer, std::size_t inner,
                          batch<T>* out) {
    constexpr auto points = static_cast<std::size_t>(Axis.points());
    for (std::size_t a = 0; a < outer; ++a, in += points * inner, out += sizeof...(K) * inner) {
      for (std::size_t b = 0; b < inner; ++b) {
        const auto at = [in, inner, b](std::size_t j) { return in[j * inner + b]; };
        ((out[K * inner + b] = combine<weight_row<Axis, K>, T>(at)), ...);
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
