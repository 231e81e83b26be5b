// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the direct convolution with lanes along output channels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <espalier/config.hpp>
#include <espalier/conv/blocking.hpp>
#include <espalier/conv/channel_blocking.hpp>
#include <espalier/conv/channel_store.hpp>
#include <espalier/conv/channel_tile.hpp>
#include <espalier/conv/look_ahead.hpp>
#include <espalier/conv/rows.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI {

namespace detail {

/// The loop nest for blocks of `Vectors` registers of output channels, rows whose positions are `Step` elements apart,
/// and weights in registers for `Columns` taps along W: all of them, or 1. All else is known at run time.
template <index_t Vectors, index_t Step, index_t Columns, class T>
struct channel_nest {
  static constexpr index_t width = Vectors * lanes<T>;
  static constexpr channel_sizes sizes{Vectors, Columns};

  /// Operands of one call. x (N, groups IC, ID, IH, IW), packed (groups, OC blocks, IC, taps, width), bias (groups OC)
  /// or null, y as the problem says, scratch: `elements` for each worker, from a cache line on.
  struct call {
    channel_problem p;
    channel_blocking b;
    const T* x;
    const T* packed;
    const T* bias;
    T* y;
    T* scratch;
    std::array<index_t, static_cast<std::size_t>(channel_taps)> copied;    ///< Offsets of the taps in scratch,
    std::array<index_t, static_cast<std::size_t>(channel_taps)> in_place;  ///< and in x.
  };

  /// Elements of scratch for a team, with room to start at a cache line wherever the caller's buffer starts.
  static index_t scratch_size(const channel_problem& p, index_t workers) {
    if (p.outputs.volume() == 0) return 0;
    return (workers > 1 ? workers : 1) * channel_blocks_for<T>(flattened(p), Vectors, Step, Columns, workers).elements +
           static_cast<index_t>(alignment / sizeof(T));
  }

  template <Executor E>
  static void run(const channel_problem& problem, const T* x, const T* packed, const T* bias, T* y, T* scratch,
                  const E& executor) {
    if (problem.X.n * problem.outputs.volume() == 0) return;
    while (reinterpret_cast<std::uintptr_t>(scratch) % alignment != 0) ++scratch;
    const channel_problem p = flattened(problem);
    const index_t workers = static_cast<index_t>(executor.workers());
    call c{p, channel_blocks_for<T>(p, Vectors, Step, Columns, workers), x, packed, bias, y, scratch, {}, {}};
    fill_offsets(c);
    executor.run(c.b.tasks, [&c = std::as_const(c)](index_t number, index_t worker) {
      run_task(c, number, c.scratch + worker * c.b.elements);
    });
  }

 private:
  struct range {
    index_t n, g, oc0, OC, od0, OD, oh0, OH, ow0, OW;
  };

  /// Where the tiles of a task read.
  struct view {
    const T* input;
    const index_t* offset;
    index_t channel, plane, row;  ///< Elements between two input channels, output planes, runs.
  };

  // What `IC` channels of a task read of the input, in `calls` portions.
  static look_ahead<T> part_of(const call& c, const range& t, index_t ic0, index_t IC, index_t calls) {
    constexpr index_t line = static_cast<index_t>(alignment / sizeof(T));
    const channel_problem& p = c.p;
    const extents &S = p.stride, &L = p.dilation, &K = p.taps;
    const index_t step = plane_step(c), plane = p.X.h * p.X.w;
    const auto inside_axis = [](index_t at, index_t size) { return clamp_index(at, 0, size); };
    const index_t h = t.oh0 * S.h - p.before.h, w = t.ow0 * S.w - p.before.w, d = t.od0 * S.d - p.before.d;
    const index_t h0 = inside_axis(h, p.X.h), h1 = inside_axis(h + (t.OH - 1) * S.h + (K.h - 1) * L.h + 1, p.X.h);
    const index_t w0 = inside_axis(w, p.X.w), w1 = inside_axis(w + (t.OW - 1) * S.w + (K.w - 1) * L.w + 1, p.X.w);
    const inside_range planes(d, step, p.X.d, planes_of(c, t));
    look_ahead<T> a;
    if (planes.end <= planes.begin || h1 <= h0 || w1 <= w0) return a;
    a.channel = p.X.d * plane;
    a.plane = step * plane;
    a.planes = planes.end - planes.begin;
    a.first =
        c.x + ((t.n * p.groups + t.g) * p.IC + ic0) * a.channel + (d + planes.begin * step) * plane + h0 * p.X.w + w0;
    a.lines = ceil_div((h1 - h0 - 1) * p.X.w + w1 - w0, line);
    a.total = IC * a.planes * a.lines;
    a.each = ceil_div(a.total, calls);
    return a;
  }

  // Input planes of a task in scratch, `plane_step` apart in the input.
  static index_t planes_of(const call& c, const range& t) {
    const extents &S = c.p.stride, &L = c.p.dilation, &K = c.p.taps;
    return c.b.od > 1 ? (t.OD - 1) * S.d + (K.d - 1) * L.d + 1 : K.d;
  }
  static index_t plane_step(const call& c) { return c.b.od > 1 ? 1 : c.p.dilation.d; }

  static void fill_offsets(call& c) {
    const channel_problem& p = c.p;
    const channel_blocking& b = c.b;
    const extents& L = p.dilation;
    const index_t plane = b.od > 1 ? L.d : 1;
    for (index_t i = 0; i < p.taps.volume() / Columns; ++i) {
      tap_index k = p.tap(i * Columns);
      if (Columns > 1) k.w = 0;
      const index_t along =
          b.expanded ? b.plane.tap_offset(k.h, 0) + k.w * b.plane.size() : b.plane.tap_offset(k.h, k.w);
      const std::size_t at = static_cast<std::size_t>(i);
      c.copied[at] = k.d * plane * b.plane_size + along;
      c.in_place[at] = (k.d * L.d * p.X.h + k.h * L.h) * p.X.w + k.w * L.w;
    }
  }

  static void run_task(const call& c, index_t number, T* scratch) {
    const channel_problem& p = c.p;
    const channel_blocking& b = c.b;
    const range t = task(c, number);
    T* const sums = scratch + b.input_elements;
    const index_t taps = p.taps.volume(), block0 = t.g * ceil_div(p.OC, width) + t.oc0 / width;
    const bool reads_inside = b.in_place && inside(c, t);
    const channel_cut cut = sizes.cut(b.expanded ? t.OH * t.OW : t.OW);
    const index_t tiles = (cut.count[0] + cut.count[1]) * (b.expanded ? 1 : t.OH) * t.OD;
    for (index_t ic0 = 0; ic0 < p.IC; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, p.IC);
      if (!reads_inside) copy_input(c, t, ic0, IC, scratch);
      const view from = reads_inside ? input_view(c, t, ic0) : scratch_view(c, scratch);
      const index_t calls = tiles * ceil_div(t.OC, width) * ceil_div(IC, b.ic_hot);
      look_ahead<T> next;
      if (!reads_inside && ic0 + IC < p.IC) {
        next = part_of(c, t, ic0 + IC, rest(ic0 + IC, b.ic, p.IC), calls);
      } else if (!reads_inside && number + 1 < b.tasks) {
        next = part_of(c, task(c, number + 1), 0, rest(0, b.ic, p.IC), calls);
      }
      for (index_t oc = 0; oc < t.OC; oc += width) {
        const T* const weight = c.packed + ((block0 + oc / width) * p.IC + ic0) * taps * width;
        T* const block = b.one_pass(p.IC) ? sums : sums + oc / width * b.block_sums;
        for (index_t ic = 0; ic < IC; ic += b.ic_hot) {
          sweep(c, t, from, cut, ic, rest(ic, b.ic_hot, IC), weight + ic * taps * width, block, ic0 + ic > 0, next);
        }
        if (ic0 + IC == p.IC) store(c, t, t.oc0 + oc, block);
      }
    }
  }

  static range task(const call& c, index_t number) {
    const channel_problem& p = c.p;
    const channel_blocking& b = c.b;
    const auto take = [&number](index_t size, index_t block) {
      const index_t blocks = ceil_div(size, block), i = number % blocks;
      number /= blocks;
      return i * block;
    };
    range t{};
    t.od0 = take(p.outputs.d, b.od);
    t.ow0 = take(p.outputs.w, b.ow);
    t.oh0 = take(p.outputs.h, b.oh);
    t.oc0 = take(p.OC, b.oc);
    t.g = take(p.groups, 1);
    t.n = number;
    t.OC = rest(t.oc0, b.oc, p.OC);
    t.OD = rest(t.od0, b.od, p.outputs.d);
    t.OH = rest(t.oh0, b.oh, p.outputs.h);
    t.OW = rest(t.ow0, b.ow, p.outputs.w);
    return t;
  }

  // All positions of a task for one block of output channels and a few input channels.
  static void sweep(const call& c, const range& t, const view& from, const channel_cut& cut, index_t ic,
                    index_t channels, const T* weight, T* sums, bool accumulate, look_ahead<T>& next) {
    const index_t taps = c.p.taps.volume(), runs = c.b.expanded ? 1 : t.OH, column = c.p.backwards ? -width : width;
    for (index_t od = 0; od < t.OD; ++od) {
      for (index_t run = 0; run < runs; ++run) {
        const T* x = from.input + ic * from.channel + od * from.plane + run * from.row;
        T* out = sums + (od * runs + run) * c.b.run_positions * width;
        for (std::size_t kind = 0; kind < 2; ++kind) {
          const index_t size = cut.size[kind];
          for (index_t i = 0; i < cut.count[kind]; ++i, x += size * Step, out += size * width) {
            next.some();
            tile<0>(size, x, from.channel, channels, from.offset, taps, weight, column, out, accumulate);
          }
        }
      }
    }
  }

  template <index_t Number>
  ESPALIER_ALWAYS_INLINE static void tile(index_t size, const T* x, index_t channel, index_t channels,
                                          const index_t* offset, index_t taps, const T* weight, index_t column, T* out,
                                          bool accumulate) {
    if constexpr (Number + 1 < sizes.count()) {
      if (size != sizes.size(Number)) {
        return tile<Number + 1>(size, x, channel, channels, offset, taps, weight, column, out, accumulate);
      }
    }
    channel_tile<sizes.size(Number), Vectors, Step, Columns, T>::run(x, channel, channels, offset, taps / Columns,
                                                                     weight, taps * width, column, out, accumulate);
  }

  static void store(const call& c, const range& t, index_t oc, const T* sums) {
    const channel_problem& p = c.p;
    const channel_blocking& b = c.b;
    const index_t channel = t.g * p.OC + oc, channels = rest(oc, width, p.OC), runs = b.expanded ? 1 : t.OH;
    channel_rows rows;
    rows.channels = channels;
    rows.channel = p.channel;
    rows.step = p.step.w;
    // Rows without a gap, in scratch and in y, are one.
    const bool joined = b.expanded && t.OW * p.step.w == p.step.h;
    rows.rows = joined ? 1 : t.OH;
    rows.length = joined ? t.OH * t.OW : t.OW;
    rows.row = p.step.h;
    rows.sums_row = (b.expanded ? t.OW : b.run_positions) * width;
    for (index_t od = 0; od < t.OD; ++od) {
      T* const y = c.y + p.first + (t.n * p.groups * p.OC + channel) * p.channel + (t.od0 + od) * p.step.d +
                   t.oh0 * p.step.h + t.ow0 * p.step.w;
      store_channels<Vectors>(rows, sums + od * runs * b.run_positions * width,
                              c.bias == nullptr ? nullptr : c.bias + channel, y);
    }
  }

  // First and last input position of a task on an axis.
  static bool inside(const call& c, const range& t) {
    const auto axis = [](index_t first, index_t count, index_t stride, index_t before, index_t reach, index_t size) {
      const index_t at = first * stride - before;
      return at >= 0 && at + (count - 1) * stride + reach < size;
    };
    const channel_problem& p = c.p;
    const extents &S = p.stride, &L = p.dilation, &K = p.taps;
    // Tiles that compute more positions than there are read on behind them.
    const index_t columns = sizes.cut(t.OW).positions();
    return !c.b.expanded && Step == S.w && axis(t.od0, t.OD, S.d, p.before.d, (K.d - 1) * L.d, p.X.d) &&
           axis(t.oh0, t.OH, S.h, p.before.h, (K.h - 1) * L.h, p.X.h) &&
           axis(t.ow0, columns, S.w, p.before.w, (K.w - 1) * L.w, p.X.w);
  }

  static view input_view(const call& c, const range& t, index_t ic0) {
    const channel_problem& p = c.p;
    const index_t plane = p.X.h * p.X.w, channel = (t.n * p.groups + t.g) * p.IC + ic0;
    const T* const first = c.x + channel * p.X.d * plane + (t.od0 * p.stride.d - p.before.d) * plane +
                           (t.oh0 * p.stride.h - p.before.h) * p.X.w + t.ow0 * p.stride.w - p.before.w;
    return {first, c.in_place.data(), p.X.d * plane, p.stride.d * plane, p.stride.h * p.X.w};
  }

  static view scratch_view(const call& c, const T* scratch) {
    const channel_blocking& b = c.b;
    return {scratch, c.copied.data(), b.planes * b.plane_size, c.p.stride.d * b.plane_size, b.plane.pitch};
  }

  static void copy_input(const call& c, const range& t, index_t ic0, index_t IC, T* to) {
    const channel_problem& p = c.p;
    const channel_blocking& b = c.b;
    const index_t plane = p.X.h * p.X.w, step = plane_step(c), id0 = t.od0 * p.stride.d - p.before.d;
    const index_t planes = planes_of(c, t);
    plane_layout layout = b.plane;
    for (index_t ic = 0; ic < IC; ++ic) {
      const T* const channel = c.x + ((t.n * p.groups + t.g) * p.IC + ic0 + ic) * p.X.d * plane;
      for (index_t i = 0; i < planes; ++i) {
        const index_t id = id0 + i * step;
        const T* const from = id >= 0 && id < p.X.d ? channel + id * plane : nullptr;
        T* const at = to + (ic * b.planes + i) * b.plane_size;
        if (b.expanded) {
          for (index_t kw = 0; kw < p.taps.w; ++kw) {
            layout.w.before = p.before.w - kw * p.dilation.w;
            copy_plane(layout, from, p.X.h, p.X.w, t.oh0, t.OH, t.ow0, t.OW, at + kw * layout.size());
          }
        } else {
          copy_plane(layout, from, p.X.h, p.X.w, t.oh0, t.OH, t.ow0 * Step, (t.OW - 1) * Step + 1, at);
        }
      }
    }
    // Read by tiles that reach past the last row, and dropped: defined, so that no garbage slows the arithmetic down.
    fill_zero(to + ((IC - 1) * b.planes + planes) * b.plane_size, sizes.most * Step);
  }
};

}  // namespace detail

}  // namespace esp::inline ESPALIER_ABI
