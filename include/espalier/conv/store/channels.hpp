// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Sums with lanes along channels on their way to rows of voxels.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/interleave.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Where `store_channels` reads and writes, in elements.
template <class T>
struct channel_rows {
  index_t channels = 1;  ///< Of the `Vectors * lanes<T>`, those that there are.
  index_t channel = 0;   ///< Between two channels of the target.
  index_t rows = 1;
  index_t length = 1;    ///< Positions of a row.
  index_t row = 0;       ///< Between two rows of the target,
  index_t step = 1;      ///< and between two positions.
  index_t sums_row = 0;  ///< Between two rows of the sums.
  bool stream = false;   ///< Registers go past the caches where the target is aligned.

  /// With a step of 2, what the positions between take, or null: rows of `other_length`, as many or one less or more.
  const T* other = nullptr;
  index_t other_length = 0;
  index_t other_channel = 0;
  index_t other_row = 0;
  bool other_first = false;  ///< A row of the target begins with an element of `other`, one before the first position.
};

/// One register of channels, lanes along positions, of which `count` and `others` elements of `l.other` are there.
template <class T>
void store_block(const channel_rows<T>& l, const batch<T>* block, index_t channels, index_t count, const T* other,
                 index_t others, T* to) {
  if (other != nullptr) {
    const lane_range<T> range(0, others);
    for (index_t c = 0; c < channels; ++c) {
      const batch<T> between = simd::load_range(other + c * l.other_channel, range);
      const batch_pair<T> two =
          l.other_first ? simd::interleave<T>(between, block[c]) : simd::interleave<T>(block[c], between);
      T* const y = to + c * l.channel - (l.other_first ? 1 : 0);
      store_some(y, two.first, count + others, l.stream);
      if (count + others > lanes<T>) store_some(y + lanes<T>, two.second, count + others - lanes<T>, l.stream);
    }
  } else if (l.step == 1) {
    for (index_t c = 0; c < channels; ++c) store_some(to + c * l.channel, block[c], count, l.stream);
  } else {
    for (index_t c = 0; c < channels; ++c) {
      alignas(alignment) std::array<T, static_cast<std::size_t>(lanes<T>)> lane;
      simd::store(lane.data(), block[c]);
      T* const y = to + c * l.channel;
      for (index_t i = 0; i < count; ++i) y[i * l.step] = lane[static_cast<std::size_t>(i)];
    }
  }
}

/// `count` positions, at most one register of them, of one register of channels, with lanes along positions.
template <class T, class Finish>
ESPALIER_ALWAYS_INLINE void turn_block(const T* sums, index_t width, index_t count, const Finish& finish,
                                       batch<T>* block) {
  constexpr std::size_t n = static_cast<std::size_t>(lanes<T>);
  if (count >= lanes<T>) {
    for (std::size_t i = 0; i < n; ++i) block[i] = finish(simd::load_unaligned(sums + static_cast<index_t>(i) * width));
  } else {
    for (std::size_t i = 0; i < n; ++i) {
      block[i] = static_cast<index_t>(i) < count ? finish(simd::load_unaligned(sums + static_cast<index_t>(i) * width))
                                                 : simd::broadcast(T(0));
    }
  }
  simd::transpose<T>(block);
}

/// `to[c channel + r row + q step]` is what `epilogue` makes of `sums[r sums_row + q width + c]`, for every channel c,
/// row r and position q, with `width = Vectors * lanes<T>`; and what lies between. The epilogue's channel 0 is that of
/// the sums. Cost: a register is transposed for each of its lanes; an epilogue that is told where its sums go has its
/// biases added before and does the rest behind. @pre of such a one: step 1, and nothing between.
template <index_t Vectors, class T, Epilogue<T> E>
void store_channels(const channel_rows<T>& l, const E& epilogue, const T* sums, T* to) {
  constexpr index_t width = Vectors * lanes<T>;
  const index_t longest = l.other_length > l.length ? l.other_length : l.length;
  for (index_t v = 0; v < Vectors && v * lanes<T> < l.channels; ++v) {
    const index_t channels = std::min(l.channels - v * lanes<T>, lanes<T>);
    const auto finish = epilogue.lanes_of(v * lanes<T>, channels);
    for (index_t r = 0; r < l.rows; ++r) {
      const T* const from = sums + r * l.sums_row + v * lanes<T>;
      T* const row = to + v * lanes<T> * l.channel + r * l.row;
      const T* const other = l.other == nullptr ? nullptr : l.other + v * lanes<T> * l.other_channel + r * l.other_row;
      for (index_t q = 0; q < longest; q += lanes<T>) {
        const index_t count = std::min(l.length - q, lanes<T>);
        batch<T> block[static_cast<std::size_t>(lanes<T>)];
        turn_block(from + q * width, width, count, finish, block);
        if constexpr (E::after_turning) {
          const lane_range<T> there(0, count);
          for (index_t c = 0; c < channels; ++c) {
            block[c] = epilogue.after_bias()(block[c], row + q + c * l.channel, there);
          }
        }
        store_block(l, block, channels, count, other == nullptr ? nullptr : other + q,
                    std::min(l.other_length - q, lanes<T>), row + q * l.step);
      }
    }
  }
}

}  // namespace esp::inline ESPALIER_ABI::detail
