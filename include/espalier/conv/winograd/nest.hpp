// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// The loop nest of a Winograd convolution: transform tiles, multiply, transform back.
#pragma once

#include <espalier/config.hpp>
#include <espalier/conv/correlation.hpp>
#include <espalier/conv/cut/arithmetic.hpp>
#include <espalier/conv/cut/register_tile.hpp>
#include <espalier/conv/store/epilogue.hpp>
#include <espalier/conv/store/rows.hpp>
#include <espalier/conv/tile/position_tile.hpp>
#include <espalier/conv/winograd/axis_tile.hpp>
#include <espalier/conv/winograd/cut.hpp>
#include <espalier/conv/winograd/input.hpp>
#include <espalier/conv/winograd/output.hpp>
#include <espalier/conv/winograd/weight.hpp>
#include <espalier/executor.hpp>
#include <espalier/shape.hpp>
#include <espalier/simd/batch.hpp>
#include <espalier/simd/stream.hpp>

namespace esp::inline ESPALIER_ABI::detail {

/// One code for all shapes: only the axes that are transformed are known at compile time.
///
/// Per task and point along D: the input's transform, then for every block of output channels the products of all
/// points along H and W (a matrix product each: weights (OC, IC) by tiles (IC, tiles)), then what they add to the sums.
/// Input channels that do not fit take turns.
template <axis_tiles Axes, class T>
struct winograd_nest {
  using input = winograd_input<Axes, T>;
  using output = winograd_output<Axes, T>;
  using weight = winograd_weight<Axes, T>;
  static constexpr register_tile tile = winograd_tile();

  /// Operands of one call. x (N, groups IC, ID, IH, IW), packed as `winograd_weight` left it, y (N, groups OC,
  /// OD, OH, OW), scratch: `worker_elements` for each worker, from a cache line on.
  struct call {
    const correlation& p;
    winograd_blocking b;
    const T* x;
    const T* packed;
    T* y;
    T* scratch;
    bool stream;  ///< Whole registers of y go past the caches.
  };

  using cut_type = winograd_blocking;
  static cut_type cut(const correlation& p, index_t workers) { return winograd_block_for<T>(p, Axes, workers); }

  template <Epilogue<T> Finish, Executor E>
  static void run(const correlation& p, const winograd_blocking& b, const T* x, const T* packed, const Finish& epilogue,
                  T* y, T* scratch, const E& executor) {
    const call c{p, b, x, packed, y, scratch, stores_past_caches<T>(p.size())};
    executor.run(c.b.tasks, [&c, &epilogue](index_t number, index_t worker) {
      const winograd_range r = winograd_task(c.b, c.p, number);
      store(c, r, epilogue, sums_of(c, r, c.scratch + worker * c.b.worker_elements()));
      if (c.stream) simd::finish_stream();
    });
  }

 private:
  // The sums of a task, in scratch, as `winograd_output` leaves them.
  static const T* sums_of(const call& c, const winograd_range& r, T* scratch) {
    const winograd_blocking& b = c.b;
    const index_t blocks = b.oc_blocks(r.OC), size = c.p.in * tile.rows;
    const index_t plane = weight::plane_size(c.p.in, c.p.out);
    T* const rows = scratch;
    T* const tiles = rows + b.row_elements;
    T* const products = tiles + b.input_elements;
    T* const sums = products + b.product_elements;
    const index_t vectors = ceil_div(r.rows * r.row_tiles, lanes<T>), turns = ceil_div(c.p.in, b.ic);
    for (index_t turn = 0; turn < Axes.d.points() * turns; ++turn) {
      const index_t point = turn / turns, ic0 = turn % turns * b.ic, IC = rest(ic0, b.ic, c.p.in);
      transform_input(c, r, point, ic0, IC, rows, tiles);
      const T* packed =
          c.packed + (r.g * Axes.d.points() + point) * b.points * plane + r.oc0 * c.p.in + ic0 * tile.rows;
      for (index_t ob = 0; ob < blocks; ob += b.oc / tile.rows) {
        const index_t here = rest(ob, b.oc / tile.rows, blocks);
        for (index_t f = 0; f < b.points; ++f) {
          multiply<tile.vectors>(c, tiles + f * b.input_plane, IC, packed + f * plane + ob * size, here, vectors,
                                 products + f * b.product_plane, ic0 > 0);
        }
        if (ic0 + IC < c.p.in) continue;
        for (index_t o = 0; o < here * tile.rows; ++o) {
          output::transform(products + o * b.pitch, b.product_plane, vectors, point,
                            sums + (ob * tile.rows + o) * step_d * b.steps * b.pitch, b.pitch);
        }
      }
    }
    return sums;
  }

  static constexpr index_t step_d = Axes.d.outputs;

  static void transform_input(const call& c, const winograd_range& r, index_t point, index_t ic0, index_t IC, T* rows,
                              T* tiles) {
    const winograd_blocking& b = c.b;
    const index_t volume = c.p.X.d * c.p.X.h * c.p.X.w;
    for (index_t done = 0; done < r.rows;) {
      const index_t row = r.row0 + done, td = row / b.tiles.h, th = row % b.tiles.h;
      const index_t left = r.rows - done, count = left < b.tiles.h - th ? left : b.tiles.h - th;
      const plane_sum planes = planes_of<Axes.d>(c.p.boundary.d, td, point, c.p.before.d, volume == 0 ? 0 : c.p.X.d,
                                                 c.p.outputs.d + Axes.d.taps - 1 - c.p.before.d);
      for (index_t ic = 0; ic < IC; ++ic) {
        const T* channel = c.x + ((r.n * c.p.groups + r.g) * c.p.in + ic0 + ic) * volume;
        input::gather(channel, c.p, planes, th, count, r.tile0, r.row_tiles, b.row_pitch, rows);
        input::transform(rows, b.row_pitch, count, r.row_tiles, tiles + ic * b.pitch + done * r.row_tiles,
                         b.input_plane);
      }
      done += count;
    }
  }

  // Vectors that fill no tile take a narrower one.
  template <index_t Vectors>
  static void multiply(const call& c, const T* tiles, index_t IC, const T* packed, index_t blocks, index_t vectors,
                       T* products, bool accumulate) {
    const index_t pitch = c.b.pitch;
    index_t v = 0;
    for (; v + Vectors <= vectors; v += Vectors) {
      for (index_t ob = 0; ob < blocks; ++ob) {
        constexpr index_t no_offset = 0;
        microkernel<tile.rows, Vectors, T>::run(tiles + v * lanes<T>, pitch, IC, &no_offset, 1,
                                                packed + ob * c.p.in * tile.rows, tile.rows,
                                                products + ob * tile.rows * pitch + v * lanes<T>, pitch, accumulate);
      }
    }
    if constexpr (Vectors > 1) {
      if (v < vectors) {
        multiply<Vectors - 1>(c, tiles + v * lanes<T>, IC, packed, blocks, vectors - v, products + v * lanes<T>,
                              accumulate);
      }
    }
  }

  template <class Finish>
  static void store(const call& c, const winograd_range& r, const Finish& epilogue, const T* sums) {
    const winograd_blocking& b = c.b;
    const extents& Y = c.p.outputs;
    const index_t ow0 = r.tile0 * input::step_w, count = rest(ow0, r.row_tiles * input::step_w, Y.w);
    for (index_t oc = 0; oc < r.OC; ++oc) {
      const index_t channel = r.g * c.p.out + r.oc0 + oc;
      const auto finish = epilogue.of(channel);
      T* const y = c.y + (r.n * c.p.groups * c.p.out + channel) * Y.d * Y.h * Y.w + ow0;
      const T* const channel_sums = sums + oc * step_d * b.steps * b.pitch;
      for (index_t row = 0; row < r.rows; ++row) {
        const index_t od0 = (r.row0 + row) / b.tiles.h * step_d, oh0 = (r.row0 + row) % b.tiles.h * input::step_h;
        for (index_t d = 0; d < rest(od0, step_d, Y.d); ++d) {
          for (index_t h = 0; h < rest(oh0, input::step_h, Y.h); ++h) {
            const T* from = channel_sums + (d * b.steps + h * input::step_w) * b.pitch + row * r.row_tiles;
            output::store_row(from, from + (input::step_w - 1) * b.pitch, count, finish,
                              y + ((od0 + d) * Y.h + oh0 + h) * Y.w, c.stream);
          }
        }
      }
    }
  }
};

}  // namespace esp::inline ESPALIER_ABI::detail
