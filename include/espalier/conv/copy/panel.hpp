// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Channels that lie apart in memory, copied to where the channels of one position follow each other.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/dims.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI {

/// Where `interleave` reads and writes, in elements.
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
void interleave(const interleave_layout& l, const T* from, T* to) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>);
  if (l.rows > 1 && l.row != l.length) {
    interleave_layout one = l;
    one.rows = 1;
    for (index_t r = 0; r < l.rows; ++r) interleave(one, from + r * l.row, to + r * l.to_row);
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

/// Copies a box of positions of `channels` channels to panels of `width`: (panel, D, H, W, width), zero outside of the
/// volume and beyond the last channel.
///
/// volume: channel 0 of the block, in a tensor of shape `X`; `at` is the box's first position, and may lie outside.
template <class T>
void copy_channels(const T* volume, const dims5& X, index_t channels, const extents& at, const extents& box,
                   index_t width, T* to) {
  const detail::inside_range h(at.h, 1, X.h, box.h), w(at.w, 1, X.w, box.w);
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
        detail::fill_zero(to, box.h * l.to_row);
        continue;
      }
      detail::fill_zero(to, h.begin * l.to_row);
      for (index_t r = h.begin; r < h.end; ++r) {
        detail::fill_zero(to + r * l.to_row, w.begin * width);
        detail::fill_zero(to + r * l.to_row + w.end * width, (box.w - w.end) * width);
      }
      detail::fill_zero(to + h.end * l.to_row, (box.h - h.end) * l.to_row);
      const T* const from = volume + c * l.channel + (id * X.h + at.h + h.begin) * X.w + at.w + w.begin;
      for (index_t v = 0; v < width; v += lanes<T>) {
        l.channels = detail::clamp_index(channels - c - v, 0, lanes<T>);
        interleave(l, from + (l.channels > 0 ? v * l.channel : 0), to + h.begin * l.to_row + w.begin * width + v);
      }
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI
