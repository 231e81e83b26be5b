// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of the direct convolution with lanes along W, over all rows of a plane.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/copy/boundary.hpp>
#include <espalier/conv/copy/plane.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/cache.hpp>
#include <espalier/conv/plane/cut.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/dims.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>
#include <utility>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. All but the tile is known at run time: configurations that share a tile share this
/// code, and what it would gain from more constants lies outside the microkernel's loop. @pre rows of the result have
/// no gaps: `step.w` is 1, `first` 0.
template <index_t TileOC, index_t Vectors, class T>
struct forward_nest {
  /// Where a tap reads: its plane from the first of an output plane on, and an element of it.
  struct tap_place {
    index_t plane;
    index_t element;
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
    bool stream;                                                           ///< Whole registers of y go past the caches.
    std::array<tap_place, static_cast<std::size_t>(offset_table)> places;  // of the first taps: nearly always of all
  };

  using cut_type = blocking;
  static cut_type cut(const correlation& p, index_t workers) { return block_for<T>(p, workers); }

  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const blocking& b, const T* x, const T* packed, const Finish& epilogue, T* y,
                  T* scratch, const E& executor) {
    call c{p, b, x, packed, y, scratch, stores_past_caches<T>(p.size()), {}};
    find_places(c, 0, rest(0, offset_table, b.taps), c.places.data());
    executor.run(c.b.tasks, [&c = std::as_const(c), &epilogue](index_t number, index_t worker) {
      run_task(c, epilogue, task_at(c.p, c.b, number), c.scratch + worker * c.b.worker_elements());
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  using offsets = std::array<index_t, static_cast<std::size_t>(offset_table)>;

  static void find_places(const call& c, index_t tap0, index_t list, tap_place* places) {
    for (index_t i = 0; i < list; ++i) {
      const tap_index k = c.p.tap(tap0 + i);
      places[i] = {c.b.rolls ? k.d * c.p.dilation.d : k.d, c.b.plane.tap_offset(k.h, k.w)};
    }
  }
  // Where the taps of output plane `od` of a task lie in scratch.
  static void fill_offsets(const blocking& b, const tap_place* places, index_t list, index_t od, index_t* offset) {
    const index_t turned = od % b.planes;
    for (index_t i = 0; i < list; ++i) {
      const index_t plane = places[i].plane + turned;
      offset[i] = (plane < b.planes ? plane : plane - b.planes) * b.plane.size() + places[i].element;
    }
  }

  template <class Finish>
  static void run_task(const call& c, const Finish& epilogue, const task_range& t, T* scratch) {
    const blocking& b = c.b;
    std::array<tap_place, static_cast<std::size_t>(offset_table)> later;
    offsets offset;
    for (index_t ic0 = 0; ic0 < c.p.in; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, c.p.in);
      copy_planes(c, t, ic0, IC, 0, b.planes, scratch);
      clear_end(c, IC, scratch);
      // Once at least: a kernel whose taps are all zeros has sums too.
      for (index_t tap0 = 0; tap0 == 0 || tap0 < b.taps; tap0 += offset_table) {
        const index_t list = rest(tap0, offset_table, b.taps);
        if (tap0 > 0) find_places(c, tap0, list, later.data());
        const tap_place* const places = tap0 > 0 ? later.data() : c.places.data();
        const bool first = ic0 == 0 && tap0 == 0;
        const bool last = ic0 + IC == c.p.in && tap0 + list == b.taps;
        // Sums that wait for more input channels have a place for every block of output channels: then all blocks meet
        // a tile of the input while it is in the first cache. Others share one place.
        const index_t together = b.one_pass ? TileOC : t.OC;
        T* const sums = scratch + b.input_elements;
        for (index_t od = 0; od < t.OD; ++od) {
          if (od > 0) copy_planes(c, t, ic0, IC, od + b.planes - 1, 1, scratch);
          fill_offsets(b, places, list, od, offset.data());
          for (index_t oc = t.oc0; oc < t.oc0 + t.OC; oc += together) {
            const index_t OC = rest(oc, together, t.oc0 + t.OC);
            const T* weight =
                c.packed + (t.g * b.oc_blocks() + oc / TileOC) * b.block_size() + (ic0 * b.taps + tap0) * TileOC;
            sweep(b, t, scratch, IC, OC, offset.data(), list, weight, sums, first);
            if (!last) continue;
            for (index_t o = 0; o < OC; o += TileOC) store(c, epilogue, t, oc + o, od, sums + o * b.sum_pitch);
          }
        }
      }
    }
  }

  // All positions of one output plane for `OC` channels from a block's first on.
  static void sweep(const blocking& b, const task_range& t, const T* input, index_t IC, index_t OC,
                    const index_t* offset, index_t list, const T* weight, T* sums, bool first) {
    const index_t positions = (t.OH - 1) * b.plane.pitch + t.OW;
    for (index_t q = 0; q < positions; q += Vectors * lanes<T>) {
      for (index_t o = 0; o < OC; o += TileOC) {
        microkernel<TileOC, Vectors, T>::run(input + q, b.planes * b.plane.size(), IC, offset, list,
                                             weight + o / TileOC * b.block_size(), b.taps * TileOC,
                                             sums + o * b.sum_pitch + q, b.sum_pitch, !first);
      }
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
