// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the direct convolution with lanes along output channels.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/boundary.hpp>
#include <espalier/conv/channel/cut.hpp>
#include <espalier/conv/channel/task.hpp>
#include <espalier/conv/copy/axis.hpp>
#include <espalier/conv/copy/look_ahead.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/store/channels.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/channel_tile.hpp>
#include <espalier/conv/weight/source.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/finite.hpp>
#include <espalier/simd/stream.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest for blocks of `Vectors` registers of output channels, rows whose positions are `Step` elements apart,
/// and weights in registers for `RunTaps` taps along W: all of them, or 1. All else is known at run time.
///
/// A task computes its range of every problem, one after the other: the phases of a stride write to the same cache
/// lines, and read the same input.
template <index_t Vectors, index_t Step, index_t RunTaps, class T>
struct channel_nest {
  static constexpr index_t width = Vectors * lanes<T>;
  static constexpr channel_sizes sizes{Vectors, RunTaps};

  /// Operands of one call. x (N, groups IC, ID, IH, IW), packed (groups, OC blocks, problems, IC, taps of the problem,
  /// width), y as the problems say, scratch: `elements` for each worker, from a cache line on.
  template <class Problems, class Finish>
  struct call {
    const Problems& problems;
    const correlation& hull;
    bool flat;
    channel_blocking b;
    const T* x;
    weight_source<T> weights;
    Finish epilogue;
    T* y;
    T* scratch;
    bool stream;         ///< Past the caches.
    bool inside_only;    ///< Planes and rows of zeros are left out.
    bool looks = false;  ///< A packed weight comes from memory, once: the next of it is asked for.
    index_t taps = 0;    ///< Of all problems.
    std::array<index_t, static_cast<std::size_t>(channel_taps)> copied = {};    ///< Offsets of the taps in scratch,
    std::array<index_t, static_cast<std::size_t>(channel_taps)> in_place = {};  ///< and in x.

    [[nodiscard]] channel_problem phase(index_t number, index_t taps_before) const {
      const correlation p = problems[number];
      return {flat ? flattened(p) : p, b, taps_before};
    }
  };

  using cut_type = channel_call_cut;
  template <class Problems>
  static cut_type cut(const Problems& problems, index_t workers) {
    return channel_cut_of<T>(problems, {Vectors, RunTaps, Step}, workers);
  }

  /// Elements of a part of the weight if a call reads each once, else 0.
  template <class Problems>
  static index_t part_size(const Problems& problems, const cut_type& c) {
    if (c.tasks == 0 || problems.count() > 1 || c.tasks > c.hull.groups * ceil_div(c.hull.out, c.b.oc)) return 0;
    const index_t taps = c.hull.tap_count() * width;
    return c.b.hot(taps) * taps;
  }

  template <class Problems, Epilogue<T> Finish, Executor E>
  static void run(const Problems& problems, const cut_type& cut, const T* x, const weight_source<T>& weights,
                  const Finish& epilogue, T* y, T* scratch, const E& executor) {
    if (cut.tasks == 0) return;
    const correlation& hull = cut.hull;
    const channel_blocking& b = cut.b;
    call<Problems, Finish> c{problems, hull, cut.flat, b, x, weights, epilogue, y, scratch, false, false};
    c.stream = stores_past_caches<T>(hull.size());
    for (index_t i = 0; i < problems.count(); ++i) {
      const channel_problem m = c.phase(i, c.taps);
      m.fill_offsets(b, RunTaps, c.copied.data() + c.taps / RunTaps, c.in_place.data() + c.taps / RunTaps);
      c.taps += m.p.tap_count();
    }
    const index_t weight_size = hull.groups * ceil_div(hull.out, width) * width * c.taps * hull.in;
    c.inside_only = weights.finite ? has_border(hull)
                                   : weights.packed != nullptr && saves_border(hull) &&
                                         simd::all_finite(weights.packed, weight_size);
    c.looks = weights.packed != nullptr && weight_size > elements_in<T>(channel_budget::looked_ahead) &&
              b.tasks <= hull.groups * ceil_div(hull.out, b.oc);
    executor.run(b.tasks, [&c = std::as_const(c)](index_t number, index_t worker) {
      T* const own = c.scratch + worker * c.b.elements;
      const index_t count = c.problems.count();
      index_t taps = 0;
      for (index_t i = 0; i < count; ++i) {
        const channel_problem m = c.phase(i, taps);
        taps += m.p.tap_count();
        const channel_range whole = channel_task(c.hull, c.b, number), t = m.clip(whole, c.b);
        if (t.OD < 1 || t.OH < 1 || t.OW < 1) continue;
        const channel_problem other = c.phase(i ^ 1, 0);
        const index_t between = c.hull.paired ? other.clip(whole, c.b).OW : 0;
        run_phase(c, m, t, worker, {between, i % 2 == 0, other.p.first < m.p.first},
                  i + 1 < count ? c.b.tasks : number + 1, own);
      }
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  /// Where the tiles of a task read.
  struct view {
    const T* input;
    const index_t* offset;
    index_t channel, plane, row;  ///< Elements between two input channels, output planes, runs.
  };

  /// What lies between the positions of a row: nothing, or the other problem's of a pair.
  struct pairing {
    index_t other_length;  ///< 0: nothing.
    bool keeps;            ///< The other problem is computed later, and stores both.
    bool other_first;      ///< A row begins with the other's.
  };

  // Zeros times finite weights add nothing, and a replicated border is no zeros. A list is taken whole.
  static bool has_border(const correlation& p) { return p.boundary == boundary::zeros && p.listed.all(); }
  // What it saves is worth looking at every weight once: from 64 products on.
  static bool saves_border(const correlation& p) {
    if (!has_border(p)) return false;
    const auto products = [](index_t outputs, index_t stride, index_t before, index_t dilation, index_t taps,
                             index_t size) {
      index_t inside = 0;
      for (index_t o = 0; o < outputs; ++o) {
        const inside_range range(o * stride - before, dilation, size, taps);
        inside += range.end - range.begin;
      }
      return inside;
    };
    const extents &Y = p.outputs, &S = p.stride, &L = p.dilation, &K = p.taps;
    const index_t d = products(Y.d, S.d, p.before.d, L.d, K.d, p.X.d);
    const index_t h = products(Y.h, S.h, p.before.h, L.h, K.h, p.X.h);
    return p.X.n * (Y.d * K.d * Y.h * K.h - d * h) * Y.w >= 64 * K.d * K.h;
  }

  // One problem of a task. While its last sums are computed, the input of the task `next_task` is asked for.
  template <class Call>
  static void run_phase(const Call& c, const channel_problem& m, const channel_range& t, index_t worker,
                        const pairing& pair, index_t next_task, T* scratch) {
    const correlation& p = m.p;
    const channel_blocking& b = c.b;
    T* const sums = scratch + b.input_elements;
    const index_t taps = p.tap_count(), block0 = t.g * ceil_div(p.out, width) + t.oc0 / width;
    const channel_cut cut = sizes.cut(b.expanded ? t.OH * t.OW : t.OW);
    const bool reads_input = m.reads_input && m.inside(t, cut.positions());
    const index_t tiles = (cut.count[0] + cut.count[1]) * (b.expanded ? 1 : t.OH) * t.OD, hot = b.hot(taps * width);
    // Of weights that are packed in parts each part is looked at.
    const bool looks = c.weights.packed == nullptr && has_border(p);
    for (index_t ic0 = 0; ic0 < p.in; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, p.in);
      if (!reads_input) copy_channels(m, b, t, c.x, ic0, IC, sizes.most * Step, scratch);
      const view from = reads_input ? input_view(c, m, t, ic0) : scratch_view(c, m, scratch);
      const index_t calls = tiles * ceil_div(t.OC, width) * ceil_div(IC, hot);
      look_ahead<T> next;
      if (!reads_input && ic0 + IC < p.in) {
        next = channels_ahead(m, b, t, c.x, ic0 + IC, rest(ic0 + IC, b.ic, p.in), calls);
      } else if (!reads_input && next_task < b.tasks) {
        const channel_problem first = c.phase(0, 0);
        const channel_range later = first.clip(channel_task(c.hull, b, next_task), b);
        next = channels_ahead(first, b, later, c.x, 0, rest(0, b.ic, p.in), calls);
      }
      for (index_t oc = 0; oc < t.OC; oc += width) {
        const index_t block_number = block0 + oc / width;
        const auto weight = [&](index_t first, index_t channels) {
          if (c.weights.packed != nullptr) {
            return c.weights.packed + ((block_number * c.taps + m.taps_before) * p.in + first * taps) * width;
          }
          T* const room = c.weights.room + worker * c.weights.each;
          c.weights.pack(c.weights.from, {t.g, (t.oc0 + oc) / width, first, channels}, room);
          return static_cast<const T*>(room);
        };
        T* const block = b.one_pass(p.in) ? sums : sums + oc / width * b.block_sums;
        for (index_t ic = 0; ic < IC; ic += hot) {
          const index_t channels = rest(ic, hot, IC);
          const T* const some = weight(ic0 + ic, channels);
          const bool inside_only = c.inside_only || (looks && simd::all_finite(some, channels * taps * width));
          look_ahead<T> later;
          if (c.looks) later = weights_ahead(some + channels * taps * width, channels * taps * width, tiles);
          sweep(c, m, t, from, cut, ic, channels, some, inside_only, block, ic0 + ic > 0, next, later);
        }
        if (ic0 + IC == p.in) store(c, m, t, pair, oc, block, scratch + b.kept);
      }
    }
  }

  // So much of a packed weight, asked for in the course of so many tiles: 320 > 320 channels on 4^3 voxels take 0.83 of
  // the time where their 11 MB lie in no cache, and as long where the third one holds them.
  static look_ahead<T> weights_ahead(const T* first, index_t size, index_t tiles) {
    look_ahead<T> a;
    a.first = first;
    a.lines = a.total = ceil_div(size, line_elements<T>);
    a.each = ceil_div(a.total, tiles);
    return a;
  }

  // All positions of a task for one block of output channels and a few input channels.
  template <class Call>
  static void sweep(const Call& c, const channel_problem& m, const channel_range& t, const view& from,
                    const channel_cut& cut, index_t ic, index_t channels, const T* weight, bool inside_only, T* sums,
                    bool accumulate, look_ahead<T>& next, look_ahead<T>& later) {
    const index_t taps = m.p.tap_count(), runs = c.b.expanded ? 1 : t.OH, tap_step = m.p.backwards ? -width : width;
    for (index_t od = 0; od < t.OD; ++od) {
      for (index_t run = 0; run < runs; ++run) {
        const T* x = from.input + ic * from.channel + od * from.plane + run * from.row;
        const tap_window window = inside_only ? m.window(t.od0 + od, c.b.expanded ? -1 : t.oh0 + run, RunTaps)
                                              : tap_window{0, {1, taps / RunTaps, 0}};
        T* out = sums + (od * runs + run) * c.b.run_positions * width;
        for (std::size_t kind = 0; kind < 2; ++kind) {
          const index_t size = cut.size[kind];
          for (index_t i = 0; i < cut.count[kind]; ++i, x += size * Step, out += size * width) {
            next.some();
            later.some();
            tile<0>(size, x, from.channel, channels, from.offset + window.first, window.taps,
                    weight + window.first * RunTaps * width, taps * width, tap_step, out, accumulate);
          }
        }
      }
    }
  }

  template <index_t Number>
  ESPALIER_ALWAYS_INLINE static void tile(index_t size, const T* x, index_t channel, index_t channels,
                                          const index_t* offset, const tap_runs& taps, const T* weight,
                                          index_t weight_stride, index_t tap_step, T* out, bool accumulate) {
    if constexpr (Number + 1 < sizes.count()) {
      if (size != sizes.size(Number)) {
        return tile<Number + 1>(size, x, channel, channels, offset, taps, weight, weight_stride, tap_step, out,
                                accumulate);
      }
    }
    channel_tile<sizes.size(Number), Vectors, Step, RunTaps, T>::run(x, channel, channels, offset, taps, weight,
                                                                     weight_stride, tap_step, out, accumulate);
  }

  template <class Call>
  static void store(const Call& c, const channel_problem& m, const channel_range& t, const pairing& pair, index_t oc,
                    const T* sums, T* kept) {
    const correlation& p = m.p;
    const channel_blocking& b = c.b;
    const index_t channel = t.g * p.out + t.oc0 + oc, runs = b.expanded ? 1 : t.OH;
    const bool pairs = pair.other_length > 0, keeps = pairs && pair.keeps;
    channel_rows<T> rows;
    rows.channels = rest(t.oc0 + oc, width, p.out);
    rows.channel = keeps ? b.od * b.oh * b.ow : p.channel;
    rows.step = keeps ? 1 : p.step.w;
    // Rows without a gap, in scratch and in y, are one.
    const bool joined = b.expanded && !pairs && t.OW * p.step.w == p.step.h;
    rows.rows = joined ? 1 : t.OH;
    rows.length = joined ? t.OH * t.OW : t.OW;
    rows.row = keeps ? b.ow : p.step.h;
    rows.sums_row = (b.expanded ? t.OW : b.run_positions) * width;
    rows.stream = c.stream && !keeps;
    rows.other_length = keeps ? 0 : pair.other_length;
    rows.other_channel = b.od * b.oh * b.ow;
    rows.other_row = b.ow;
    rows.other_first = pair.other_first;
    for (index_t od = 0; od < t.OD; ++od) {
      T* const y = c.y + p.first + (t.n * p.groups * p.out + channel) * p.channel + (t.od0 + od) * p.step.d +
                   t.oh0 * p.step.h + t.ow0 * p.step.w;
      T* const own = kept + oc * rows.other_channel + od * b.oh * b.ow;
      rows.other = pairs && !keeps ? own : nullptr;
      store_channels<Vectors>(rows, c.epilogue.from(channel), sums + od * runs * b.run_positions * width,
                              keeps ? own : y);
    }
  }

  template <class Call>
  static view input_view(const Call& c, const channel_problem& m, const channel_range& t, index_t ic0) {
    const correlation& p = m.p;
    const index_t plane = p.X.h * p.X.w;
    return {c.x + m.origin(t, ic0), c.in_place.data() + m.taps_before / RunTaps, p.X.d * plane, p.stride.d * plane,
            p.stride.h * p.X.w};
  }

  template <class Call>
  static view scratch_view(const Call& c, const channel_problem& m, const T* scratch) {
    const channel_blocking& b = c.b;
    return {scratch, c.copied.data() + m.taps_before / RunTaps, b.planes * b.plane_size, m.p.stride.d * b.plane_size,
            b.plane.pitch};
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
