// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the gradient of the weight with lanes along W: scalar products of rows.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/copy/row.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/plane/gradient_cut.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_sum.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time, as in `forward_nest`.
template <index_t Rows, index_t Columns, class T>
struct backward_weights_nest {
  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    gradient_table table;
    gradient_blocking b;
  };

  using cut_type = gradient_blocking;
  static cut_type cut(const conv3d& config, const dims5& output) { return gradient_blocks_for<T>(config, output); }

  template <Executor E>
  static void run(const gradient_operands<T>& o, const gradient_blocking& b, const E& executor) {
    const call c{o, gradient_table(o.config), b};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, job_at(c, number), share, scratch); },
        executor);
  }

 private:
  /// What a task computes: a block of the table of one group.
  struct job {
    index_t g, oc0, OC, ic0, IC, column0, columns;
  };

  /// Rows of x and of grad_y as they lie in scratch, for one size of unit.
  struct unit_layout {
    index_t OD = 0, OH = 0, OW = 0;
    plane_layout plane;
    index_t planes = 0;
    index_t lead = 0;     // zeros before the first row of grad_y
    index_t steps = 0;    // vectors of positions
    index_t y_pitch = 0;  // between two channels of grad_y
    // Filled up to whole tiles with the last one.
    std::array<index_t, static_cast<std::size_t>(row_table + Rows)> row{};
    std::array<index_t, static_cast<std::size_t>(offset_table + Columns)> column{};
  };

  static job job_at(const call& c, index_t number) {
    const gradient_blocking& b = c.b;
    digits left(number);
    const index_t piece = left.take(b.pieces);
    const axis_block ic = left.take(c.table.ICG, b.ic), oc = left.take(c.table.OCG, b.oc);
    job j{left.last(), oc.first, oc.count, ic.first, ic.count, piece * b.columns, 0};
    j.columns = rest(j.column0, b.columns, j.IC * c.table.column_taps);
    return j;
  }

  static void run_task(const call& c, const job& j, index_t share, T* scratch) {
    const gradient_blocking& b = c.b;
    T* const y = scratch + b.x_elements;
    T* const sums = y + b.y_elements;
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
    if (begin == end) fill_zero(sums, b.sum_elements);
    unit_layout u;
    for (index_t unit = begin; unit < end; ++unit) {
      digits left(unit);
      const axis_block w = left.take(c.Y.w, b.ow), h = left.take(c.Y.h, b.oh), d = left.take(c.Y.d, b.od);
      const task_range t{left.last(), 0, 0, d.first, h.first, w.first, 0, d.count, h.count, w.count};
      if (t.OD != u.OD || t.OH != u.OH || t.OW != u.OW) lay_out(c, j, t, u);
      copy_x(c, j, t, u, scratch);
      for (index_t od = 0; od < t.OD; ++od) {
        copy_y(c, j, t, u, od, y);
        sum_plane(j.OC * c.table.row_taps, j.columns, u, y, scratch + od * u.plane.size(), sums,
                  unit > begin || od > 0);
      }
    }
    store(c, j, sums, b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
  }

  static void lay_out(const call& c, const job& j, const task_range& t, unit_layout& u) {
    const extents &K = c.config.kernel_size, &L = c.config.dilation;
    u.OD = t.OD;
    u.OH = t.OH;
    u.OW = t.OW;
    // No room between the rows of one size and the next: whatever a vector reads past its rows has been written.
    u.plane = {c.b.h, c.b.w, c.b.h.span(t.OH), c.b.w.span(t.OW), boundary_of(c.config)};
    u.planes = K.d + t.OD - 1;
    const index_t moved = (c.table.row_taps - 1) * L.h;
    u.lead = moved * u.plane.pitch;
    u.steps = ceil_div((t.OH - 1 + moved) * u.plane.pitch + t.OW, lanes<T>);
    u.y_pitch = ceil_div(u.lead, lanes<T>) * lanes<T> + u.steps * lanes<T>;
    std::size_t i = 0;
    for (index_t oc = 0; oc < j.OC; ++oc) {
      for (index_t kh = 0; kh < c.table.row_taps; ++kh) {
        u.row[i++] = oc * u.y_pitch + u.lead - kh * L.h * u.plane.pitch;
      }
    }
    for (; i % static_cast<std::size_t>(Rows) != 0; ++i) u.row[i] = u.row[i - 1];
    table_column at = column_at(c, j.column0);
    for (i = 0; i < static_cast<std::size_t>(j.columns); ++i, next_column(c, at)) {
      u.column[i] = (at.ic * u.planes + at.tap.d) * u.plane.size() + u.plane.tap_offset(at.tap.h, at.tap.w);
    }
    for (; i % static_cast<std::size_t>(Columns) != 0; ++i) u.column[i] = u.column[i - 1];
  }

  /// A column of the table: an input channel, counted from the job's first, and a tap; kh is 0 where rows tell it.
  struct table_column {
    index_t ic;
    tap_index tap;
  };

  static table_column column_at(const call& c, index_t column) {
    const extents& K = c.config.kernel_size;
    const index_t ic = column / c.table.column_taps, tap = column % c.table.column_taps;
    return {ic, c.table.row_taps == 1 ? tap_at(tap, K) : tap_index{tap / K.w, 0, tap % K.w}};
  }
  // Counted, not divided: on small volumes the divisions of all columns took longer than their products.
  static void next_column(const call& c, table_column& at) {
    const extents& K = c.config.kernel_size;
    if (++at.tap.w < K.w) return;
    at.tap.w = 0;
    if (c.table.row_taps == 1 && ++at.tap.h < K.h) return;
    at.tap.h = 0;
    if (++at.tap.d < K.d) return;
    at.tap.d = 0;
    ++at.ic;
  }

  static void copy_x(const call& c, const job& j, const task_range& t, const unit_layout& u, T* to) {
    const dims5& X = c.X;
    const T* x = c.x + (t.n * X.c + j.g * c.table.ICG + j.ic0) * X.d * X.h * X.w;
    // More than one output plane only where D has neither stride nor dilation.
    const index_t step = t.OD > 1 ? 1 : c.config.dilation.d;
    const index_t id0 = t.od0 * c.config.stride.d - pads_of(c.config).before.d;
    for (index_t ic = 0; ic < j.IC; ++ic) {
      for (index_t p = 0; p < u.planes; ++p, to += u.plane.size()) {
        const T* plane = plane_at(u.plane.boundary, x + ic * X.d * X.h * X.w, id0 + p * step, X.d, X.h * X.w);
        copy_plane(u.plane, plane, X.h, X.w, t.oh0, t.OH, t.ow0, t.OW, to);
      }
    }
    // The last vector reads past the last plane, times zeros.
    simd::store_unaligned(to, simd::broadcast(T(0)));
  }

  // Rows at the pitch of the rows of x, with zeros between and around them: they cancel what x has there.
  static void copy_y(const call& c, const job& j, const task_range& t, const unit_layout& u, index_t od, T* to) {
    const dims5& Y = c.Y;
    for (index_t oc = 0; oc < j.OC; ++oc, to += u.y_pitch) {
      const index_t channel = j.g * c.table.OCG + j.oc0 + oc;
      const T* from = c.grad_y + (((t.n * Y.c + channel) * Y.d + t.od0 + od) * Y.h + t.oh0) * Y.w + t.ow0;
      fill_zero(to, u.lead);
      T* row = to + u.lead;
      for (index_t oh = 0; oh + 1 < t.OH; ++oh, row += u.plane.pitch, from += Y.w) {
        copy_row(row, from, t.OW, T(0));
        fill_zero(row + t.OW, u.plane.pitch - t.OW);
      }
      copy_row(row, from, t.OW, T(0));
      row += t.OW;
      fill_zero(row, to + u.y_pitch - row);
    }
  }

  // Every product of one output plane. A run of positions at a time, so that a tile's rows of grad_y stay in the first
  // cache while all columns pass by.
  static void sum_plane(index_t rows, index_t columns, const unit_layout& u, const T* y, const T* x, T* sums,
                        bool accumulate) {
    constexpr index_t run = elements_in<T>(plane_gradient_budget::run) / (Rows * lanes<T>);
    for (index_t step = 0; step < u.steps; step += run) {
      const index_t count = rest(step, run, u.steps);
      T* tile = sums;
      for (index_t r = 0; r < rows; r += Rows) {
        for (index_t column = 0; column < columns; column += Columns, tile += Rows * Columns * lanes<T>) {
          scalar_products<Rows, Columns, T>::run(y + step * lanes<T>, u.row.data() + r, x + step * lanes<T>,
                                                 u.column.data() + column, count, tile, accumulate || step > 0);
        }
      }
    }
  }

  static void store(const call& c, const job& j, T* sums, T* to, bool accumulate) {
    const extents& K = c.config.kernel_size;
    const index_t tiles = ceil_div(j.columns, Columns), block = c.table.ICG * K.volume();
    simd::sum_registers(sums, ceil_div(j.OC * c.table.row_taps, Rows) * tiles * Rows * Columns);
    to += ((j.g * c.table.OCG + j.oc0) * c.table.ICG + j.ic0) * K.volume();
    table_column at = column_at(c, j.column0);
    for (index_t column = 0; column < j.columns; ++column, next_column(c, at)) {
      const index_t tap = (at.tap.d * K.h + at.tap.h) * K.w + at.tap.w;
      index_t row = 0;
      for (index_t oc = 0; oc < j.OC; ++oc) {
        for (index_t kh = 0; kh < c.table.row_taps; ++kh, ++row) {
          const index_t tile = row / Rows * tiles + column / Columns;
          const T total = sums[(tile * Rows + row % Rows) * Columns + column % Columns];
          T& weight = to[oc * block + at.ic * K.volume() + tap + kh * K.w];
          weight = accumulate ? weight + total : total;
        }
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
