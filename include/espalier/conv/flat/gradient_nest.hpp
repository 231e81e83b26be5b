// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient of a weight of extent 1 without stride and padding: scalar products of whole channels.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/flat/gradient_cut.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/lane_sum.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time.
template <index_t Rows, index_t Columns, class T>
struct flat_gradient {
  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    flat_gradient_blocking b;
  };

  using cut_type = flat_gradient_blocking;
  static cut_type cut(const conv3d& config, const dims5& output) { return flat_gradient_blocks_for<T>(config, output); }

  template <Executor E>
  static void run(const gradient_operands<T>& o, const flat_gradient_blocking& b, const E& executor) {
    const call c{o, b};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, job_at(c, number), share, scratch); },
        executor);
  }

 private:
  struct job {
    index_t g, oc0, OC, ic0, IC;
  };

  static job job_at(const call& c, index_t number) {
    const index_t OCG = c.config.out_channels / c.config.groups, ICG = c.config.in_channels / c.config.groups;
    digits left(number);
    const axis_block ic = left.take(ICG, c.b.ic), oc = left.take(OCG, c.b.oc);
    return {left.last(), oc.first, oc.count, ic.first, ic.count};
  }

  /// Channels of one operand: `count` of them, `pitch` apart.
  struct channels {
    const T* from;
    index_t pitch;
    index_t count;
  };

  static void run_task(const call& c, const job& j, index_t share, T* scratch) {
    const flat_gradient_blocking& b = c.b;
    const index_t positions = c.Y.d * c.Y.h * c.Y.w;
    T* const sums = scratch + b.y_elements + b.x_elements;
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
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
    store(c, j, sums, b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
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
          scalar_products<Rows, Columns, T>::run(y.from + step * lanes<T>, row, x.from + step * lanes<T>, column,
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

}  // namespace esp::inline ESPALIER_ABI::detail
