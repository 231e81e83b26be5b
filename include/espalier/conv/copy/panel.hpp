// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Channels that lie apart in memory, copied to where the channels of one position follow each other.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/copy/row.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Where `interleave_channels` reads and writes, in elements.
struct interleave_layout {
  index_t channels = 1;  ///< At most `lanes<T>`; the others are written as zeros.
  index_t channel = 0;   ///< Between two channels of the source.
  index_t rows = 1;
  index_t row = 0;     ///< Between two rows of the source.
  index_t length = 1;  ///< Positions of a row: consecutive in the source.
  index_t to_row = 0;
  index_t to_step = 1;  ///< Between two positions of the target.
};

/// `to[r to_row + i to_step + lane] = from[lane channel + r row + i]` for every row r, position i and lane.
///
/// Positions are written in rising order, a whole register each: where `to_step` is less, the next one writes over the
/// end of the last, and the end of the very last stays. Rows without a gap in the source are read as one, so short rows
/// cost no more than long ones.
template <class T>
void interleave_channels(const interleave_layout& l, const T* from, T* to) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>);
  if (l.rows > 1 && l.row != l.length) {
    interleave_layout one = l;
    one.rows = 1;
    for (index_t r = 0; r < l.rows; ++r) interleave_channels(one, from + r * l.row, to + r * l.to_row);
    return;
  }
  const index_t count = l.rows * l.length, back = l.to_row - l.length * l.to_step;
  const std::size_t channels = static_cast<std::size_t>(l.channels);
  index_t column = 0;
  for (index_t begin = 0; begin < count; begin += lanes<T>) {
    batch<T> block[n];
    // The last block overlaps the one before; a source of less than one register is read element by element.
    const index_t start = begin + lanes<T> <= count ? begin : (count < lanes<T> ? 0 : count - lanes<T>);
    if (count < lanes<T>) {
      for (std::size_t c = 0; c < channels; ++c) {
        alignas(alignment) std::array<T, n> few{};
        const T* const at = from + static_cast<index_t>(c) * l.channel;
        for (index_t i = 0; i < count; ++i) few[static_cast<std::size_t>(i)] = at[i];
        block[c] = simd::load(few.data());
      }
    } else if (channels == n) {
      for (std::size_t c = 0; c < n; ++c) {
        block[c] = simd::load_unaligned(from + static_cast<index_t>(c) * l.channel + start);
      }
    } else {
      for (std::size_t c = 0; c < channels; ++c) {
        block[c] = simd::load_unaligned(from + static_cast<index_t>(c) * l.channel + start);
      }
    }
    for (std::size_t c = channels; c < n; ++c) block[c] = simd::broadcast(T(0));
    simd::transpose<T>(block);
    const index_t last = count < lanes<T> ? count : lanes<T>;
    for (index_t i = begin - start; i < last; ++i) {
      simd::store_unaligned(to, block[i]);
      to += l.to_step;
      if (++column == l.length) {
        column = 0;
        to += back;
      }
    }
  }
}

/// What panels hold of a plane: `rows` rows from `h` on, `unit` apart, of `positions` positions from `w` on. Both may
/// lie outside.
struct panel_window {
  index_t h;
  index_t unit;
  index_t rows;
  index_t w;
  index_t positions;
};

/// One position of channels that lie `channel` elements apart, beside each other; zeros beyond the last.
template <class T>
void copy_position(const T* plane, index_t channel, index_t channels, index_t width, T* to) {
  for (index_t c = 0; c < width; ++c) to[c] = c < channels ? plane[c * channel] : T(0);
}

/// Copies a window of one plane of `channels` channels to a panel of `width`, with what `edge` says around it.
///
/// plane: that of channel 0, in a tensor of shape `X` whose H and W are not empty; `width` is at most a register, or
/// whole registers. The last register of the last row may reach past it, as in `interleave_channels`; what is written
/// over the beginning of a row is written before that row is.
template <class T>
void copy_bordered_plane(const boundaries& edge, const T* plane, const dims5& X, index_t channels,
                         const panel_window& window, index_t width, index_t to_row, T* to) {
  const inside_range h(window.h, window.unit, X.h, window.rows), w(window.w, 1, X.w, window.positions);
  interleave_layout l;
  l.channel = X.d * X.h * X.w;
  l.row = window.unit * X.w;
  l.length = w.end - w.begin;
  l.to_row = to_row;
  l.to_step = width;
  // What stands beside a row: a position of the row itself where the window has it, else read channel by channel.
  const auto beside = [&](index_t i, const T* from, T* row) {
    const index_t iw = element_at(edge.w, window.w + i, X.w), own = iw - window.w;
    if (iw < 0) return fill_zero(row + i * width, width);
    if (own >= w.begin && own < w.end) return copy_row(row + i * width, row + own * width, width, T(0));
    copy_position(from + iw, l.channel, channels, width, row + i * width);
  };
  const auto copy = [&](index_t first, index_t count, index_t ih) {
    const T* from = plane + ih * X.w;
    T* row = to + first * to_row;
    const index_t step = width < lanes<T> ? width : lanes<T>;
    l.rows = count;
    for (index_t v = 0; l.length > 0 && v < width; v += step) {
      l.channels = clamp_index(channels - v, 0, step);
      interleave_channels(l, from + window.w + w.begin + (l.channels > 0 ? v * l.channel : 0),
                          row + w.begin * width + v);
    }
    for (index_t r = 0; r < count; ++r, row += to_row, from += l.row) {
      for (index_t i = 0; i < w.begin; ++i) beside(i, from, row);
      for (index_t i = w.end; i < window.positions; ++i) beside(i, from, row);
    }
  };
  // Rows of the padding, each that of another row, of zeros, or the one before it once more.
  const auto pad = [&](index_t first, index_t last) {
    index_t previous = -1;
    for (index_t r = first; r < last; ++r) {
      const index_t ih = element_at(edge.h, window.h + r * window.unit, X.h);
      T* const row = to + r * to_row;
      if (ih < 0) {
        fill_zero(row, window.positions * width);
      } else if (ih == previous) {
        copy_row(row, row - to_row, window.positions * width, T(0));
      } else {
        copy(r, 1, ih);
      }
      previous = ih;
    }
  };
  pad(0, h.begin);
  if (h.begin < h.end) copy(h.begin, h.end - h.begin, window.h + h.begin * window.unit);
  pad(h.end, window.rows);
}

/// Copies a box of positions of `channels` channels to panels of `width`: (panel, D, H, W, width), what `edge` says
/// outside of the volume, zero beyond the last channel.
///
/// volume: channel 0 of the block, in a tensor of shape `X`; `at` is the box's first position, and may lie outside.
template <class T>
void copy_panel(const T* volume, const dims5& X, const boundaries& edge, index_t channels, const extents& at,
                const extents& box, index_t width, T* to) {
  if (edge != boundary::zeros) {
    const panel_window window{at.h, 1, box.h, at.w, box.w};
    for (index_t c = 0; c < channels; c += width) {
      for (index_t d = 0; d < box.d; ++d, to += box.h * box.w * width) {
        const index_t id = element_at(edge.d, at.d + d, X.d);
        if (id < 0) {
          fill_zero(to, box.h * box.w * width);
          continue;
        }
        const T* const plane = volume + (c * X.d + id) * X.h * X.w;
        copy_bordered_plane(edge, plane, X, channels - c, window, width, box.w * width, to);
      }
    }
    return;
  }
  const inside_range h(at.h, 1, X.h, box.h), w(at.w, 1, X.w, box.w);
  interleave_layout l;
  l.channel = X.d * X.h * X.w;
  l.rows = h.end - h.begin;
  l.row = X.w;
  l.length = w.end - w.begin;
  l.to_row = box.w * width;
  l.to_step = width;
  for (index_t c = 0; c < channels; c += width) {
    for (index_t d = 0; d < box.d; ++d, to += box.h * l.to_row) {
      const index_t id = at.d + d;
      if (id < 0 || id >= X.d || l.rows < 1 || l.length < 1) {
        fill_zero(to, box.h * l.to_row);
        continue;
      }
      fill_zero(to, h.begin * l.to_row);
      for (index_t r = h.begin; r < h.end; ++r) {
        fill_zero(to + r * l.to_row, w.begin * width);
        fill_zero(to + r * l.to_row + w.end * width, (box.w - w.end) * width);
      }
      fill_zero(to + h.end * l.to_row, (box.h - h.end) * l.to_row);
      const T* const from = volume + c * l.channel + (id * X.h + at.h + h.begin) * X.w + at.w + w.begin;
      for (index_t v = 0; v < width; v += lanes<T>) {
        l.channels = clamp_index(channels - c - v, 0, lanes<T>);
        interleave_channels(l, from + (l.channels > 0 ? v * l.channel : 0),
                            to + h.begin * l.to_row + w.begin * width + v);
      }
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
