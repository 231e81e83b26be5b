// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient of a weight of extent 1 without stride and padding: scalar products of whole channels.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/choose.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/gradient_parts.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/lane_sum.hpp>

namespace esp::inline ESPALIER_ABI {

/// The tile for a weight of extent 1: `oc` output by `vectors` input channels.
[[nodiscard]] constexpr register_tile flat_gradient_tile(const conv3d& config) {
  return correlation_tile_for(config.out_channels / config.groups, config.in_channels / config.groups);
}

/// Whether scalar products of whole channels are the way to the gradient of this weight: one tile has all output or all
/// input channels of a group, so that every other channel is read once, where it lies.
///
/// Measured on AVX-512, ms against those of lanes along W over copied rows: 32 > 3 channels on 64^3 0.88 and 3.6, 3 >
/// 32 0.98 and 2.8, depthwise 1.09 and 2.7. With more channels, copied a block at a time into tiles like these, 16 > 16
/// took 2.09 and lanes along channels 1.94; read in place again by every tile 2.3, and 32 > 32 three times as long:
/// channels a power of two apart share sets of the cache.
[[nodiscard]] constexpr bool flat_gradient_serves(const conv3d& config) {
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  const register_tile tile = flat_gradient_tile(config);
  // Whether a kernel is flat does not depend on the number of lanes.
  return direct_kernel_for(ICG, OCG, config.kernel_size, config.stride, config.dilation, pads_of(config), 1) ==
             direct_kernel::flat &&
         (OCG <= tile.oc || ICG <= tile.vectors);
}

/// The cut of one call. A job is a block of output channels by a block of input channels of one group; a part is a run
/// of units that every job sums by itself, and a unit one block of positions of one image. A task is one job of one
/// part.
///
/// Nothing here depends on the number of workers: the order of every sum is that of the shape.
struct flat_gradient_blocking {
  index_t oc = 1;      ///< Output channels of a job.
  index_t ic = 1;      ///< Input channels of a job.
  index_t block = 1;   ///< Positions of a unit: whole vectors.
  index_t blocks = 0;  ///< Of one image.
  index_t jobs = 1;
  index_t units = 0;
  index_t parts = 1;
  index_t y_elements = 0;  ///< Scratch of one worker: a vector of each channel of grad_y and of x, vectors of sums.
  index_t x_elements = 0;
  index_t sum_elements = 0;

  [[nodiscard]] constexpr index_t worker_elements() const { return y_elements + x_elements + sum_elements; }
};

/// Cuts the gradient of the weight. @pre `flat_gradient_serves(config)`, and `output` is `output_dims(config, input)`.
template <class T>
[[nodiscard]] constexpr flat_gradient_blocking flat_gradient_blocks_for(const conv3d& config, const dims5& output) {
  using detail::ceil_div, detail::clamp_index;
  constexpr index_t element = static_cast<index_t>(sizeof(T)), line = static_cast<index_t>(alignment) / element;
  constexpr index_t most = 512;  // channels of a job: at most 8 of them meet as many, 4096 vectors of sums
  const index_t OCG = config.out_channels / config.groups, ICG = config.in_channels / config.groups;
  const register_tile tile = flat_gradient_tile(config);
  flat_gradient_blocking b;
  b.oc = clamp_index(OCG, 1, most / tile.oc * tile.oc);
  b.ic = clamp_index(ICG, 1, most / tile.vectors * tile.vectors);
  b.jobs = config.groups * ceil_div(OCG, b.oc) * ceil_div(ICG, b.ic);
  const index_t positions = output.d * output.h * output.w, wanted = gradient_parts(config, output, b.jobs);
  // The channels that every tile reads stay in the second cache, and the others are read in long runs: 32 > 3 channels
  // took 0.84 ms with runs of 64 KiB, 0.91 with 8 KiB, 1.11 with 2 KiB.
  const index_t held = OCG <= tile.oc ? OCG : ICG;
  const index_t room = clamp_index(256 * 1024 / element / held, lanes<T>, 64 * 1024 / element);
  const index_t share = ceil_div(positions * output.n, wanted);
  b.block = ceil_div(clamp_index(share < room ? share : room, 1, positions < 1 ? 1 : positions), lanes<T>) * lanes<T>;
  b.blocks = ceil_div(positions, b.block);
  b.units = output.n * b.blocks;
  b.parts = clamp_index(wanted, 1, b.units < 1 ? 1 : b.units);
  b.y_elements = ceil_div(b.oc * lanes<T>, line) * line;
  b.x_elements = ceil_div(b.ic * lanes<T>, line) * line;
  b.sum_elements = ceil_div(b.oc, tile.oc) * tile.oc * ceil_div(b.ic, tile.vectors) * tile.vectors * lanes<T>;
  return b;
}

namespace detail {

/// The loop nest of one tile shape. All but the tile is known at run time.
template <index_t Rows, index_t Columns, class T>
struct flat_gradient {
  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    flat_gradient_blocking b;
  };

  template <Executor E>
  static void run(const call& c, const E& executor) {
    run_parts<T>(
        c, c.b, [&c](index_t number, index_t part, T* scratch) { run_task(c, job_at(c, number), part, scratch); },
        executor);
  }

 private:
  struct job {
    index_t g, oc0, OC, ic0, IC;
  };

  static job job_at(const call& c, index_t number) {
    const index_t OCG = c.config.out_channels / c.config.groups, ICG = c.config.in_channels / c.config.groups;
    const auto take = [&number](index_t size, index_t block) {
      const index_t blocks = ceil_div(size, block), i = number % blocks;
      number /= blocks;
      return i * block;
    };
    job j{};
    j.ic0 = take(ICG, c.b.ic);
    j.oc0 = take(OCG, c.b.oc);
    j.g = number;
    j.IC = rest(j.ic0, c.b.ic, ICG);
    j.OC = rest(j.oc0, c.b.oc, OCG);
    return j;
  }

  /// Channels of one operand: `count` of them, `pitch` apart.
  struct channels {
    const T* from;
    index_t pitch;
    index_t count;
  };

  static void run_task(const call& c, const job& j, index_t part, T* scratch) {
    const flat_gradient_blocking& b = c.b;
    const index_t positions = c.Y.d * c.Y.h * c.Y.w;
    T* const sums = scratch + b.y_elements + b.x_elements;
    const index_t begin = b.units * part / b.parts, end = b.units * (part + 1) / b.parts;
    if (begin == end) fill_zero(sums, b.sum_elements);
    for (index_t unit = begin; unit < end; ++unit) {
      const index_t n = unit / b.blocks, q = unit % b.blocks * b.block, count = rest(q, b.block, positions);
      const auto at = [&](const T* tensor, index_t all, index_t first) {
        return tensor + (n * all + first) * positions + q;
      };
      const channels y{at(c.grad_y, c.config.out_channels, j.g * (c.config.out_channels / c.config.groups) + j.oc0),
                       positions, j.OC};
      const channels x{at(c.x, c.config.in_channels, j.g * (c.config.in_channels / c.config.groups) + j.ic0), positions,
                       j.IC};
      // The last lanes of an image are copied, with zeros after them.
      const index_t steps = count / lanes<T>, left = count % lanes<T>;
      if (steps > 0) add(y, x, steps, sums, unit > begin);
      if (left == 0) continue;
      T* const x_copy = scratch + b.y_elements;
      copy(y, steps * lanes<T>, left, scratch);
      copy(x, steps * lanes<T>, left, x_copy);
      add({scratch, lanes<T>, j.OC}, {x_copy, lanes<T>, j.IC}, 1, sums, unit > begin || steps > 0);
    }
    store(c, j, sums, b.parts == 1 ? c.grad_w : c.partial + part * weight_shape_of(c.config).size(),
          b.parts == 1 && c.accumulate);
  }

  static void copy(const channels& of, index_t first, index_t count, T* to) {
    for (index_t i = 0; i < of.count; ++i) {
      simd::store(to + i * lanes<T>, simd::load_range(of.from + i * of.pitch + first, lane_range<T>(0, count)));
    }
  }

  // A tile at a time; the tile's channels above the last one repeat it, and are dropped.
  static void add(const channels& y, const channels& x, index_t steps, T* sums, bool accumulate) {
    // Short sums: the rounding error grows with their length.
    constexpr index_t run = 128;
    const auto offset = [](const channels& of, index_t i) { return (i < of.count ? i : of.count - 1) * of.pitch; };
    index_t row[Rows], column[Columns];
    for (index_t k = 0; k < x.count; k += Columns) {
      for (index_t i = 0; i < Columns; ++i) column[i] = offset(x, k + i);
      for (index_t r = 0; r < y.count; r += Rows, sums += Rows * Columns * lanes<T>) {
        for (index_t i = 0; i < Rows; ++i) row[i] = offset(y, r + i);
        for (index_t step = 0; step < steps; step += run) {
          correlation<Rows, Columns, T>::run(y.from + step * lanes<T>, row, x.from + step * lanes<T>, column,
                                             rest(step, run, steps), sums, accumulate || step > 0);
        }
      }
    }
  }

  static void store(const call& c, const job& j, const T* sums, T* to, bool accumulate) {
    const index_t OCG = c.config.out_channels / c.config.groups, ICG = c.config.in_channels / c.config.groups;
    const index_t tiles = ceil_div(j.OC, Rows);
    for (index_t oc = 0; oc < j.OC; ++oc) {
      for (index_t ic = 0; ic < j.IC; ++ic) {
        const index_t tile = ic / Columns * tiles + oc / Rows;
        const T total = simd::lane_sum(sums + ((tile * Rows + oc % Rows) * Columns + ic % Columns) * lanes<T>);
        T& weight = to[(j.g * OCG + j.oc0 + oc) * ICG + j.ic0 + ic];
        weight = accumulate ? weight + total : total;
      }
    }
  }
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
