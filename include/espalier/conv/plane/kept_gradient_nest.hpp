// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the gradient of a weight of which some taps are kept: scalar products of rows that are read where
/// they lie.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/plane/kept_gradient_cut.hpp>
#include <espalier/conv/tile/row_products.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/lane_range.hpp>
#include <espalier/simd/lane_sum.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape: rows are output channels, columns kept taps of one input channel. All but these is
/// known at run time, as in `forward_nest`.
///
/// grad_y is read where it lies, and so is x without a stride along W and with zeros beside it; else planes of it are
/// copied. A tap meets only the outputs whose input exists: at the border its box of positions ends, and along W its
/// lanes do. So a value of x, finite or not, reaches the taps that read it and no other; taps that are not kept have
/// gradient zero. Positions between rows are not computed, but a row that fills no register is computed as one that
/// does.
template <index_t Rows, index_t Columns, class T, kept_taps Kept>
struct kept_gradient {
  static_assert(!Kept.all(), "backward_weights_nest computes all taps");

  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    kept_gradient_blocking b;
  };

  using cut_type = kept_gradient_blocking;
  static cut_type cut(const conv3d& config, const dims5& output) {
    return kept_gradient_blocks_for<T>(config, output, Kept.count(config.kernel_size), {Rows, Columns});
  }

  template <Executor E>
  static void run(const gradient_operands<T>& o, const kept_gradient_blocking& b, const E& executor) {
    const call c{o, b};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, job_at(c, number), share, scratch); },
        executor);
  }

 private:
  using tile = row_products<Rows, Columns, T>;
  using edge = typename tile::edge;
  static constexpr index_t tile_sums = Rows * Columns * lanes<T>;

  /// What a task computes: blocks of channels of one group.
  struct job {
    index_t g, oc0, OC, ic0, IC;
  };

  /// A kept tap: where it reads, and the outputs along each axis whose input exists.
  struct column {
    index_t offset = 0;
    inside_range d{0, 1, 0, 0}, h{0, 1, 0, 0}, w{0, 1, 0, 0};
  };
  /// All kept taps, filled up to whole tiles with the last one.
  using columns = std::array<column, static_cast<std::size_t>(kept_taps::most + Columns)>;

  /// Where one input channel of a unit is read.
  struct source {
    const T* from;  // what output (0, 0, 0) of the volume, or of the unit where planes are copied, reads with offset 0
    index_t d = 0, h = 0, w = 0;  // that output
    index_t plane = 0, row = 0;   // elements from one output plane or row to the next
  };

  static index_t group_in(const call& c) { return c.config.in_channels / c.config.groups; }
  static index_t group_out(const call& c) { return c.config.out_channels / c.config.groups; }

  static job job_at(const call& c, index_t number) {
    digits left(number);
    const axis_block ic = left.take(group_in(c), c.b.ic), oc = left.take(group_out(c), c.b.oc);
    return {left.last(), oc.first, oc.count, ic.first, ic.count};
  }

  static void run_task(const call& c, const job& j, index_t share, T* scratch) {
    const kept_gradient_blocking& b = c.b;
    T* const sums = scratch + b.x_elements;
    fill_zero(sums, b.sum_elements);
    columns taps;
    list_taps(c, taps);
    const index_t tiles = ceil_div(j.OC, Rows), channel_sums = b.chunks * tiles * tile_sums;
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
    for (index_t unit = begin; unit < end; ++unit) {
      digits left(unit);
      const axis_block w = left.take(c.Y.w, b.ow), h = left.take(c.Y.h, b.oh), d = left.take(c.Y.d, b.od);
      const task_range t{left.last(), j.g, j.oc0, d.first, h.first, w.first, j.OC, d.count, h.count, w.count};
      for (index_t ic = 0; ic < j.IC; ++ic) {
        const source from = source_of(c, t, j.g * group_in(c) + j.ic0 + ic, scratch);
        for (index_t chunk = 0; chunk < b.chunks; ++chunk) {
          sum_chunk(c, t, from, taps.data() + chunk * Columns, rest(chunk * Columns, Columns, kept(c)),
                    sums + ic * channel_sums + chunk * tiles * tile_sums);
        }
      }
    }
    simd::sum_registers(sums, j.IC * channel_sums / lanes<T>);
    store(c, j, sums, b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
  }

  static index_t kept(const call& c) { return Kept.count(c.config.kernel_size); }

  static void list_taps(const call& c, columns& taps) {
    const extents &K = c.config.kernel_size, &S = c.config.stride, &L = c.config.dilation;
    const pads pad = pads_of(c.config);
    std::size_t i = 0;
    for (index_t number = 0; number < K.volume(); ++number) {
      if (!Kept.has(number)) continue;
      const tap_index tap = tap_at(number, K);
      column& to = taps[i++];
      if (reads_in_place(c.config)) {
        const index_t d = tap.d * L.d - pad.before.d, h = tap.h * L.h - pad.before.h, w = tap.w * L.w - pad.before.w;
        to = {(d * c.X.h + h) * c.X.w + w, {d, S.d, c.X.d, c.Y.d}, {h, S.h, c.X.h, c.Y.h}, {w, 1, c.X.w, c.Y.w}};
      } else {
        const plane_layout& plane = c.b.plane;
        to = {tap.d * plane.size() + plane.tap_offset(tap.h, tap.w),
              {0, 1, c.Y.d, c.Y.d},
              {0, 1, c.Y.h, c.Y.h},
              {0, 1, c.Y.w, c.Y.w}};
      }
    }
    for (; i % static_cast<std::size_t>(Columns) != 0; ++i) taps[i] = taps[i - 1];
  }

  static source source_of(const call& c, const task_range& t, index_t channel, T* scratch) {
    const dims5& X = c.X;
    const T* const x = c.x + (t.n * X.c + channel) * X.d * X.h * X.w;
    const extents& S = c.config.stride;
    if (reads_in_place(c.config)) return {x, 0, 0, 0, S.d * X.h * X.w, S.h * X.w};
    const plane_layout& plane = c.b.plane;
    const index_t id0 = t.od0 * S.d - pads_of(c.config).before.d;
    for (index_t kd = 0; kd < c.config.kernel_size.d; ++kd) {
      const T* const from = plane_at(plane.boundary, x, id0 + kd * c.config.dilation.d, X.d, X.h * X.w);
      copy_plane(plane, from, X.h, X.w, t.oh0, t.OH, t.ow0, t.OW, scratch + kd * plane.size());
    }
    return {scratch, t.od0, t.oh0, t.ow0, 0, plane.pitch};
  }

  /// Registers of outputs along W: `[begin, end)` of `count` are whole for every tap of a chunk that meets x.
  struct strip {
    index_t begin, end, count;

    strip(const task_range& t, const column* taps, index_t size)
        : begin(0), end(t.OW / lanes<T>), count(ceil_div(t.OW, lanes<T>)) {
      for (index_t i = 0; i < size; ++i) {
        const index_t first = taps[i].w.begin - t.ow0, last = taps[i].w.end - t.ow0;
        if (first >= last || last <= 0 || first >= t.OW) continue;
        if (first > begin * lanes<T>) begin = ceil_div(first, lanes<T>);
        if (last < end * lanes<T>) end = last / lanes<T>;
      }
      if (end < begin) end = begin = begin < count ? begin : count;
    }
  };

  // Every product of a unit with the kept taps of one tile of columns: rows at once, with a register at each end of
  // which some lanes count. Where dilation keeps taps from x for longer than that, a register after the other.
  static void sum_chunk(const call& c, const task_range& t, const source& from, const column* taps, index_t size,
                        T* sums) {
    const strip w(t, taps, size);
    const auto sum = [&](index_t v, index_t whole, const edge* before, const edge* after, index_t width) {
      const index_t ow = t.ow0 + v * lanes<T>;
      sum_rows(c, t, from, taps, size, {ow, whole, before, after, present(taps, size, ow, width)}, sums);
    };
    if (w.begin <= 1 && w.count <= w.end + 1) {
      const edge before = edge_at(t, taps, 0), after = edge_at(t, taps, w.end);
      sum(0, w.end - w.begin, w.begin > 0 ? &before : nullptr, w.end < w.count ? &after : nullptr, t.OW);
      return;
    }
    for (index_t v = 0; v < w.count; ++v) {
      if (v < w.begin || v >= w.end) {
        const edge some = edge_at(t, taps, v);
        sum(v, 0, &some, nullptr, some.row.end);
      } else {
        sum(v, w.end - v, nullptr, nullptr, (w.end - v) * lanes<T>);
        v = w.end - 1;
      }
    }
  }

  static edge edge_at(const task_range& t, const column* taps, index_t v) {
    const index_t ow = t.ow0 + v * lanes<T>, end = rest(0, lanes<T>, t.OW - v * lanes<T>);
    return [&]<std::size_t... C>(std::index_sequence<C...>) -> edge {
      return {{0, end}, {lane_range<T>(taps[C].w.begin - ow, rest(0, taps[C].w.end - ow, end))...}};
    }(std::make_index_sequence<static_cast<std::size_t>(Columns)>{});
  }
  // The taps that meet x in some of `width` outputs from `ow` on, a bit each.
  static unsigned present(const column* taps, index_t size, index_t ow, index_t width) {
    unsigned result = 0;
    for (index_t i = 0; i < size; ++i) {
      const inside_range& r = taps[i].w;
      if (r.begin < r.end && r.begin < ow + width && r.end > ow) result |= 1U << i;
    }
    return result;
  }

  /// Registers of a row, from output `ow` on, and the taps that meet x there, a bit each.
  struct row_part {
    index_t ow, whole;
    const edge* before;
    const edge* after;
    unsigned present;
  };

  // The boxes of planes and rows in which the same taps meet x.
  static void sum_rows(const call& c, const task_range& t, const source& from, const column* taps, index_t size,
                       const row_part& row, T* sums) {
    const index_t d_end = t.od0 + t.OD, h_end = t.oh0 + t.OH;
    for (index_t d = t.od0, d_next = 0; d < d_end; d = d_next) {
      const unsigned planes = row.present & meeting(taps, size, &column::d, d, d_end, d_next);
      if (planes == 0) continue;
      for (index_t h = t.oh0, h_next = 0; h < h_end; h = h_next) {
        const unsigned added = planes & meeting(taps, size, &column::h, h, h_end, h_next);
        if (added == 0) continue;
        sum_box(c, t, from, taps, {d, h, row.ow}, {d_next - d, h_next - h, row.whole}, row, added, sums);
      }
    }
  }

  // The taps that meet x at output `at` of an axis, a bit each, and where that changes next.
  static unsigned meeting(const column* taps, index_t size, inside_range column::* axis, index_t at, index_t end,
                          index_t& next) {
    unsigned result = 0;
    next = end;
    for (index_t i = 0; i < size; ++i) {
      const inside_range& r = taps[i].*axis;
      if (r.begin <= at && at < r.end) result |= 1U << i;
      if (r.begin > at && r.begin < next) next = r.begin;
      if (r.end > at && r.end < next) next = r.end;
    }
    return result;
  }

  static void sum_box(const call& c, const task_range& t, const source& from, const column* taps, const tap_index& at,
                      const extents& count, const row_part& part, unsigned added, T* sums) {
    const dims5& Y = c.Y;
    const index_t volume = Y.d * Y.h * Y.w;
    // Columns that meet nothing read what the first that does reads.
    std::size_t first = 0;
    while ((added >> first & 1U) == 0) ++first;
    index_t offset[static_cast<std::size_t>(Columns)], row[static_cast<std::size_t>(Rows)];
    for (std::size_t i = 0; i < static_cast<std::size_t>(Columns); ++i) {
      offset[i] = (added >> i & 1U) != 0 ? taps[i].offset - taps[first].offset : 0;
    }
    const T* const x =
        from.from + (at.d - from.d) * from.plane + (at.h - from.h) * from.row + at.w - from.w + taps[first].offset;
    const T* y = c.grad_y + (t.n * Y.c + t.g * group_out(c) + t.oc0) * volume + (at.d * Y.h + at.h) * Y.w + at.w;
    const product_box box{count, Y.h * Y.w, Y.w, from.plane, from.row};
    const edge before = edge_of(part.before, added, first), after = edge_of(part.after, added, first);
    for (index_t oc = 0; oc < t.OC; oc += Rows, y += Rows * volume, sums += tile_sums) {
      for (index_t r = 0; r < Rows; ++r) row[r] = (oc + r < t.OC ? r : t.OC - 1 - oc) * volume;
      tile::run({y, row}, {x, offset}, box, part.before == nullptr ? nullptr : &before,
                part.after == nullptr ? nullptr : &after, added, sums);
    }
  }

  // Taps that are not kept: zero, and nothing where they are added.
  static void store(const call& c, const job& j, const T* sums, T* to, bool accumulate) {
    const index_t taps = c.config.kernel_size.volume(), tiles = ceil_div(j.OC, Rows);
    for (index_t ic = 0; ic < j.IC; ++ic, sums += c.b.chunks * tiles * Rows * Columns) {
      for (index_t oc = 0; oc < j.OC; ++oc) {
        T* const kernel = to + ((j.g * group_out(c) + j.oc0 + oc) * group_in(c) + j.ic0 + ic) * taps;
        index_t number = 0;
        for (index_t tap = 0; tap < taps; ++tap) {
          if (!Kept.has(tap)) {
            if (!accumulate) kernel[tap] = T(0);
            continue;
          }
          const index_t at = (number / Columns * tiles + oc / Rows) * Rows + oc % Rows;
          const T total = sums[at * Columns + number % Columns];
          kernel[tap] = accumulate ? kernel[tap] + total : total;
          ++number;
        }
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
