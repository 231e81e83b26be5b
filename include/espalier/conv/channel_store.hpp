// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums with lanes along channels on their way to rows of voxels.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI {

/// Where `store_channels` reads and writes, in elements.
struct channel_rows {
  index_t channels = 1;  ///< Of the `Vectors * lanes<T>`, those that there are.
  index_t channel = 0;   ///< Between two channels of the target.
  index_t rows = 1;
  index_t length = 1;    ///< Positions of a row.
  index_t row = 0;       ///< Between two rows of the target,
  index_t step = 1;      ///< and between two positions.
  index_t sums_row = 0;  ///< Between two rows of the sums.
};

namespace detail {

/// `count` positions, at most one register of them, of one register of channels.
template <class T>
void store_block(const channel_rows& l, const T* sums, index_t width, index_t channels, index_t count, const T* bias,
                 T* to) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>);
  const batch<T> add = simd::load(bias);
  batch<T> block[n];
  if (count == lanes<T>) {
    for (std::size_t i = 0; i < n; ++i) block[i] = simd::load_unaligned(sums + static_cast<index_t>(i) * width) + add;
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      block[i] = static_cast<index_t>(i) < count ? simd::load_unaligned(sums + static_cast<index_t>(i) * width) + add
                                                 : simd::broadcast(T(0));
    }
  }
  simd::transpose<T>(block);
  if (l.step != 1) {
    for (index_t c = 0; c < channels; ++c) {
      alignas(alignment) std::array<T, n> lane;
      simd::store(lane.data(), block[c]);
      T* const y = to + c * l.channel;
      for (index_t i = 0; i < count; ++i) y[i * l.step] = lane[static_cast<std::size_t>(i)];
    }
  } else if (count == lanes<T> && channels == lanes<T>) {
    for (std::size_t c = 0; c < n; ++c) simd::store_unaligned(to + static_cast<index_t>(c) * l.channel, block[c]);
  } else {
    const lane_range<T> range(0, count);
    for (index_t c = 0; c < channels; ++c) simd::store_range(to + c * l.channel, block[c], range);
  }
}

}  // namespace detail

/// `to[c channel + r row + q step] = sums[r sums_row + q width + c] + bias[c]` with `width = Vectors * lanes<T>`, for
/// every channel c, row r and position q. bias (channels) or null. Cost: a register is transposed for each of its
/// lanes.
template <index_t Vectors, class T>
void store_channels(const channel_rows& l, const T* sums, const T* bias, T* to) {
  constexpr index_t width = Vectors * lanes<T>;
  alignas(alignment) std::array<T, static_cast<std::size_t>(width)> add{};
  for (index_t c = 0; bias != nullptr && c < l.channels; ++c) add[static_cast<std::size_t>(c)] = bias[c];
  for (index_t v = 0; v < Vectors && v * lanes<T> < l.channels; ++v) {
    const index_t left = l.channels - v * lanes<T>, channels = left < lanes<T> ? left : lanes<T>;
    const T* const some = add.data() + v * lanes<T>;
    for (index_t r = 0; r < l.rows; ++r) {
      const T* const from = sums + r * l.sums_row + v * lanes<T>;
      T* const row = to + v * lanes<T> * l.channel + r * l.row;
      for (index_t q = 0; q < l.length; q += lanes<T>) {
        const index_t count = l.length - q < lanes<T> ? l.length - q : lanes<T>;
        detail::store_block(l, from + q * width, width, channels, count, some, row + q * l.step);
      }
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI
