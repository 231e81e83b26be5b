// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// Rows of sums on their way from scratch to the result.
#pragma once

#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/interleave.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// Whether a result of so many elements shall be stored past the caches: from 8 MiB on.
///
/// A line that is stored past the caches is not read before: 32 MiB take 0.35 ms instead of 1.3. A result of this size
/// has left the second cache before anyone reads it. Measured with 8 MiB: a layer of 1.45 ms takes 1.15.
template <class T>
[[nodiscard]] constexpr bool stores_past_caches(index_t elements) {
  constexpr index_t large = index_t{8} << 20;
  return elements >= large / static_cast<index_t>(sizeof(T));
}

/// `count` elements, at most one register of them; past the caches with `stream`, where they are a whole aligned one.
template <class T>
ESPALIER_ALWAYS_INLINE void store_some(T* to, const batch<T>& value, index_t count, bool stream) {
  if (count < lanes<T>) {
    simd::store_range(to, value, lane_range<T>(0, count));
  } else if (stream && reinterpret_cast<std::uintptr_t>(to) % sizeof(batch<T>) == 0) {
    simd::store_stream(to, value);
  } else {
    simd::store_unaligned(to, value);
  }
}

/// The same of a sum that `finish`, a channel's share of an epilogue in registers, makes an output of there.
template <class T, class Finish>
ESPALIER_ALWAYS_INLINE void store_finished(T* to, const Finish& finish, const batch<T>& sum, index_t count,
                                           bool stream) {
  if constexpr (requires { finish(sum); }) {
    store_some(to, finish(sum), count, stream);
  } else if (count < lanes<T>) {
    const lane_range<T> there(0, count);
    simd::store_range(to, finish(sum, to, there), there);
  } else {
    store_some(to, finish(sum, to), count, stream);
  }
}

/// Elements before the first one from `to` on that whole registers can be streamed to, at most `count`.
template <class T>
index_t before_aligned(const T* to, index_t count) {
  const auto off = static_cast<index_t>(reinterpret_cast<std::uintptr_t>(to) % sizeof(batch<T>) / sizeof(T));
  const index_t lead = off == 0 ? 0 : lanes<T> - off;
  return lead < count ? lead : count;
}

/// Finished sums of one channel as outputs: `to[i] = finish(from[i])` with the channel's share of an epilogue, which is
/// told where they go.
///
/// Whole vectors; the last one overlaps its neighbour instead of leaving a scalar rest. Short rows, which nothing loads
/// soon, are masked: a layer of 3.1 us takes 0.1 less. Inlined, since a call for each row of 8 voxels takes 2 % of such
/// a layer.
template <class T, class Finish>
ESPALIER_ALWAYS_INLINE void store_row(T* to, const T* from, index_t count, const Finish& finish) {
  const auto finished = finish.in_registers();
  if (count < lanes<T>) {
    const lane_range<T> row(0, count);
    return simd::store_range(to, finished(simd::load_range(from, row), to, row), row);
  }
  for (index_t i = 0; i + lanes<T> <= count; i += lanes<T>) {
    simd::store_unaligned(to + i, finished(simd::load_unaligned(from + i), to + i));
  }
  const index_t last = count - lanes<T>;
  simd::store_unaligned(to + last, finished(simd::load_unaligned(from + last), to + last));
}

/// The same with whole registers past the caches; what lies before and behind them one by one where a share takes
/// single sums. @pre `to` is aligned for its elements.
template <class T, class Finish>
void stream_row(T* to, const T* from, index_t count, const Finish& finish) {
  const auto finished = finish.in_registers();
  index_t i = 0;
  const auto some = [&](index_t end) {
    if constexpr (requires { finish(*from); }) {
      for (; i < end; ++i) to[i] = finish(from[i]);
    } else if (i < end) {
      const lane_range<T> row(0, end - i);
      simd::store_range(to + i, finished(simd::load_range(from + i, row), to + i, row), row);
      i = end;
    }
  };
  some(before_aligned(to, count));
  for (; i + lanes<T> <= count; i += lanes<T>) {
    simd::store_stream(to + i, finished(simd::load_unaligned(from + i), to + i));
  }
  some(count);
}

/// Sums that lie where their outputs do: finished in place, each once.
template <class T, class Finish>
void finish_row(T* row, index_t count, const Finish& finish) {
  const auto finished = finish.in_registers();
  for (index_t i = 0; i < count; i += lanes<T>) {
    const lane_range<T> there(0, count - i);
    simd::store_range(row + i, finished(simd::load_range(row + i, there), row + i, there), there);
  }
}

/// `to[first + 2 i] = even[i]` and `to[first + 2 i + 1] = odd[i]` for i in `[0, count)`, where they lie in `[0, size)`:
/// the rows of two phases as one. With `stream` whole registers go past the caches.
template <class T>
void interleave_row(const T* even, const T* odd, index_t count, T* to, index_t first, index_t size, bool stream) {
  const index_t end = first + 2 * count < size ? first + 2 * count : size;
  index_t at = first > 0 ? first : 0;
  const auto one = [&] { to[at] = (at - first) % 2 == 0 ? even[(at - first) / 2] : odd[(at - first) / 2]; };
  if (stream && at < end) {
    for (const index_t begin = at + before_aligned(to + at, end - at); at < begin; ++at) one();
  }
  // From an odd element on, what follows it is the next even one.
  const bool swapped = (at - first) % 2 != 0;
  const index_t half = (at - first) / 2;
  const T* a = swapped ? odd + half : even + half;
  const T* b = swapped ? even + half + 1 : odd + half;
  for (; at + 2 * lanes<T> <= end; at += 2 * lanes<T>, a += lanes<T>, b += lanes<T>) {
    const batch_pair<T> two = simd::interleave<T>(simd::load_unaligned(a), simd::load_unaligned(b));
    if (stream) {
      simd::store_stream(to + at, two.first);
      simd::store_stream(to + at + lanes<T>, two.second);
    } else {
      simd::store_unaligned(to + at, two.first);
      simd::store_unaligned(to + at + lanes<T>, two.second);
    }
  }
  for (; at < end; ++at) one();
}

}  // namespace esp::inline ESPALIER_ABI::detail
