// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The gradient with respect to the weight with lanes along output channels: copies, the loop nest, and its epilogue.
#pragma once

#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/channel/gradient_cut.hpp>
#include <espalier/conv/channel/tap_runs.hpp>
#include <espalier/conv/conv3d.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/panel.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/cut/gradient_shares.hpp>
#include <espalier/conv/padding.hpp>
#include <espalier/conv/tile/outer_product.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/transpose.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time, as in `forward_nest`.
///
/// x and grad_y are copied with channels next to each other, a unit at a time. A tap meets only the outputs whose input
/// plane and row exist, so padding costs nothing but along W, where it is zeros in the copy. A border that repeats the
/// input is copied on every axis, and its taps meet every output. Of the taps those in `Kept` are computed, in the same
/// order; the gradients of the others are zeros, whatever x holds.
template <index_t Broadcasts, index_t Vectors, class T, kept_taps Kept = kept_taps{}>
struct outer_gradient {
  /// Operands of one call, cut.
  struct call : gradient_operands<T> {
    outer_blocking b;
  };

  using cut_type = outer_blocking;
  static cut_type cut(const conv3d& config, const dims5& output) { return outer_blocks_for<T>(config, output, Kept); }

  template <Executor E>
  static void run(const gradient_operands<T>& o, const outer_blocking& b, const E& executor) {
    const call c{o, b};
    run_gradient_shares<T>(
        c, c.b, [&c](index_t number, index_t share, T* scratch) { run_task(c, number, share, scratch); }, executor);
  }

 private:
  static constexpr index_t width = Vectors * lanes<T>;

  /// Output positions `[begin, end)` of a strip whose input exists.
  struct span {
    index_t begin, end;
    [[nodiscard]] index_t size() const { return end > begin ? end - begin : 0; }
  };

  static span inside(const axis_boundary& edge, span strip, index_t first, const outer_axis& axis, index_t tap,
                     index_t size) {
    const index_t position = first + tap * axis.tap * axis.unit, step = axis.step * axis.unit;
    const index_t begin = position >= 0 || edge.before != boundary::zeros ? 0 : ceil_div(-position, step);
    const index_t end = edge.after != boundary::zeros ? strip.end
                        : position >= size            ? 0
                                                      : ceil_div(size - position, step);
    return {begin > strip.begin ? begin : strip.begin, end < strip.end ? end : strip.end};
  }

  /// The next run of a kernel row, as the free function.
  static tap_run next_run(const call& c, index_t row, index_t from) {
    const index_t KW = c.config.kernel_size.w;
    if constexpr (Kept.all()) {
      return {from, c.b.tile.runs == 1 || from == KW ? KW - from : 1};
    } else {
      return detail::next_run(Kept, row, KW, c.b.tile.runs == 1, from);
    }
  }

  /// Where the input of a unit's output 0, tap 0 lies: before the volume where padding is.
  struct corner {
    index_t d, h, w;
  };

  static corner corner_of(const call& c, const task_range& t) {
    const extents& S = c.config.stride;
    const pads pad = pads_of(c.config);
    return {t.od0 * S.d - pad.before.d, t.oh0 * S.h - pad.before.h, t.ow0 * S.w - pad.before.w};
  }

  static void run_task(const call& c, index_t number, index_t share, T* scratch) {
    const outer_blocking& b = c.b;
    T* const y = scratch + b.x_elements;
    T* const sums = y + b.y_elements;
    task_range t{};
    digits job(number);
    const axis_block ic = job.take(b.ICG, b.ic), oc = job.take(b.OCG, b.oc);
    t.oc0 = oc.first;
    t.OC = oc.count;
    t.g = job.last();
    const index_t begin = b.units * share / b.shares, end = b.units * (share + 1) / b.shares;
    if (begin == end) fill_zero(sums, b.sum_elements);
    fill_zero(y - Broadcasts - lanes<T>, Broadcasts + lanes<T>);
    for (index_t unit = begin; unit < end; ++unit) {
      digits left(unit);
      const axis_block w = left.take(c.Y.w, b.ow), h = left.take(c.Y.h, b.oh), d = left.take(c.Y.d, b.od);
      t.n = left.last();
      t.od0 = d.first;
      t.oh0 = h.first;
      t.ow0 = w.first;
      t.OD = d.count;
      t.OH = h.count;
      t.OW = w.count;
      copy_x(c, t, ic.first, ic.count, scratch);
      copy_y(c, t, y);
      for (index_t od = 0; od < t.OD; od += b.strip_d) {
        for (index_t oh = 0; oh < t.OH; oh += b.strip_h) {
          sum_strip(c, t, {od, od + rest(od, b.strip_d, t.OD)}, {oh, oh + rest(oh, b.strip_h, t.OH)}, ic.count, scratch,
                    y, sums, unit > begin || od > 0 || oh > 0);
        }
      }
    }
    store(c, t, ic.first, ic.count, sums,
          b.shares == 1 ? c.grad_w : c.partial + share * weight_shape_of(c.config).size(),
          b.shares == 1 && c.accumulate);
  }

  static void copy_x(const call& c, const task_range& t, index_t ic0, index_t IC, T* to) {
    const outer_blocking& b = c.b;
    const dims5& X = c.X;
    const corner at = corner_of(c, t);
    const extents& K = c.config.kernel_size;
    const index_t planes = (t.OD - 1) * b.d.step + (K.d - 1) * b.d.tap + 1;
    const index_t rows = (t.OH - 1) * b.h.step + (K.h - 1) * b.h.tap + 1;
    const boundaries edge = boundary_of(c.config);
    const inside_range h(at.h, b.h.unit, X.h, rows);
    const inside_range w(at.w, 1, X.w, (t.OW - 1) * c.config.stride.w + (K.w - 1) * c.config.dilation.w + 1);
    interleave_layout l;
    l.channel = X.d * X.h * X.w;
    l.rows = h.end - h.begin;
    l.row = b.h.unit * X.w;
    l.length = w.end - w.begin;
    l.to_row = b.x_row();
    l.to_step = b.tile.panel;
    const index_t step = b.tile.panel < lanes<T> ? b.tile.panel : lanes<T>;
    for (index_t ic = 0; ic < IC; ic += b.tile.panel, to += b.x_panel()) {
      for (index_t p = 0; p < planes; ++p) {
        const index_t id = element_at(edge.d, at.d + p * b.d.unit, X.d);
        if (id < 0) continue;
        if (edge.h != axis_boundary() || edge.w != axis_boundary()) {
          copy_bordered_plane(edge, c.x + ((t.n * X.c + t.g * b.ICG + ic0 + ic) * X.d + id) * X.h * X.w, X, IC - ic,
                              {at.h, b.h.unit, rows, at.w, b.pitch}, b.tile.panel, b.x_row(), to + p * b.x_plane());
          continue;
        }
        if (l.rows < 1) continue;
        T* const plane = to + p * b.x_plane() + h.begin * b.x_row();
        // Where a row takes nothing of x, its first element may lie before x, or x be empty: no pointer to it is made.
        if (l.length > 0) {
          const T* const from =
              c.x + (((t.n * X.c + t.g * b.ICG + ic0 + ic) * X.d + id) * X.h + at.h + h.begin * b.h.unit) * X.w + at.w +
              w.begin;
          for (index_t v = 0; v < b.tile.panel; v += step) {
            l.channels = clamp_index(IC - ic - v, 0, step);
            interleave_channels(l, from + (l.channels > 0 ? v * l.channel : 0), plane + w.begin * b.tile.panel + v);
          }
        }
        for (index_t r = 0; r < l.rows; ++r) {
          T* const row = plane + r * b.x_row();
          fill_zero(row, w.begin * b.tile.panel);
          fill_zero(row + w.end * b.tile.panel, (b.pitch - w.end) * b.tile.panel);
        }
      }
    }
  }

  static void copy_y(const call& c, const task_range& t, T* to) {
    const outer_blocking& b = c.b;
    const dims5& Y = c.Y;
    interleave_layout l;
    l.channel = Y.d * Y.h * Y.w;
    l.rows = t.OH;
    l.row = Y.w;
    l.length = t.OW;
    l.to_row = b.y_row();
    l.to_step = width;
    for (index_t oc = 0; oc < t.OC; oc += width, to += b.y_panel()) {
      for (index_t od = 0; od < t.OD; ++od) {
        const T* const from =
            c.grad_y + (((t.n * Y.c + t.g * b.OCG + t.oc0 + oc) * Y.d + t.od0 + od) * Y.h + t.oh0) * Y.w + t.ow0;
        for (index_t v = 0; v < width; v += lanes<T>) {
          l.channels = clamp_index(t.OC - oc - v, 0, lanes<T>);
          interleave_channels(l, from + (l.channels > 0 ? v * l.channel : 0), to + od * b.y_plane() + v);
        }
      }
    }
  }

  static void sum_strip(const call& c, const task_range& t, span d, span h, index_t IC, const T* x, const T* y, T* sums,
                        bool accumulate) {
    const outer_blocking& b = c.b;
    const extents& K = c.config.kernel_size;
    const corner at = corner_of(c, t);
    const boundaries edge = boundary_of(c.config);
    const index_t tap = c.config.dilation.w * b.tile.panel;
    const extents x_step{b.d.step * b.x_plane(), b.h.step * b.x_row(), c.config.stride.w * b.tile.panel};
    const extents y_step{b.y_plane(), b.y_row(), width};
    for (index_t oc = 0; oc < t.OC; oc += width, y += b.y_panel()) {
      const T* panel = x;
      for (index_t ic = 0; ic < IC; ic += b.tile.panel, panel += b.x_panel()) {
        for (index_t kd = 0; kd < K.d; ++kd) {
          const span od = inside(edge.d, d, at.d, b.d, kd, c.X.d);
          for (index_t kh = 0; kh < K.h; ++kh) {
            const index_t row = (kd * K.h + kh) * K.w;
            tap_run run = next_run(c, row, 0);
            if (run.count == 0) continue;
            const span oh = inside(edge.h, h, at.h, b.h, kh, c.X.h);
            const extents count{oh.size() > 0 ? od.size() : 0, oh.size(), t.OW};
            const bool skipped = accumulate && count.d == 0;
            const T* from = panel + (od.begin * b.d.step + kd * b.d.tap) * b.x_plane() +
                            (oh.begin * b.h.step + kh * b.h.tap) * b.x_row();
            const T* const rows = y + od.begin * b.y_plane() + oh.begin * b.y_row();
            for (; run.count > 0; run = next_run(c, row, run.first + run.count)) {
              const index_t elements = run.count * b.tile.panel;
              for (index_t i = 0; i < elements; i += Broadcasts, sums += Broadcasts * width) {
                if (skipped) continue;
                outer_product<Broadcasts, Vectors, T>::run(from + run.first * tap + i, x_step, rows, y_step, count,
                                                           sums, accumulate);
              }
            }
          }
        }
      }
    }
  }

  // Weights of one output channel lie together: blocks of lanes by lanes are transposed on their way.
  static void store(const call& c, const task_range& t, index_t ic0, index_t IC, const T* sums, T* to,
                    bool accumulate) {
    const outer_blocking& b = c.b;
    const index_t panel_size = b.tile.panel, row = b.ICG * c.config.kernel_size.volume();
    for (index_t oc = 0; oc < t.OC; oc += width) {
      for (index_t ic = 0; ic < IC; ic += panel_size, sums += b.sum_panel) {
        const index_t channels = rest(ic, panel_size, IC);
        for (index_t v = 0; v < width && oc + v < t.OC; v += lanes<T>) {
          T* const weight = to + (t.g * b.OCG + t.oc0 + oc + v) * row + (ic0 + ic) * c.config.kernel_size.volume();
          store_block(c, channels, rest(oc + v, lanes<T>, t.OC), sums + v, weight, row, accumulate);
        }
      }
    }
  }

  // weight: `outputs` rows, `pitch` apart, of (channels, taps).
  static void store_block(const call& c, index_t channels, index_t outputs, const T* sums, T* weight, index_t pitch,
                          bool accumulate) {
    const outer_tile& tile = c.b.tile;
    const extents& K = c.config.kernel_size;
    batch<T> block[static_cast<std::size_t>(lanes<T>)];
    index_t filled = 0;
    const auto flush = [&] {
      simd::transpose<T>(block);
      for (index_t o = 0; o < outputs; ++o) {
        T* const at = weight + o * pitch;
        if (filled == lanes<T>) {
          simd::store_unaligned(at, accumulate ? simd::load_unaligned(at) + block[o] : block[o]);
        } else {
          T few[static_cast<std::size_t>(lanes<T>)];
          simd::store_unaligned(few, block[o]);
          for (index_t i = 0; i < filled; ++i) at[i] = accumulate ? at[i] + few[i] : few[i];
        }
      }
      weight += filled;
      filled = 0;
    };
    const auto add = [&](const batch<T>& sum) {
      block[filled++] = sum;
      if (filled == lanes<T>) flush();
    };
    for (index_t ic = 0; ic < channels; ++ic) {
      const T* from = sums + ic * width;
      for (index_t row = 0; row < K.volume(); row += K.w) {
        index_t kw = 0;
        for (tap_run run = next_run(c, row, 0); run.count > 0; run = next_run(c, row, run.first + run.count)) {
          for (; kw < run.first; ++kw) add(simd::broadcast(T(0)));
          for (index_t i = 0; i < run.count; ++i, ++kw) add(simd::load(from + i * tile.panel * width));
          from += tile.covered(run.count) * width;
        }
        for (; kw < K.w; ++kw) add(simd::broadcast(T(0)));
      }
    }
    if (filled > 0) {
      for (index_t i = filled; i < lanes<T>; ++i) block[i] = simd::broadcast(T(0));
      flush();
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
