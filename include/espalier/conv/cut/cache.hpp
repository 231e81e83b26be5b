// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// How much of the caches a task takes: every budget of every family, in bytes of one worker, with its reason.
///
/// They are for a first cache of 32 to 48 KiB and a second of 1 to 2 MiB a core, on which they were measured. What is
/// read many times in a row shall stay in the first, what is read again by the next tile or tap in the second.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>

namespace esp::inline ESPALIER_ABI::detail {

inline constexpr index_t KiB = 1024;

/// Elements in so many bytes.
template <class T>
inline constexpr index_t elements_in(index_t bytes) {
  return bytes / static_cast<index_t>(sizeof(T));
}

/// Elements of a cache line, and a count of elements rounded up to whole lines, so that two areas share none.
template <class T>
inline constexpr index_t line_elements = static_cast<index_t>(alignment / sizeof(T));
template <class T>
constexpr index_t whole_lines(index_t count) {
  return ceil_div(count, line_elements<T>) * line_elements<T>;
}

/// Offsets of taps or of columns in a table on the stack of a worker: 8 KiB. More of them take several tables.
inline constexpr index_t offset_table = 8 * KiB / static_cast<index_t>(sizeof(index_t));

/// Lanes along W over all rows of a plane: together near 512 KiB, half of a second cache.
struct plane_budget {
  /// Rows of input: read once per tap, from the second cache into the first.
  static constexpr index_t rows = 192 * KiB;
  /// Sums of all channels and phases of a task, where they wait for more input channels.
  static constexpr index_t sums = 256 * KiB;
  /// The tile of input that several blocks of output channels read while it is in the first cache: half of it.
  static constexpr index_t tile = 24 * KiB;
  /// Products of a sum that takes less time than to store it, so that it goes from registers to the result.
  static constexpr index_t few_products = 16;
  /// What a call reads and writes from where on it is asked for before it is needed: twice a second cache. Below,
  /// asking took 2 % of a layer of 74 us.
  static constexpr index_t looked_ahead = 2048 * KiB;
};

/// Its gradient of the weight.
struct plane_gradient_budget {
  /// Rows of x, and as many of grad_y: each read once per row or column of the table of products.
  static constexpr index_t rows = 192 * KiB;
  /// A tile's rows of grad_y, which stay in the first cache while all columns pass by.
  static constexpr index_t run = 16 * KiB;
  /// Vectors of sums: 256 KiB with the widest registers.
  static constexpr index_t sum_vectors = 4096;
};

/// Lanes along W within rows.
struct row_budget {
  /// Rows of input: read once per column of taps, from the second cache into the first. There are no sums beside them.
  static constexpr index_t rows = 256 * KiB;
  /// A channel that is read in place, and that a second cache holds from one call to the next. Of a larger one each
  /// tile asks for what it reads in the next plane: 1 > 1 channel on 128^3, seven taps, took 0.43 ms instead of 0.73.
  static constexpr index_t held = 512 * KiB;
};

/// Lanes along output channels: together three quarters of a second cache of 1 MiB.
struct channel_budget {
  static constexpr index_t input = 256 * KiB;
  static constexpr index_t sums = 512 * KiB;
  /// Weights that every tile of a task reads: of a first cache of 32 KiB, what a tile's input and sums leave.
  static constexpr index_t weights = 20 * KiB;
  /// Packed weights that a second cache does not hold from one call to the next are asked for before they are needed.
  static constexpr index_t looked_ahead = 2048 * KiB;
};

/// Its gradient of the weight: together about 1 MiB, the second cache of a large core, and twice that of a small one,
/// where rows stream well.
struct channel_gradient_budget {
  static constexpr index_t sums = 448 * KiB;
  static constexpr index_t x = 384 * KiB;
  static constexpr index_t y = 256 * KiB;
  /// Of the first cache, a half or a third for the strip's rows of grad_y: as many again for rows of x.
  static constexpr index_t strip = 16 * KiB;
  /// Sums of the smallest job, one panel by one: where they are more, another family computes the gradient.
  static constexpr index_t panel = 1024 * KiB;
};

/// Taps of extent 1.
struct flat_budget {
  /// Blocks of all input channels that were asked for while the block before was summed: they wait in the second cache.
  static constexpr index_t asked = 256 * KiB;
  /// Blocks of all input channels that were copied, and are read by every block of output channels.
  static constexpr index_t copied = 192 * KiB;
  /// Longest run of one channel: half a page in each of many streams, a page with three output channels or fewer,
  /// whose input channels take turns (measured beside `flat_blocks_for`).
  static constexpr index_t run = 2 * KiB, long_run = 4 * KiB;
};

/// Its gradient of the weight.
struct flat_gradient_budget {
  /// The channels that every tile reads stay in the second cache, and the others are read in long runs: 32 > 3 channels
  /// took 0.84 ms with runs of 64 KiB, 0.91 with 8 KiB, 1.11 with 2 KiB.
  static constexpr index_t held = 256 * KiB, run = 64 * KiB;
};

/// Three passes over a volume for a kernel that is a product of lines.
struct separable_budget {
  /// Rows after the first pass, read twice by the second and then written over: with the rows of input that pass by,
  /// half of a second cache of 1 MiB.
  static constexpr index_t planes = 384 * KiB;
};

/// Channels that are merged into one.
struct merged_budget {
  /// Planes of outputs that wait for more of the input: with the rows that pass by, a fraction of a second cache.
  static constexpr index_t outputs = 256 * KiB;
  /// Input of which the next row is asked for. 330 MiB took 28 ms instead of 34; 40 MiB, which a third cache held, 4 %
  /// more.
  static constexpr index_t looked_ahead = 64 * 1024 * KiB;
};

/// Winograd's tiles.
struct winograd_budget {
  /// Of a second cache of 1 MiB, for the transformed tiles of a task.
  static constexpr index_t task = 640 * KiB;
  /// What 96 tiles may take where they take more, since the transformed weights are read once a task.
  static constexpr index_t large_task = 3 * 1024 * KiB;
  /// What no worker exceeds, whatever the channels: 4 MiB, and room for the caller to align it.
  static constexpr index_t limit = 4032 * KiB;
  /// Transformed weights that no second cache holds, nor much of a third: read from memory by each task.
  static constexpr index_t streamed_weight = 4 * 1024 * KiB;
};

/// Its gradient of the weight.
struct winograd_gradient_budget {
  /// The sums of a job, met once a unit: they may lie behind the second cache.
  static constexpr index_t sums = 1024 * KiB;
  /// What one point along D needs, which passes by once for each point: half a second cache.
  static constexpr index_t tiles = 512 * KiB;
};

/// Sums of tied taps.
struct tied_budget {
  /// Input planes of all channels, their sums, and those of an output plane: written once, read by every output
  /// channel. Half of a second cache of 1 MiB, since what a kernel reaches beyond a block is summed again in the next.
  static constexpr index_t sums = 512 * KiB;
  /// Sums of output channels, where they wait for more input channels.
  static constexpr index_t waiting = 256 * KiB;
  /// Output planes of a task, each of which adds one input plane to those that stay: 64 copy a kernel of 3 planes 1.03
  /// times.
  static constexpr index_t planes = 64;
};

/// Its gradient of the weight.
struct tied_gradient_budget {
  static constexpr index_t sums = 512 * KiB;
  /// Rows of grad_y, read again by every run of positions.
  static constexpr index_t rows = 192 * KiB;
  /// A run of all rows of grad_y and of a tile's sums: these stay in the first cache while all tiles pass by.
  static constexpr index_t run = 24 * KiB;
  /// Vectors of sums: 256 KiB with the widest registers.
  static constexpr index_t sum_vectors = 4096;
};

/// Padded gradients of the samples that are computed together and then folded: few samples of a large volume, so that a
/// large batch takes no second copy of its gradient, but so many of small ones that the weight is not read by each.
inline constexpr index_t fold_budget = 16 * 1024 * KiB;

}  // namespace esp::inline ESPALIER_ABI::detail
