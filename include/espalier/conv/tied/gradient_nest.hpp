// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the gradient of a weight of tied taps: scalar products of rows of grad_y with sums of groups.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/copy/row.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/tied/fill.hpp>
#include <espalier/conv/tied/gradient_cut.hpp>
#include <espalier/conv/tied/layout.hpp>
#include <espalier/conv/tile/scalar_products.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_sum.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. Of each group, the first tap gets the sum for all its taps, and the others zero.
///
/// That is the gradient of the group's number. What a prior makes of it is the same as of the gradients of all its
/// taps: the taps of a group are one function of the weight, so what comes to them is added before anything else
/// happens to it.
template <index_t Rows, index_t Columns, class T>
struct tied_gradient_nest {
  using cut_type = tied_gradient_blocking;

  /// `first`: of each group of taps, in their order, its first tap.
  template <Executor E>
  static void run(const gradient_operands<T>& o, const tied_gradient_blocking& b, const index_t* first,
                  const E& executor) {
    const call c{o, b, first};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, job_at(c, number), share, scratch); },
        executor);
  }

 private:
  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    const tied_gradient_blocking& b;
    const index_t* first;

    [[nodiscard]] index_t OCG() const { return this->config.out_channels / this->config.groups; }
    [[nodiscard]] index_t ICG() const { return this->config.in_channels / this->config.groups; }
  };
  /// What a task computes.
  struct job {
    index_t g, oc0, OC, ic0, IC;
  };
  /// Offsets of rows and columns, filled up to whole tiles with the last one.
  struct table {
    std::array<index_t, static_cast<std::size_t>(tied_gradient_rows + Rows)> row{};
    std::array<index_t, static_cast<std::size_t>(tied_gradient_columns + Columns)> column{};
  };

  static job job_at(const call& c, index_t number) {
    digits left(number);
    const axis_block ic = left.take(c.ICG(), c.b.ic), oc = left.take(c.OCG(), c.b.oc);
    return {left.last(), oc.first, oc.count, ic.first, ic.count};
  }

  static void run_task(const call& c, const job& j, index_t share, T* scratch) {
    const tied_gradient_blocking& b = c.b;
    T* const y = scratch + b.x_elements;
    T* const sums = y + b.y_elements;
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
    if (begin == end) fill_zero(sums, b.sum_elements);
    table at;
    fill_rows(b, j, at);
    for (index_t unit = begin; unit < end; ++unit) {
      digits left(unit);
      const axis_block w = left.take(c.Y.w, b.ow), h = left.take(c.Y.h, b.oh), d = left.take(c.Y.d, b.od);
      const task_range t{left.last(), 0, 0, d.first, h.first, w.first, 0, d.count, h.count, w.count};
      const index_t steps = ceil_div((t.OH - 1) * b.layout.plane.pitch + t.OW, lanes<T>);
      for (index_t od = 0; od < t.OD; ++od) {
        fill_x(c, j, t, od, scratch);
        copy_y(c, j, t, od, steps * lanes<T>, y);
        fill_columns(b, j, od, at);
        sum_plane(b, j, at, steps, y, scratch, sums, unit > begin || od > 0);
      }
    }
    store(c, j, sums, b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
  }

  static void fill_rows(const tied_gradient_blocking& b, const job& j, table& at) {
    for (index_t r = 0; r < ceil_div(j.OC, Rows) * Rows; ++r) {
      at.row[static_cast<std::size_t>(r)] = (r < j.OC ? r : j.OC - 1) * b.y_pitch;
    }
  }
  // Where the groups of an output plane lie: the planes that they read take turns.
  static void fill_columns(const tied_gradient_blocking& b, const job& j, index_t od, table& at) {
    const sums_layout& l = b.layout;
    index_t column = 0;
    for (index_t ic = 0; ic < j.IC; ++ic) {
      for (index_t g = 0; g < l.sums.groups; ++g, ++column) {
        at.column[static_cast<std::size_t>(column)] = ic * l.channel + l.place(l.sums.group[g], od);
      }
    }
    for (; column % Columns != 0; ++column) {
      at.column[static_cast<std::size_t>(column)] = at.column[static_cast<std::size_t>(column - 1)];
    }
  }

  static void fill_x(const call& c, const job& j, const task_range& t, index_t od, T* scratch) {
    const sums_layout& l = c.b.layout;
    const sums_filler<T> filler{l, c.X};
    const sums_block block{t.oh0, t.OH, t.ow0, t.OW, t.od0, pads_of(c.config).before.d, c.config.dilation.d};
    const index_t volume = c.X.d * c.X.h * c.X.w;
    const T* const x = c.x + (t.n * c.X.c + j.g * c.ICG() + j.ic0) * volume;
    filler.fill(block, od, j.IC, x, scratch, scratch + c.b.ic * l.channel);
  }

  // Rows at the pitch of the sums, with zeros between them and behind: they cancel what sums have there.
  static void copy_y(const call& c, const job& j, const task_range& t, index_t od, index_t elements, T* to) {
    const index_t pitch = c.b.layout.plane.pitch;
    for (index_t oc = 0; oc < j.OC; ++oc, to += c.b.y_pitch) {
      const index_t channel = t.n * c.Y.c + j.g * c.OCG() + j.oc0 + oc;
      const T* from = c.grad_y + ((channel * c.Y.d + t.od0 + od) * c.Y.h + t.oh0) * c.Y.w + t.ow0;
      T* row = to;
      for (index_t oh = 0; oh + 1 < t.OH; ++oh, row += pitch, from += c.Y.w) {
        copy_row(row, from, t.OW, T(0));
        fill_zero(row + t.OW, pitch - t.OW);
      }
      copy_row(row, from, t.OW, T(0));
      fill_zero(row + t.OW, to + elements - (row + t.OW));
    }
  }

  // A run of positions at a time: all rows of grad_y stay in the first cache while the columns pass by once.
  static void sum_plane(const tied_gradient_blocking& b, const job& j, const table& at, index_t steps, const T* y,
                        const T* x, T* sums, bool accumulate) {
    const index_t row_tiles = ceil_div(j.OC, Rows), columns = j.IC * b.layout.sums.groups;
    constexpr index_t room = elements_in<T>(tied_gradient_budget::run) / lanes<T>;
    const index_t run = clamp_index(room / (row_tiles * Rows + Columns), 8, 128);
    for (index_t step = 0; step < steps; step += run) {
      T* tile = sums;
      for (index_t column = 0; column < columns; column += Columns) {
        for (index_t r = 0; r < row_tiles; ++r, tile += Rows * Columns * lanes<T>) {
          scalar_products<Rows, Columns, T>::run(y + step * lanes<T>, at.row.data() + r * Rows, x + step * lanes<T>,
                                                 at.column.data() + column, rest(step, run, steps), tile,
                                                 accumulate || step > 0);
        }
      }
    }
  }

  static void store(const call& c, const job& j, T* sums, T* to, bool accumulate) {
    const index_t groups = c.b.layout.sums.groups, K = c.config.kernel_size.volume(), columns = j.IC * groups;
    const index_t row_tiles = ceil_div(j.OC, Rows);
    simd::sum_registers(sums, row_tiles * ceil_div(columns, Columns) * Rows * Columns);
    to += ((j.g * c.OCG() + j.oc0) * c.ICG() + j.ic0) * K;
    for (index_t oc = 0; oc < j.OC; ++oc) {
      for (index_t ic = 0; ic < j.IC; ++ic) {
        T* const block = to + (oc * c.ICG() + ic) * K;
        if (!accumulate) fill_zero(block, K);
        for (index_t g = 0; g < groups; ++g) {
          const index_t column = ic * groups + g, tile = column / Columns * row_tiles + oc / Rows;
          block[c.first[g]] += sums[(tile * Rows + oc % Rows) * Columns + column % Columns];
        }
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
