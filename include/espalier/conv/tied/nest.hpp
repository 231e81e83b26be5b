// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of a correlation whose tied taps are added before they are multiplied.
#pragma once

#include <array>
#include <cstddef>
#include <espalier/config.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tied/cut.hpp>
#include <espalier/conv/tied/fill.hpp>
#include <espalier/conv/tied/layout.hpp>
#include <espalier/conv/tied/partial_sums.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/executor.hpp>
#include <espalier/kept_taps.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// The loop nest of one tile shape. Which taps are tied is known at run time, as all else but the tile: what more
/// constants would gain lies outside the loops over positions.
///
/// In a task, output plane by output plane: the sums of every channel go to scratch, then each group is one tap of a
/// correlation of as many taps as there are groups. @pre stride 1, and at most `kept_taps::most` groups.
template <index_t TileOC, index_t Vectors, class T>
struct tied_nest {
  static constexpr register_tile tile{TileOC, Vectors};

  using cut_type = tied_blocking;
  static cut_type cut(const tied_correlation& p, index_t workers) { return tied_blocks_for<T>(p, tile, workers); }

  /// x (N, groups IC, ID, IH, IW), packed (groups, OC blocks, IC, groups of taps, TileOC), y as the correlation says,
  /// scratch: `worker_elements` for each worker, from a cache line on.
  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const tied_blocking& b, const T* x, const T* packed, const Finish& epilogue,
                  T* y, T* scratch, const E& executor) {
    const call c{p, b, x, packed, y, scratch, stores_past_caches<T>(p.size())};
    executor.run(b.tasks, [&c, &epilogue](index_t number, index_t worker) {
      run_task(c, epilogue, task_at(c.p, c.b, number), c.scratch + worker * c.b.worker_elements());
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  /// Operands of one call.
  struct call {
    const correlation& p;
    const tied_blocking& b;
    const T* x;
    const T* packed;
    T* y;
    T* scratch;
    bool stream;  ///< Whole registers of y go past the caches.
  };

  template <class Finish>
  static void run_task(const call& c, const Finish& epilogue, const task_range& t, T* scratch) {
    const tied_blocking& b = c.b;
    const index_t groups = b.layout.sums.groups;
    std::array<index_t, static_cast<std::size_t>(kept_taps::most)> offset;
    for (index_t ic0 = 0; ic0 < c.p.in; ic0 += b.ic) {
      const index_t IC = rest(ic0, b.ic, c.p.in);
      const bool last = ic0 + IC == c.p.in;
      // Sums that wait for more input channels have a place for every block of output channels, others share one.
      const index_t together = b.one_pass ? TileOC : t.OC;
      for (index_t od = 0; od < t.OD; ++od) {
        T* const sums = scratch + b.input_elements() + (b.one_pass ? 0 : od * b.sum_rows * b.layout.output);
        fill(c, t, ic0, IC, od, scratch);
        for (index_t g = 0; g < groups; ++g) {
          offset[static_cast<std::size_t>(g)] = b.layout.place(b.layout.sums.group[g], od);
        }
        for (index_t oc = t.oc0; oc < t.oc0 + t.OC; oc += together) {
          const index_t OC = rest(oc, together, t.oc0 + t.OC);
          sweep(c, t, scratch, offset.data(), ic0, IC, oc, OC, sums);
          if (!last) continue;
          for (index_t o = 0; o < OC; o += TileOC) store(c, epilogue, t, oc + o, od, sums + o * b.layout.output);
        }
      }
    }
  }

  static void fill(const call& c, const task_range& t, index_t ic0, index_t IC, index_t od, T* scratch) {
    const correlation& p = c.p;
    const sums_filler<T> filler{c.b.layout, p.X};
    const sums_block block{t.oh0, t.OH, t.ow0, t.OW, t.od0, p.before.d, p.dilation.d};
    const index_t volume = p.X.d * p.X.h * p.X.w;
    const T* const x = c.x + ((t.n * p.groups + t.g) * p.in + ic0) * volume;
    filler.fill(block, od, IC, x, scratch, scratch + c.b.ic * c.b.layout.channel);
  }

  // All positions of one output plane for `OC` channels from `oc` on.
  static void sweep(const call& c, const task_range& t, const T* input, const index_t* offset, index_t ic0, index_t IC,
                    index_t oc, index_t OC, T* sums) {
    const sums_layout& l = c.b.layout;
    const index_t groups = l.sums.groups, block = c.p.in * groups * TileOC;
    const T* const weight = c.packed + (t.g * ceil_div(c.p.out, TileOC) + oc / TileOC) * block + ic0 * groups * TileOC;
    const index_t positions = (t.OH - 1) * l.plane.pitch + t.OW;
    for (index_t q = 0; q < positions; q += Vectors * lanes<T>) {
      for (index_t o = 0; o < OC; o += TileOC) {
        microkernel<TileOC, Vectors, T>::run(input + q, l.channel, IC, offset, groups, weight + o / TileOC * block,
                                             groups * TileOC, sums + o * l.output + q, l.output, ic0 > 0);
      }
    }
  }

  template <class Finish>
  static void store(const call& c, const Finish& epilogue, const task_range& t, index_t oc, index_t od, const T* sums) {
    const correlation& p = c.p;
    for (index_t o = 0; o < rest(oc, TileOC, p.out); ++o) {
      const index_t channel = t.g * p.out + oc + o;
      const auto finish = epilogue.of(channel);
      T* y = c.y + (t.n * p.groups * p.out + channel) * p.channel + (t.od0 + od) * p.step.d + t.oh0 * p.step.h + t.ow0;
      for (index_t oh = 0; oh < t.OH; ++oh) {
        const T* const from = sums + o * c.b.layout.output + oh * c.b.layout.plane.pitch;
        c.stream ? stream_row(y + oh * p.step.h, from, t.OW, finish) : store_row(y + oh * p.step.h, from, t.OW, finish);
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
