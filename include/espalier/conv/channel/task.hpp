// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// One task of a convolution with lanes along output channels: what it computes, what it reads and where from.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/channel/cut.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/look_ahead.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/cut/digits.hpp>
#include <espalier/conv/tile/channel_tile.hpp>
#include <espalier/shape.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// What one task computes: the first output and the number of outputs on each axis.
struct channel_range {
  index_t n, g, oc0, od0, oh0, ow0;
  index_t OC, OD, OH, OW;
};

/// The range of task `number` in the hull of all problems. Numbers run over the blocks of od, ow, oh, oc, g, n, the
/// first fastest: neighbours along D share the most input. The extents are left to `channel_problem::clip`.
[[nodiscard]] constexpr channel_range channel_task(const correlation& hull, const channel_blocking& b, index_t number) {
  digits left(number);
  const axis_block d = left.take(hull.outputs.d, b.od), w = left.take(hull.outputs.w, b.ow);
  const axis_block h = left.take(hull.outputs.h, b.oh), oc = left.take(hull.out, b.oc);
  const index_t g = left.take(hull.groups);
  return {left.last(), g, oc.first, d.first, h.first, w.first, oc.count, 0, 0, 0};
}

/// The runs of taps that read no plane and no row of zeros.
struct tap_window {
  index_t first;
  tap_runs taps;
};

/// One of a call's problems, cut as the hull of all of them.
struct channel_problem {
  correlation p;
  plane_layout plane;        ///< Of the hull's size, with the problem's own taps.
  index_t plane_step = 1;    ///< Between the input planes in scratch.
  index_t taps_before = 0;   ///< Taps of the problems before this one.
  bool reads_input = false;  ///< Whether tasks that meet no border read the input where it is.

  channel_problem(const correlation& problem, const channel_blocking& b, index_t before)
      : p(problem), plane(b.plane), plane_step(b.od > 1 ? 1 : problem.dilation.d), taps_before(before) {
    const plane_layout own = b.axes_of(p);
    plane.h = own.h;
    plane.w = own.w;
    // Rows follow each other without a gap, and some phases have one position less.
    if (b.expanded) plane.pitch = p.outputs.w;
    // Windows that do not overlap: nothing is read twice, but by the blocks of output channels.
    reads_input =
        p.taps.h <= p.stride.h && p.taps.w <= p.stride.w && p.out <= 64 && !b.expanded && b.step == p.stride.w;
  }

  /// What a task of the hull computes of this problem; nothing where an extent is below 1.
  [[nodiscard]] constexpr channel_range clip(channel_range t, const channel_blocking& b) const {
    t.OD = rest(t.od0, b.od, p.outputs.d);
    t.OH = rest(t.oh0, b.oh, p.outputs.h);
    t.OW = rest(t.ow0, b.ow, p.outputs.w);
    return t;
  }

  /// Input planes of a task in scratch.
  [[nodiscard]] constexpr index_t planes(const channel_range& t, const channel_blocking& b) const {
    return b.od > 1 ? (t.OD - 1) * p.stride.d + (p.taps.d - 1) * p.dilation.d + 1 : p.taps.d;
  }

  /// Where runs of `run_taps` taps, in the order of the packed weight, lie in scratch and in the input.
  void fill_offsets(const channel_blocking& b, index_t run_taps, index_t* copied, index_t* in_place) const {
    const extents& L = p.dilation;
    for (index_t i = 0; i < p.tap_count(); i += run_taps) {
      tap_index k = p.tap(i);
      if (run_taps > 1) k.w = 0;
      const index_t row = b.expanded ? plane.tap_offset(k.h, 0) + k.w * plane.size() : plane.tap_offset(k.h, k.w);
      *copied++ = k.d * (b.od > 1 ? L.d : 1) * b.plane_size + row;
      *in_place++ = (k.d * L.d * p.X.h + k.h * L.h) * p.X.w + k.w * L.w;
    }
  }

  /// The runs of `run_taps` taps of an output plane and row that lie inside the input along D and H; along D alone with
  /// a negative `oh`. Of a list all: what lies outside is no box of it.
  [[nodiscard]] constexpr tap_window window(index_t od, index_t oh, index_t run_taps) const {
    const extents &K = p.taps, &S = p.stride, &L = p.dilation;
    const inside_range d(od * S.d - p.before.d, L.d, p.X.d, K.d), h(oh * S.h - p.before.h, L.h, p.X.h, K.h);
    if (!p.listed.all()) return {0, {1, p.listed.count, 0}};
    const index_t row = K.w / run_taps, first = (p.backwards ? K.d - d.end : d.begin) * K.h * row;
    const index_t planes = d.end - d.begin, rows = h.end - h.begin;
    if (oh < 0 || rows == K.h) return {first, {1, planes * K.h * row, 0}};
    return {first + (p.backwards ? K.h - h.end : h.begin) * row, {planes, rows * row, (K.h - rows) * row}};
  }

  /// Whether a task that computes `positions` positions of a row reads no border.
  [[nodiscard]] constexpr bool inside(const channel_range& t, index_t positions) const {
    const auto axis = [](index_t first, index_t count, index_t stride, index_t before, index_t reach, index_t size) {
      const index_t at = first * stride - before;
      return at >= 0 && at + (count - 1) * stride + reach < size;
    };
    const extents &S = p.stride, &L = p.dilation, &K = p.taps;
    return axis(t.od0, t.OD, S.d, p.before.d, (K.d - 1) * L.d, p.X.d) &&
           axis(t.oh0, t.OH, S.h, p.before.h, (K.h - 1) * L.h, p.X.h) &&
           axis(t.ow0, positions, S.w, p.before.w, (K.w - 1) * L.w, p.X.w);
  }

  /// Elements before the first one that a task reads of an input without a border.
  [[nodiscard]] constexpr index_t origin(const channel_range& t, index_t ic0) const {
    const index_t plane_size = p.X.h * p.X.w, channel = (t.n * p.groups + t.g) * p.in + ic0;
    return (channel * p.X.d + t.od0 * p.stride.d - p.before.d) * plane_size +
           (t.oh0 * p.stride.h - p.before.h) * p.X.w + t.ow0 * p.stride.w - p.before.w;
  }
};

/// Copies what a task reads of `IC` channels into scratch, the padding around it, and `behind` zeros more.
template <class T>
void copy_channels(const channel_problem& m, const channel_blocking& b, const channel_range& t, const T* x, index_t ic0,
                   index_t IC, index_t behind, T* to) {
  const correlation& p = m.p;
  const index_t plane = p.X.h * p.X.w, id0 = t.od0 * p.stride.d - p.before.d, planes = m.planes(t, b);
  plane_layout layout = m.plane;
  for (index_t ic = 0; ic < IC; ++ic) {
    const T* const channel = x + ((t.n * p.groups + t.g) * p.in + ic0 + ic) * p.X.d * plane;
    for (index_t i = 0; i < planes; ++i) {
      const T* const from = plane_at(p.boundary, channel, id0 + i * m.plane_step, p.X.d, plane);
      T* const at = to + (ic * b.planes + i) * b.plane_size;
      if (b.expanded) {
        for (index_t kw = 0; kw < p.taps.w; ++kw) {
          layout.w.before = p.before.w - kw * p.dilation.w;
          copy_plane(layout, from, p.X.h, p.X.w, t.oh0, t.OH, t.ow0, t.OW, at + kw * layout.size());
        }
      } else {
        copy_plane(layout, from, p.X.h, p.X.w, t.oh0, t.OH, t.ow0 * b.step, (t.OW - 1) * b.step + 1, at);
      }
    }
  }
  // Read by tiles that reach past the last row, and dropped: defined, so that no garbage slows the arithmetic down.
  fill_zero(to + ((IC - 1) * b.planes + planes) * b.plane_size, behind);
}

/// What a task reads of `IC` channels, in `calls` portions.
template <class T>
look_ahead<T> channels_ahead(const channel_problem& m, const channel_blocking& b, const channel_range& t, const T* x,
                             index_t ic0, index_t IC, index_t calls) {
  const correlation& p = m.p;
  const extents &S = p.stride, &L = p.dilation, &K = p.taps;
  const index_t plane = p.X.h * p.X.w, h = t.oh0 * S.h - p.before.h, w = t.ow0 * S.w - p.before.w;
  const index_t h0 = clamp_index(h, 0, p.X.h), h1 = clamp_index(h + (t.OH - 1) * S.h + (K.h - 1) * L.h + 1, 0, p.X.h);
  const index_t w0 = clamp_index(w, 0, p.X.w), w1 = clamp_index(w + (t.OW - 1) * S.w + (K.w - 1) * L.w + 1, 0, p.X.w);
  const index_t id0 = t.od0 * S.d - p.before.d;
  const inside_range planes(id0, m.plane_step, p.X.d, m.planes(t, b));
  look_ahead<T> a;
  if (planes.end <= planes.begin || h1 <= h0 || w1 <= w0) return a;
  a.channel = p.X.d * plane;
  a.plane = m.plane_step * plane;
  a.planes = planes.end - planes.begin;
  a.first = x + ((t.n * p.groups + t.g) * p.in + ic0) * a.channel + (id0 + planes.begin * m.plane_step) * plane +
            h0 * p.X.w + w0;
  a.lines = ceil_div((h1 - h0 - 1) * p.X.w + w1 - w0, line_elements<T>);
  a.total = IC * a.planes * a.lines;
  a.each = ceil_div(a.total, calls);
  return a;
}

}  // namespace esp::inline ESPALIER_ABI::detail
