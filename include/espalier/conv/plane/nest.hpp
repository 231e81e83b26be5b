// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the direct convolution with lanes along W, over all rows of a plane.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/look_ahead.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/conv/tile/stored_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>
#include <type_traits>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time: configurations that share a tile share this
/// code, and what it would gain from more constants lies outside the microkernel's loop. @pre rows of the result have
/// no gaps: `step.w` is 1, `first` 0.
template <index_t TileOC, index_t Vectors, class T>
struct forward_nest {
  using offsets = std::array<index_t, static_cast<std::size_t>(offset_table)>;

  /// Where taps read in scratch for the first output plane of a task: where their planes begin, and the element.
  struct tap_table {
    offsets plane;
    offsets element;
  };

  /// Operands of one call. x (N, groups IC, ID, IH, IW), packed (groups, OC blocks, IC, taps, TileOC), y as the
  /// correlation says, scratch: `worker_elements` for each worker, from a cache line on.
  struct call {
    const correlation& p;
    blocking b;
    const T* x;
    const T* packed;
    T* y;
    T* scratch;
    bool stream;             ///< Whole registers of y go past the caches.
    bool from_registers;     ///< Sums go from registers to y.
    bool looks;              ///< What is read and written does not lie in the second cache.
    const tap_table& first;  ///< Of the first taps: nearly always of all. Not filled with zeros before: 16 KiB.
  };

  /// What a task reads and writes soon, asked for tile by tile. Without, the copies and the stores of a star of 16 > 16
  /// channels waited for memory: 3.5 ms instead of 2.7.
  struct needed_soon {
    look_ahead<T> input;
    look_ahead<T> result;
  };

  using cut_type = blocking;
  static cut_type cut(const correlation& p, index_t workers) { return block_for<T>(p, workers); }

  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const blocking& b, const T* x, const T* packed, const Finish& epilogue, T* y,
                  T* scratch, const E& executor) {
    const bool stream = stores_past_caches<T>(p.size());
    const bool looks = b.rolls && p.X.size() + p.size() > elements_in<T>(plane_budget::looked_ahead);
    // Past the caches where rows of all channels are aligned alike; else rows of 24 took 1.3 times as long as together,
    // of 32 as long, of 48 0.85 times.
    const bool from_registers = b.few_products && (stream ? p.channel % lanes<T> == 0 : b.ow >= 3 * lanes<T>);
    tap_table first;
    const call c{p, b, x, packed, y, scratch, stream, from_registers, looks, first};
    fill_table(c, 0, rest(0, offset_table, b.taps), first);
    executor.run(c.b.tasks, [&c, &epilogue](index_t number, index_t worker) {
      run_task(c, epilogue, task_at(c.p, c.b, number), c.scratch + worker * c.b.worker_elements());
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  static void fill_table(const call& c, index_t tap0, index_t list, tap_table& taps) {
    const blocking& b = c.b;
    tap_index k{};
    for (index_t i = 0; i < list; ++i) {
      k = i > 0 && c.p.listed.all() ? c.p.tap_after(k) : c.p.tap(tap0 + i);
      const auto at = static_cast<std::size_t>(i);
      taps.plane[at] = k.d * (b.rolls ? c.p.dilation.d : 1) * b.plane.size();
      taps.element[at] = taps.plane[at] + b.plane.tap_offset(k.h, k.w);
    }
  }
  // The table's elements for output plane `od` of a task, whose ring has turned by so many planes.
  static const index_t* turned(const blocking& b, const tap_table& taps, index_t list, index_t od, offsets& to) {
    const index_t ring = b.planes * b.plane.size(), turn = od % b.planes * b.plane.size();
    if (turn == 0) return taps.element.data();
    for (std::size_t i = 0; i < static_cast<std::size_t>(list); ++i) {
      to[i] = taps.element[i] + turn - (taps.plane[i] + turn < ring ? 0 : ring);
    }
    return to.data();
  }

  template <class Finish>
  static void run_task(const call& c, const Finish& epilogue, const task_range& t, T* scratch) {
    const blocking& b = c.b;
    tap_table later;
    offsets ring;
    for (index_t ic0 = 0; ic0 < c.p.in; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, c.p.in);
      copy_planes(c, t, ic0, IC, 0, b.planes, scratch);
      clear_end(c, IC, scratch);
      // Once at least: a kernel whose taps are all zeros has sums too.
      for (index_t tap0 = 0; tap0 == 0 || tap0 < b.taps; tap0 += offset_table) {
        const index_t list = rest(tap0, offset_table, b.taps);
        if (tap0 > 0) fill_table(c, tap0, list, later);
        const bool first = ic0 == 0 && tap0 == 0;
        const bool last = ic0 + IC == c.p.in && tap0 + list == b.taps;
        // Sums that wait for more input channels have a place for every block of output channels: then all blocks meet
        // a tile of the input while it is in the first cache. Others share one place.
        const index_t together = b.one_pass ? TileOC : t.OC;
        T* const sums = scratch + b.input_elements;
        for (index_t od = 0; od < t.OD; ++od) {
          if (od > 0) copy_planes(c, t, ic0, IC, od + b.planes - 1, 1, scratch);
          const index_t* const offset = turned(b, tap0 > 0 ? later : c.first, list, od, ring);
          needed_soon soon;
          if (c.looks && od + 1 < t.OD) soon.input = plane_ahead(c, t, od + b.planes);
          if (c.from_registers) {
            const stored_tile_input<T> in{b.planes * b.plane.size(), IC, offset, list, b.taps * TileOC};
            soon.input.each = ceil_div(soon.input.total, t.OH);
            for (index_t oh = 0; oh < t.OH; ++oh) {
              soon.input.some();
              compute_row(c, epilogue, t, in, scratch + oh * b.plane.pitch, od, oh);
            }
            continue;
          }
          for (index_t oc = t.oc0; oc < t.oc0 + t.OC; oc += together) {
            const index_t OC = rest(oc, together, t.oc0 + t.OC);
            const T* weight =
                c.packed + (t.g * b.oc_blocks() + oc / TileOC) * b.block_size() + (ic0 * b.taps + tap0) * TileOC;
            if (c.looks && !c.stream) soon.result = result_ahead(c, t, oc, od, OC);
            sweep(b, t, scratch, IC, OC, offset, list, weight, sums, first, soon);
            if (!last) continue;
            for (index_t o = 0; o < OC; o += TileOC) store(c, epilogue, t, oc + o, od, sums + o * b.sum_pitch);
          }
        }
      }
    }
  }

  // A row of outputs of all channels, from registers.
  template <class Finish>
  static void compute_row(const call& c, const Finish& epilogue, const task_range& t, const stored_tile_input<T>& in,
                          const T* input, index_t od, index_t oh) {
    const correlation& p = c.p;
    T* const y =
        c.y + (t.n * p.groups + t.g) * p.out * p.channel + (t.od0 + od) * p.step.d + (t.oh0 + oh) * p.step.h + t.ow0;
    const auto some = [&]<index_t Wide>(std::integral_constant<index_t, Wide>, index_t q, index_t count) {
      for (index_t oc = t.oc0; oc < t.oc0 + t.OC; oc += TileOC) {
        const T* const weight = c.packed + (t.g * c.b.oc_blocks() + oc / TileOC) * c.b.block_size();
        const index_t first = t.g * p.out + oc, last = t.oc0 + t.OC - oc;
        const auto finish = epilogue.from(first);
        T* const to = y + oc * p.channel + q;
        // No more than it needs: a copy of the whole correlation took as long as the tile.
        const auto store = [=, stream = c.stream, channel = p.channel](index_t o, index_t v, const batch<T>& sum) {
          if (o >= last) return;
          store_finished(to + o * channel + v * lanes<T>, finish.of(o).in_registers(), sum, count, stream);
        };
        stored_tile<TileOC, Wide, T>::run(in, input + q, weight, store);
      }
    };
    constexpr std::integral_constant<index_t, Vectors> wide;
    constexpr std::integral_constant<index_t, 1> one;
    index_t q = c.stream ? before_aligned(y, t.OW) : 0;
    if (q > 0) some(one, 0, q);
    for (; q + Vectors * lanes<T> <= t.OW; q += Vectors * lanes<T>) some(wide, q, lanes<T>);
    for (; q + lanes<T> <= t.OW; q += lanes<T>) some(one, q, lanes<T>);
    if (q == t.OW) return;
    // The last register moves back into the row, or is masked so that no line is written in two ways.
    c.stream || t.OW < lanes<T> ? some(one, q, t.OW - q) : some(one, t.OW - lanes<T>, lanes<T>);
  }

  // All positions of one output plane for `OC` channels from a block's first on.
  static void sweep(const blocking& b, const task_range& t, const T* input, index_t IC, index_t OC,
                    const index_t* offset, index_t list, const T* weight, T* sums, bool first, needed_soon& soon) {
    const index_t positions = (t.OH - 1) * b.plane.pitch + t.OW;
    for (index_t q = 0; q < positions; q += Vectors * lanes<T>) {
      soon.input.some();
      soon.result.some();
      const auto tile = [&]<index_t Wide>(std::integral_constant<index_t, Wide>) {
        for (index_t o = 0; o < OC; o += TileOC) {
          microkernel<TileOC, Wide, T>::run(input + q, b.planes * b.plane.size(), IC, offset, list,
                                            weight + o / TileOC * b.block_size(), b.taps * TileOC,
                                            sums + o * b.sum_pitch + q, b.sum_pitch, !first);
        }
      };
      // The last tile with one register less where that is enough: on 4 x 8 x 8 voxels, whose planes take five of six,
      // a call of 4 > 4 channels takes 0.91 of the time.
      if constexpr (Vectors > 3) {
        if (positions - q <= (Vectors - 1) * lanes<T>) {
          tile(std::integral_constant<index_t, Vectors - 1>{});
          continue;
        }
      }
      tile(std::integral_constant<index_t, Vectors>{});
    }
  }

  // Planes from `first` on of a task whose plane i is input plane od0 SD - PD + i LD, or of a ring every plane between.
  static void copy_planes(const call& c, const task_range& t, index_t ic0, index_t IC, index_t first, index_t count,
                          T* to) {
    const blocking& b = c.b;
    const correlation& p = c.p;
    const dims5& X = p.X;
    const T* x = c.x + ((t.n * p.groups + t.g) * p.in + ic0) * X.d * X.h * X.w;
    const index_t step = b.rolls ? 1 : p.dilation.d;
    const index_t id0 = t.od0 * p.stride.d - p.before.d;
    for (index_t ic = 0; ic < IC; ++ic) {
      for (index_t i = first; i < first + count; ++i) {
        const T* plane = plane_at(p.boundary, x + ic * X.d * X.h * X.w, id0 + i * step, X.d, X.h * X.w);
        copy_plane(b.plane, plane, X.h, X.w, t.oh0, t.OH, t.ow0, t.OW,
                   to + (ic * b.planes + i % b.planes) * b.plane.size());
      }
    }
  }

  // What the ring takes for plane `i` of a task, asked for while the output plane before it is computed.
  static look_ahead<T> plane_ahead(const call& c, const task_range& t, index_t i) {
    const correlation& p = c.p;
    const dims5& X = p.X;
    const index_t h = t.oh0 * p.stride.h - p.before.h, h0 = clamp_index(h, 0, X.h);
    const index_t h1 = clamp_index(h + (t.OH - 1) * p.stride.h + (p.taps.h - 1) * p.dilation.h + 1, 0, X.h);
    const index_t id = t.od0 - p.before.d + i;
    if (id < 0 || id >= X.d || h1 <= h0) return {};
    look_ahead<T> a;
    a.channel = X.d * X.h * X.w;
    a.first = c.x + ((t.n * p.groups + t.g) * p.in * X.d + id) * X.h * X.w + h0 * X.w;
    a.lines = ceil_div((h1 - h0) * X.w, line_elements<T>);
    a.total = p.in * a.lines;
    a.each = ceil_div(a.total, tiles_of(c, t) * ceil_div(t.OC, TileOC));
    return a;
  }
  // Where the sums of some channels go when all of their tiles are computed.
  static look_ahead<T> result_ahead(const call& c, const task_range& t, index_t oc, index_t od, index_t OC) {
    const correlation& p = c.p;
    look_ahead<T> a;
    a.channel = p.channel;
    a.first = c.y + ((t.n * p.groups + t.g) * p.out + oc) * p.channel + (t.od0 + od) * p.step.d + t.oh0 * p.step.h;
    a.lines = ceil_div(t.OH * p.step.h, line_elements<T>);
    a.total = rest(oc, OC, p.out) * a.lines;
    a.each = ceil_div(a.total, tiles_of(c, t));
    return a;
  }
  static index_t tiles_of(const call& c, const task_range& t) {
    return ceil_div((t.OH - 1) * c.b.plane.pitch + t.OW, Vectors * lanes<T>);
  }

  // Behind the last plane: read by the last tile and dropped. Defined, so that no signalling garbage slows the
  // arithmetic down.
  static void clear_end(const call& c, index_t IC, T* to) {
    T* const end = to + IC * c.b.planes * c.b.plane.size();
    for (index_t v = 0; v < Vectors; ++v) simd::store_unaligned(end + v * lanes<T>, simd::broadcast(T(0)));
  }

  template <class Finish>
  static void store(const call& c, const Finish& epilogue, const task_range& t, index_t oc, index_t od, const T* sums) {
    const correlation& p = c.p;
    for (index_t o = 0; o < rest(oc, TileOC, p.out); ++o) {
      const index_t channel = t.g * p.out + oc + o;
      const auto finish = epilogue.of(channel);
      T* y = c.y + (t.n * p.groups * p.out + channel) * p.channel + (t.od0 + od) * p.step.d + t.oh0 * p.step.h + t.ow0;
      for (index_t oh = 0; oh < t.OH; ++oh) {
        const T* const from = sums + o * c.b.sum_pitch + oh * c.b.plane.pitch;
        c.stream ? stream_row(y + oh * p.step.h, from, t.OW, finish) : store_row(y + oh * p.step.h, from, t.OW, finish);
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
