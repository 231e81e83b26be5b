// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The input of a Winograd convolution on its way into transformed tiles: borders, parity, additions.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/border.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/paired_points.hpp>
#include <espalier/conv/winograd/transform.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/interleave.hpp>
#include <espalier/simd/lane_range.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// Planes of input and their factors: one row of the transform along D.
struct plane_sum {
  std::array<index_t, 4> plane{};
  std::array<double, 4> factor{};
  index_t count = 0;
};

/// As `element_at`, and a zero from `end` on, beyond which no output reads: what a tile that overhangs finds there does
/// not depend on what the input is a part of.
constexpr index_t element_before(index_t end, const axis_boundary& edge, index_t position, index_t size) {
  return position >= size && position >= end ? -1 : element_at(edge, position, size);
}

/// What point `point` along D reads for the tiles at `td`, of `end` planes with their padding; planes of zeros are left
/// out.
template <axis_tile Axis>
constexpr plane_sum planes_of(const axis_boundary& edge, index_t td, index_t point, index_t before, index_t ID,
                              index_t end) {
  plane_sum s;
  const auto& row = transform_for<Axis>.input[static_cast<std::size_t>(point)];
  for (std::size_t j = 0; j < row.size(); ++j) {
    const index_t id = element_before(end, edge, td * Axis.outputs - before + static_cast<index_t>(j), ID);
    if (row[j] == 0 || id < 0) continue;
    s.plane[static_cast<std::size_t>(s.count)] = id;
    s.factor[static_cast<std::size_t>(s.count++)] = row[j];
  }
  return s;
}

/// Transforms rows of planes along H and W. A vector holds one position of `lanes` neighbouring tiles.
///
/// First the planes' sum, its rows taken apart by parity along W; then per tile row the transform along W of each new
/// row of input (two of the four were the last tile row's) and the one along H. Per vector of tiles and point along D:
/// 8 loads, 24 additions and 16 stores, which are what it costs; with F(4, 3) along H 16 loads, 64 operations and 24
/// stores for twice the outputs.
template <axis_tiles Axes, class T>
struct winograd_input {
  static constexpr auto along_h = transform_for<Axes.h>;
  static constexpr auto along_w = transform_for<Axes.w>;
  static constexpr index_t step_h = Axes.h.outputs, step_w = Axes.w.outputs;
  static constexpr std::size_t points_h = Axes.h.points(), points_w = Axes.w.points();
  static_assert(step_w <= 2, "a row is taken apart by parity");

  /// The rows of `count` tile rows from `th0` on: `(count step_h + taps - 1)` rows of `step_w` parities of `row_pitch`.
  /// channel (ID, IH, IW).
  static void gather(const T* channel, const correlation& p, const plane_sum& planes, index_t th0, index_t count,
                     index_t tile0, index_t row_tiles, index_t row_pitch, T* rows) {
    const auto with = [&]<std::size_t... K>(std::index_sequence<K...> each) {
      gather(each, channel, p, planes, th0, count, tile0, row_tiles, row_pitch, rows);
    };
    if constexpr (Axes.d == axis_f43) {
      if (planes.count == 4) return with(std::make_index_sequence<4>{});
      if (planes.count == 3) return with(std::make_index_sequence<3>{});
    }
    with(std::make_index_sequence<2>{});
  }

  /// rows as `gather` left them -> to: `points_h * points_w` planes of `plane`, of which `count` rows of `row_tiles`
  /// tiles are written, each rounded up to whole vectors. From the last vectors of all rows to the
  /// first ones: what is too much in one row is overwritten by the next.
  static void transform(const T* rows, index_t row_pitch, index_t count, index_t row_tiles, T* to, index_t plane) {
    for (index_t c = (row_tiles - 1) / lanes<T> * lanes<T>; c >= 0; c -= lanes<T>) {
      each_point(std::make_index_sequence<points_w>{}, rows + c, row_pitch, count, row_tiles, to + c, plane);
    }
  }

 private:
  // As many planes as K; or one fewer, which is asked for each vector and costs less than a function of its own.
  template <std::size_t... K>
  static void gather(std::index_sequence<K...> each, const T* channel, const correlation& p, const plane_sum& planes,
                     index_t th0, index_t count, index_t tile0, index_t row_tiles, index_t row_pitch, T* rows) {
    const window_rows w{th0 * step_h - p.before.h, count * step_h + Axes.h.taps - 1, tile0 * step_w - p.before.w,
                        row_pitch};
    const index_t vectors = ceil_div(row_tiles + (Axes.w.points() - 1) / step_w, lanes<T>);
    if (p.boundary == boundary::zeros) return gather_vectors<false>(each, channel, p, planes, w, vectors, rows);
    gather_bordered(each, channel, p, planes, w, vectors, rows);
  }

  // Rows of what tiles read, from input row and column on.
  struct window_rows {
    index_t ih;
    index_t height;
    index_t iw;
    index_t row_pitch;
  };

  // Whether anything but zeros stands beside the rows is known: where nothing does, no row is asked what does.
  template <bool Repeats, std::size_t... K>
  ESPALIER_ALWAYS_INLINE static void gather_vectors(std::index_sequence<K...>, const T* channel, const correlation& p,
                                                    const plane_sum& planes, const window_rows& w, index_t vectors,
                                                    T* rows) {
    const index_t plane = p.X.h * p.X.w, end_h = p.outputs.h + Axes.h.taps - 1 - p.before.h;
    // The same rows of the next channel, half a thousand cycles from now.
    const index_t ahead = p.X.d * plane;
    const T* const from[] = {channel + planes.plane[K] * plane...};
    const batch<T> factor[] = {simd::broadcast(static_cast<T>(planes.factor[K]))...};
    const auto added = [&](index_t at, const lane_range<T>& range) {
      batch<T> x = factor[0] * simd::load_range(from[0] + at, range);
      const auto add = [&](std::size_t k) {
        if (sizeof...(K) > 2 || planes.count > 1) {
          x = simd::fma<T>(factor[k], simd::load_range(from[k] + at, range), x);
        }
      };
      ((K > 0 ? add(K) : void()), ...);
      return x;
    };
    for (index_t v = 0; v < vectors; ++v) {
      const index_t iw = w.iw + v * lanes<T> * step_w;
      const lane_range<T> first(-iw, p.X.w - iw), second(-iw - lanes<T>, p.X.w - iw - lanes<T>);
      T* to = rows + v * lanes<T>;
      for (index_t r = 0; r < w.height; ++r, to += step_w * w.row_pitch) {
        const index_t ih = element_before(end_h, Repeats ? p.boundary.h : axis_boundary(), w.ih + r, p.X.h);
        if (ih < 0 || planes.count == 0) {
          for (index_t s = 0; s < step_w; ++s) simd::store_unaligned(to + s * w.row_pitch, simd::broadcast(T(0)));
          continue;
        }
        const index_t at = ih * p.X.w + iw;
        (simd::prefetch(from[K] + at + ahead), ...);
        if constexpr (step_w == 2) (simd::prefetch(from[K] + at + lanes<T> + ahead), ...);
        const batch<T> x = added(at, first);
        if constexpr (step_w == 1) {
          simd::store_unaligned(to, x);
        } else {
          const batch_pair<T> parity = simd::deinterleave(x, added(at + lanes<T>, second));
          simd::store_unaligned(to, parity.first);
          simd::store_unaligned(to + w.row_pitch, parity.second);
        }
      }
    }
  }

  // Where the border repeats the input: the rows as on zeros, and then the columns that are repeated. A sum of planes
  // at a column is the sum of the planes there, so that most of them are in the rows already: copied, an element a row.
  template <std::size_t... K>
  ESPALIER_NO_INLINE static void gather_bordered(std::index_sequence<K...> each, const T* channel, const correlation& p,
                                                 const plane_sum& planes, const window_rows& w, index_t vectors,
                                                 T* rows) {
    gather_vectors<true>(each, channel, p, planes, w, vectors, rows);
    const index_t width = vectors * step_w * lanes<T>, end = p.outputs.w + Axes.w.taps - 1 - p.before.w - w.iw;
    if (planes.count == 0) return;
    // Up to the last element that an output reads: beyond it nothing is repeated.
    const row_border border(p.boundary.w, w.iw, 1, p.X.w, end < width ? end : width);
    for (const repeated_run& run : {border.before, border.after}) {
      for (index_t c = run.begin; c < run.end; ++c) {
        const index_t element = run[c], own = element - w.iw;
        T* const to = rows + c % step_w * w.row_pitch + c / step_w;
        if (own < border.inside.begin || own >= border.inside.end) {
          sum_column(each, channel, p, planes, w, element, to);
          continue;
        }
        const T* const from = rows + own % step_w * w.row_pitch + own / step_w;
        for (index_t r = 0; r < w.height; ++r) to[r * step_w * w.row_pitch] = from[r * step_w * w.row_pitch];
      }
    }
  }

  // A column that these rows do not hold: that of the other end of the axis, or of a block of tiles before.
  template <std::size_t... K>
  ESPALIER_NO_INLINE static void sum_column(std::index_sequence<K...>, const T* channel, const correlation& p,
                                            const plane_sum& planes, const window_rows& w, index_t element, T* to) {
    const index_t end_h = p.outputs.h + Axes.h.taps - 1 - p.before.h;
    for (index_t r = 0; r < w.height; ++r, to += step_w * w.row_pitch) {
      const index_t ih = element_before(end_h, p.boundary.h, w.ih + r, p.X.h);
      if (ih < 0) continue;
      // In registers, as the other columns: their rounding is that of the product and the sum together.
      batch<T> x = simd::broadcast(T(0));
      const auto add = [&](std::size_t k) {
        const T* const from = channel + (planes.plane[k] * p.X.h + ih) * p.X.w + element;
        const batch<T> factor = simd::broadcast(static_cast<T>(planes.factor[k])), read = simd::broadcast(*from);
        if (k == 0) x = factor * read;
        if (k > 0 && (sizeof...(K) > 2 || planes.count > 1)) x = simd::fma<T>(factor, read, x);
      };
      (add(K), ...);
      simd::store_range(to, x, lane_range<T>(0, 1));
    }
  }

  template <std::size_t Row>
  static constexpr auto input_h = along_h.input[Row];
  template <std::size_t Row>
  static constexpr auto input_w = along_w.input[Row];

  template <std::size_t... W>
  static void each_point(std::index_sequence<W...>, const T* rows, index_t row_pitch, index_t count, index_t row_tiles,
                         T* to, index_t plane) {
    (transform_point<W>(std::make_index_sequence<points_h>{}, rows, row_pitch, count, row_tiles,
                        to + static_cast<index_t>(W) * plane, plane),
     ...);
  }

  // One point along W of all tile rows. All points at once would load each row once instead of twice, but need more
  // registers than there are and write four times as many streams: measured, twice the time.
  template <std::size_t W, std::size_t... H>
  static void transform_point(std::index_sequence<H...>, const T* row, index_t row_pitch, index_t count,
                              index_t row_tiles, T* to, index_t plane) {
    constexpr auto overlap = static_cast<std::size_t>(Axes.h.taps - 1);
    batch<T> window[points_h];
    for (std::size_t r = 0; r < overlap; ++r, row += step_w * row_pitch) window[r] = load_point<W>(row, row_pitch);
    for (index_t t = 0; t < count; ++t, to += row_tiles) {
      for (std::size_t r = overlap; r < points_h; ++r, row += step_w * row_pitch) {
        window[r] = load_point<W>(row, row_pitch);
      }
      const auto in = [&window](std::size_t j) { return window[j]; };
      if constexpr (Axes.h == axis_f43) {
        paired_points::input<T>(in, to, static_cast<index_t>(points_w) * plane);
      } else {
        (simd::store_unaligned(to + static_cast<index_t>(H * points_w) * plane, combine<input_h<H>, T>(in)), ...);
      }
      for (std::size_t r = 0; r < overlap; ++r) window[r] = window[r + static_cast<std::size_t>(step_h)];
    }
  }

  template <std::size_t W>
  ESPALIER_ALWAYS_INLINE static batch<T> load_point(const T* row, index_t row_pitch) {
    return combine<input_w<W>, T>([row, row_pitch](std::size_t j) {
      return simd::load_unaligned(row + static_cast<index_t>(j) % step_w * row_pitch +
                                  static_cast<index_t>(j) / step_w);
    });
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
